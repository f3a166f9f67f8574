/** How a route changes the host (config_impl.cc finalizeHostHeader): the first configured of four ways; an empty result changes nothing. */
import { toWire } from "../base/wire-text.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { AUTHORITY, nameId, PATH, X_ENVOY_ORIGINAL_HOST, X_FORWARDED_HOST } from "../http/names.ts";
import type { FormatContext } from "../match/format/format-context.ts";
import { compileFormat } from "../match/format/format-string.ts";
import { barePath } from "../match/path-matcher.ts";
import { regexAt } from "../match/string-matcher.ts";
import type { RouteAction } from "../schema/generated/envoy/config/route/v3.ts";

export const honours = {
  "envoy.config.route.v3.RouteAction": ["host_rewrite_literal", "host_rewrite_header", "host_rewrite_path_regex", "host_rewrite", "append_x_forwarded_host"],
} as const;

/** Gives the new host, `""` for no change. */
export type HostRewrite = (headers: HeaderBlock, context: FormatContext) => string;

export function compileHostRewrite(action: RouteAction, diagnostics: Diagnostics): HostRewrite | undefined {
  if (action.host_rewrite_literal !== undefined && action.host_rewrite_literal !== "") {
    const host = toWire(action.host_rewrite_literal);
    return () => host;
  }
  if (action.host_rewrite_header !== undefined && action.host_rewrite_header !== "") {
    const id = nameId(action.host_rewrite_header);
    return (headers) => headers.get(id) ?? "";
  }
  if (action.host_rewrite_path_regex !== undefined) {
    const { pattern, substitution } = action.host_rewrite_path_regex;
    const regex = regexAt(pattern?.regex ?? "", pattern ?? action.host_rewrite_path_regex, "regex", diagnostics);
    const by = toWire(substitution ?? "");
    return regex === undefined ? undefined : (headers) => regex.replaceAll(barePath(headers.get(PATH) ?? ""), by);
  }
  if (action.host_rewrite !== undefined && action.host_rewrite !== "") {
    const formatter = compileFormat(action.host_rewrite, false, { at: action, key: "host_rewrite", diagnostics });
    return formatter === undefined ? undefined : (_headers, context) => formatter.format(context);
  }
  return undefined;
}

/**
 * Sets the host and leaves the traces of the old one: `x-envoy-original-host` if `keepOld`, `x-forwarded-host` if `appendForwarded`
 * (unless its last value is that host already). Also for auto_host_rewrite, once the upstream host is known.
 */
export function updateAuthority(headers: HeaderBlock, host: string, keepOld: boolean, appendForwarded: boolean): void {
  const old = headers.get(AUTHORITY) ?? "";
  if (old !== "" && keepOld) headers.set(X_ENVOY_ORIGINAL_HOST, old);
  if (old !== "" && appendForwarded) {
    const values = (headers.get(X_FORWARDED_HOST) ?? "").split(",").filter((value) => value.trim() !== "");
    if (values.at(-1) !== old) headers.append(X_FORWARDED_HOST, old);
  }
  headers.set(AUTHORITY, host);
}
