/** `tunneling_config` compiled: what a TCP proxy asks an HTTP host for, that carries its bytes. Pure. */
import type { CompileContext } from "../contract/extension.ts";
import { nameId } from "../http/names.ts";
import { compileFormat, type Formatter } from "../match/format/format-string.ts";
import { compileHeaderMutations, type HeaderMutations, honours as mutations } from "../router/header-mutations.ts";
import type { TcpProxy_TunnelingConfig } from "../schema/generated/envoy/extensions/filters/network/tcp_proxy/v3.ts";

const PACKAGE = "envoy.extensions.filters.network.tcp_proxy.v3";

export const honours = {
  [`${PACKAGE}.TcpProxy.TunnelingConfig`]: ["hostname", "use_post", "headers_to_add", "post_path", "request_id_extension", "request_id_header", "request_id_metadata_key"],
  "envoy.extensions.filters.network.http_connection_manager.v3.RequestIDExtension": ["typed_config"],
  "envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig": ["pack_trace_reason", "use_request_id_for_trace_sampling=true"],
  ...mutations,
} as const;

export interface TunnelPlan {
  /** The authority that is asked for. */
  readonly hostname: Formatter;
  /** Of a POST; null: CONNECT. */
  readonly path: string | null;
  readonly headers: HeaderMutations;
  /** The header of a fresh request id, and the key of dynamic metadata that holds it; null: none is made. */
  readonly requestId: { readonly header: number; readonly metadataKey: string } | null;
}

/** Null without `tunneling_config`, or after an error, which was reported. */
export function compileTunnel(config: TcpProxy_TunnelingConfig | undefined, { diagnostics }: CompileContext): TunnelPlan | null {
  if (config === undefined) return null;
  const hostname = compileFormat(config.hostname ?? "", false, { at: config, key: "hostname", diagnostics });
  if (hostname === undefined) return null;
  return {
    hostname,
    path: config.use_post === true ? (config.post_path || "/") : null,
    headers: compileHeaderMutations({ at: config, remove: undefined, removeKey: "headers_to_add", add: config.headers_to_add }, diagnostics),
    requestId: config.request_id_extension?.typed_config === undefined ? null : {
      header: nameId(config.request_id_header || "x-request-id"), metadataKey: config.request_id_metadata_key || "tunnel_request_id",
    },
  };
}
