import { type Flag, UsageError } from "./command.ts";
import type { Args } from "./args.ts";
import { wholeNumber } from "./common-flags.ts";
import type { RuntimeValue } from "../contract/request-view.ts";
import type { SimulatedRequest } from "../tools/simulated-request.ts";

/** Flags of `simulate-route`; short ones are router_check_tool's and curl's. */
export const SIMULATE_FLAGS: readonly Flag[] = [
  { name: "config-path", short: "c", value: "FILE", completes: "file", help: "The configuration; - is standard input." },
  { name: "url", short: "u", value: "URL", help: "http://HOST/PATH, https://HOST/PATH, or a path alone." },
  { name: "method", short: "X", value: "METHOD", fallback: "GET", help: "The request's method." },
  { name: "header", short: "H", value: "'NAME: VALUE'", repeat: true, check: header, help: "A header of the request." },
  { name: "host", value: "HOST", help: "The host, where the URL has none or another one is meant." },
  { name: "tls", help: "The request came over TLS, as with https://." },
  { name: "dest", value: "IP:PORT", check: dest, help: "Where the connection is sent: chooses listener and filter chain as Envoy would. A port alone will do." },
  { name: "sni", value: "NAME", help: "The name in the TLS handshake; otherwise the host." },
  { name: "alpn", value: "PROTOCOL", repeat: true, help: "A protocol that the TLS handshake offers, such as h2; several in order, or with commas." },
  { name: "source-ip", value: "IP", fallback: "127.0.0.1", help: "The address of the client, or of the proxy before this one." },
  { name: "random", value: "N", check: wholeNumber(0, Number.MAX_SAFE_INTEGER), fallback: "0", help: "The random number of the request: decides between weighted clusters and by fractions. Recorded traffic draws its own." },
  { name: "runtime", value: "KEY=VALUE", repeat: true, check: pair, help: "A runtime value, before those of the configuration's static layers." },
  { name: "listener", value: "NAME", help: "Through this listener; otherwise the one with the URL's port, or the first." },
  { name: "route-table", value: "NAME", help: "Through this route table, where there are several." },
  { name: "explain", help: "Show every route that was asked, and the first condition that failed." },
  { name: "expect", value: "NAME=VALUE", repeat: true, help: "Exit 1 unless it holds: cluster, route, virtual_host, virtual_cluster, path, host, redirect, status, body, listener, route_table, filter_chain or endpoint. With TESTS: of every request that expects nothing itself." },
  { name: "tests-type", value: "KIND", choices: ["requests", "router-check", "har", "curl", "envoy-log", "json-log", "nginx-log", "http"], help: "Do not guess what kind of files TESTS are." },
  { name: "compare", help: "The first two arguments are configurations, OLD and NEW: print the requests whose outcome differs." },
  { name: "watch", help: "Again whenever one of the files is saved, until Ctrl-C." },
  { name: "follow", help: "Read the files named by path_config_source as well." },
  { name: "coverage", help: "With TESTS: which routes no request hit." },
  { name: "fail-under", short: "f", value: "PERCENT", check: percent, help: "Exit 1 if fewer of the routes are covered." },
  { name: "format", value: "FORMAT", choices: ["pretty", "json", "jsonl", "github", "junit"], fallback: "pretty", help: "How results are printed." },
  { name: "output-file", value: "FILE", completes: "file", help: "Write the results to FILE instead of standard output." },
  { name: "type", value: "TYPE", help: "Do not guess the kind of the configuration; see validate --help." },
  { name: "test-path", short: "t", value: "FILE", completes: "file", help: "Behave as router_check_tool, with these tests." },
  { name: "details", short: "d", help: "As router_check_tool: name every test." },
  { name: "only-show-failures", help: "As router_check_tool: name the tests that fail." },
  { name: "covall", help: "As router_check_tool: coverage counts every kind of assertion." },
  { name: "detailed-coverage", help: "As router_check_tool: name the routes without a test." },
  { name: "output-path", short: "o", value: "FILE", completes: "file", help: "As router_check_tool: write the results to FILE, as binary protobuf." },
  { name: "disable-deprecation-check", help: "As router_check_tool; deprecated fields are never an error here." },
];

function header(value: string): string | undefined {
  if (!/^:?[^\s:]+:/.test(value)) return `"${value}" is not 'NAME: VALUE'`;
  return /[\r\n\0]/.test(value) ? `${JSON.stringify(value)} holds a line break or NUL` : undefined;
}

function pair(value: string): string | undefined {
  return /^[^=]+=/.test(value) ? undefined : `"${value}" is not KEY=VALUE`;
}

function dest(value: string): string | undefined {
  return /^(\[[\da-fA-F:.]+\]:|[\d.]*:)?\d{1,5}$/.test(value) ? undefined : `"${value}" is neither IP:PORT nor a port`;
}

function percent(value: string): string | undefined {
  return /^\d+(\.\d+)?$/.test(value) && Number(value) <= 100 ? undefined : `"${value}" is not a number from 0 to 100`;
}

/** The request that the flags describe. The path is kept as it was typed. */
export async function requestOfFlags(args: Args): Promise<SimulatedRequest> {
  const { readUrl, requestProblems } = await import("../tools/simulated-request.ts");
  const text = args.text("url") ?? "";
  const url = readUrl(text);
  if (url === undefined) throw new UsageError(`--url: "${text}" is neither http://HOST/PATH, https://HOST/PATH nor a path`);
  const headers = args.all("header").map(headerOf);
  const named = headers.find(([name]) => /^(host|:authority)$/i.test(name))?.[1];
  const host = args.text("host") ?? named ?? url.host;
  if (host === "") throw new UsageError("which host? Give it in --url or with --host");
  const request: SimulatedRequest = {
    method: args.text("method") ?? "GET", host, scheme: args.has("tls") || url.scheme === "https" ? "https" : "http", path: url.path, port: url.port,
    headers: headers.filter(([name]) => !/^(host|:authority)$/i.test(name)), sourceIp: args.text("source-ip") ?? "127.0.0.1",
    random: BigInt(args.text("random") ?? "0"),
    runtime: await runtimeOfFlags(args), ...await wayOfFlags(args),
  };
  const problems = requestProblems(request);
  if (problems.length > 0) throw new UsageError(problems.join("; "));
  return request;
}

/** What `--dest`, `--sni` and `--alpn` say of connections. */
export async function wayOfFlags(args: Args): Promise<Pick<SimulatedRequest, "dest" | "sni" | "alpn">> {
  const { readDest } = await import("../tools/simulated-request.ts");
  const dest = args.has("dest") ? readDest(args.text("dest") ?? "") : undefined;
  if (args.has("dest") && dest === undefined) throw new UsageError(`--dest: "${args.text("dest")}" is neither IP:PORT nor a port`);
  return {
    ...(dest === undefined ? {} : { dest }), ...(args.has("sni") ? { sni: args.text("sni") ?? "" } : {}), ...(args.has("alpn") ? { alpn: args.all("alpn").flatMap((each) => each.split(",")) } : {}),
  };
}

/** The values of `--runtime`. */
export async function runtimeOfFlags(args: Args): Promise<ReadonlyMap<string, RuntimeValue>> {
  const { runtimeValue } = await import("../tools/simulated-request.ts");
  return new Map(args.all("runtime").map((each) => [each.slice(0, each.indexOf("=")), runtimeValue(each.slice(each.indexOf("=") + 1))]));
}

function headerOf(text: string): readonly [string, string] {
  const colon = text.indexOf(":", 1);
  return [text.slice(0, colon), text.slice(colon + 1).trim()];
}
