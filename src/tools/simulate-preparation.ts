/** What the connection manager did to a request before routing, and by which of its options. */
import { fromWire } from "../base/wire-text.ts";
import type { PreparationOptions, Rejection } from "../downstream/request-preparation.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { normalizePath } from "../http/path.ts";
import { normalizeHost } from "../http/authority.ts";
import { headerChanges, type HeaderChange } from "./simulate-headers.ts";

export interface PreparationChange extends HeaderChange {
  /** The option, or the rule, that did it. */
  readonly by: string;
}

/** `before` as it arrived, `after` as routes see it. */
export function preparationChanges(before: HeaderBlock, after: HeaderBlock, options: PreparationOptions, localPort: number): PreparationChange[] {
  return headerChanges(before, after).map((change) => ({ ...change, by: reasonOf(change, before, options, localPort) }));
}

const HOP_BY_HOP = new Set(["connection", "upgrade", "te", "keep-alive", "proxy-connection", "transfer-encoding"]);

const RULES: Readonly<Record<string, string>> = {
  "x-request-id": "generate_request_id",
  "x-envoy-external-address": "use_remote_address: the trusted client address",
  "x-forwarded-client-cert": "forward_client_cert_details: SANITIZE",
  "x-forwarded-port": "append_x_forwarded_port",
  "x-envoy-downstream-service-node": "add_user_agent",
  "x-envoy-downstream-service-cluster": "add_user_agent",
  "user-agent": "add_user_agent",
  via: "via",
  referer: "not a valid referer",
};

function reasonOf({ name, op }: HeaderChange, before: HeaderBlock, options: PreparationOptions, localPort: number): string {
  if (name === ":path") return pathReasons(before.path ?? "", options).join(", ") || "path normalisation";
  if (name === ":authority") return hostReasons(before.authority ?? "", options, localPort).join(", ") || "host normalisation";
  if (name === ":scheme") return options.schemeToOverwrite === "" ? "the connection" : "scheme_header_transformation";
  if (name === "x-forwarded-proto") return forwardedProtoReason(options);
  if (name === "x-forwarded-for") return "use_remote_address: the peer is appended";
  if (name === "x-envoy-internal") return op === "removed" ? "never taken from outside" : "internal_address_config: the client is internal";
  if (HOP_BY_HOP.has(name)) return "belongs to one connection (hop-by-hop)";
  if (op === "removed") return name.startsWith("x-envoy-") ? "the client is not internal (internal_address_config)" : "internal_only_headers";
  return RULES[name] ?? "the connection manager";
}

function forwardedProtoReason(options: PreparationOptions): string {
  if (options.schemeToOverwrite !== "") return "scheme_header_transformation";
  return options.useRemoteAddress ? "use_remote_address: the connection's own scheme" : "there was none: the connection's own scheme";
}

const OFF = { normalizePath: false, mergeSlashes: false, escapedSlashes: "KEEP_UNCHANGED" } as const;

/** Which options alone would change this path. */
function pathReasons(path: string, options: PreparationOptions): string[] {
  const single = [
    ["path_with_escaped_slashes_action", { ...OFF, escapedSlashes: options.escapedSlashes }],
    ["normalize_path", { ...OFF, normalizePath: options.normalizePath }],
    ["merge_slashes", { ...OFF, mergeSlashes: options.mergeSlashes }],
  ] as const;
  return single.filter(([, only]) => normalizePath(path, only).path !== path).map(([name]) => name);
}

function hostReasons(host: string, { stripHostPort, stripTrailingHostDot }: PreparationOptions, localPort: number): string[] {
  return [
    ...(stripTrailingHostDot && normalizeHost(host, "none", true, localPort) !== host ? ["strip_trailing_host_dot"] : []),
    ...(stripHostPort !== "none" && normalizeHost(host, stripHostPort, stripTrailingHostDot, localPort) !== normalizeHost(host, "none", stripTrailingHostDot, localPort)
      ? [`strip_${stripHostPort}_host_port`] : []),
  ];
}

const REASONS: Readonly<Record<string, string>> = {
  missing_host_header: "the request has no host",
  "http.invalid_authority": "the host holds characters that no host may have",
  missing_path_rejected: "the request has no path",
  absolute_path_rejected: "the path does not begin with /",
  path_normalization_failed: "the path cannot be normalised",
  "http1.invalid_url": "the request's target is no URL that Envoy takes",
  "http1.invalid_scheme": "the request's target is neither an http:// nor an https:// URL",
  "http1.https_url_on_plaintext_connection": "the request's target is an https:// URL, and the connection is plain: with use_remote_address and no trusted hops that is refused",
  rejecting_because_detection_failed: "original_ip_detection_extensions: nobody knows who the client is",
};

/** Why the connection manager answers by itself. */
export function rejectionReason({ details, location }: Rejection, before: HeaderBlock): string {
  if (location !== undefined) return "path_with_escaped_slashes_action: UNESCAPE_AND_REDIRECT";
  if (details === "path_normalization_failed" && (before.path ?? "").includes("#")) return "the path holds a # (fragments are never sent)";
  return REASONS[details] ?? fromWire(details);
}
