import type { RuntimeValue } from "../contract/request-view.ts";
import type { SimulatedRequest } from "../tools/simulate.ts";
import type { Args } from "./args.ts";
import { UsageError } from "./command.ts";

/** The request that the flags describe, and the port of its URL. The path is kept as it was typed: nothing is normalised. */
export function requestOf(args: Args): { readonly request: SimulatedRequest; readonly port: number | undefined } {
  const url = args.text("url") ?? "";
  const [, scheme, authority = "", rest] = /^(?:(https?):\/\/([^/?#]*))?([/?*].*)?$/.exec(url) ?? [];
  if (scheme === undefined && rest === undefined) throw new UsageError(`--url: "${url}" is neither http://HOST/PATH, https://HOST/PATH nor a path`);
  const host = args.text("host") ?? authority;
  if (host === "") throw new UsageError("which host? Give it in --url or with --host");
  const tls = args.has("tls") || scheme === "https";
  const port = /:(\d+)$/.exec(authority)?.[1];
  return {
    port: port === undefined ? undefined : Number(port),
    request: {
      method: args.text("method") ?? "GET", host, scheme: tls ? "https" : "http",
      path: rest === undefined ? "/" : rest.startsWith("?") ? `/${rest}` : rest.replace(/#.*$/, ""),
      headers: args.all("header").map(headerOf), sourceIp: args.text("source-ip") ?? "127.0.0.1",
      random: BigInt(args.text("random") ?? "0"), runtime: new Map(args.all("runtime").map(runtimeOf)),
    },
  };
}

function headerOf(text: string): [string, string] {
  const colon = text.indexOf(":", 1);
  return [text.slice(0, colon), text.slice(colon + 1).trim()];
}

function runtimeOf(text: string): [string, RuntimeValue] {
  const at = text.indexOf("=");
  const value = text.slice(at + 1);
  const plain: RuntimeValue = /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value === "true" ? true : value === "false" ? false : value;
  return [text.slice(0, at), plain];
}
