/** ORIGINAL_DST: each request goes where its client meant to go: what metadata or a header name, or where the connection was meant for. */
import { canonicalIp } from "../base/ip-text.ts";
import type { LbContext } from "../contract/load-balancer.ts";
import { metadataAt } from "../match/metadata-matcher.ts";
import { ipAddress, type SocketAddress } from "../platform/address.ts";
import type { Cluster } from "../schema/generated/envoy/config/cluster/v3.ts";

export const honours = {
  "envoy.config.cluster.v3.Cluster": ["cleanup_interval", "original_dst_lb_config"],
  "envoy.config.cluster.v3.Cluster.OriginalDstLbConfig": ["use_http_header", "http_header_name", "upstream_port_override", "metadata_key"],
} as const;

export interface DestinationPlan {
  /** Lower case; "" for none. */
  readonly header: string;
  /** Of the dynamic metadata; empty for none. */
  readonly path: readonly string[];
  /** 0: the destination's own. */
  readonly port: number;
}

export function compileDestination(cluster: Cluster): DestinationPlan {
  const config = cluster.original_dst_lb_config;
  const key = config?.metadata_key;
  return {
    header: config?.use_http_header === true ? (config.http_header_name || "x-envoy-original-dst-host").toLowerCase() : "",
    path: key === undefined ? [] : [key.key ?? "", ...(key.path ?? []).map((segment) => segment.key ?? "")],
    port: config?.upstream_port_override ?? 0,
  };
}

/** Null: there is none. `invalid` is called where a text names no address. */
export function destinationOf(context: LbContext, { header, path, port }: DestinationPlan, invalid: () => void): SocketAddress | null {
  const found = named(metadataText(context, path), invalid) ?? named(header === "" ? null : (context.header?.(header) ?? null), invalid) ?? context.originalDestination ?? null;
  return found === null || port === 0 || found.kind === "pipe" ? found : { ...found, port };
}

function metadataText(context: LbContext, path: readonly string[]): string | null {
  if (path.length === 0) return null;
  const value = metadataAt(context.dynamicMetadata ?? {}, path);
  const text: unknown = Array.isArray(value) ? value[0] : value;
  return typeof text === "string" ? text : null;
}

/** `10.0.0.1:80`, `[::1]:80`. */
function named(text: string | null, invalid: () => void): SocketAddress | null {
  if (text === null) return null;
  const [, six, four = "", digits = ""] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? [];
  const ip = canonicalIp(six ?? four);
  if (ip !== null && Number(digits) <= 65_535) return ipAddress(ip, Number(digits));
  invalid();
  return null;
}
