/** The Proxy-Status header (RFC 9209), made from the response flags as Envoy does. */
import { PROXY_STATUS } from "../http/names.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import type { ResponseFlag, StreamInfo } from "../contract/stream-info.ts";
import type { HttpConnectionManager_ProxyStatusConfig } from "../schema/generated/envoy/extensions/filters/network/http_connection_manager/v3.ts";
import { appendTo } from "./forwarded-for.ts";

export const honours = {
  "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.ProxyStatusConfig": [
    "remove_details", "remove_connection_termination_details", "remove_response_flags", "set_recommended_response_code", "use_node_id", "literal_proxy_name",
  ],
};

export interface ProxyStatusPlan {
  readonly name: string;
  readonly details: boolean;
  readonly termination: boolean;
  readonly flags: boolean;
  readonly setsStatus: boolean;
}

export function compileProxyStatus(config: HttpConnectionManager_ProxyStatusConfig | undefined, serverName: string, nodeId: string): ProxyStatusPlan | null {
  if (config === undefined) return null;
  return {
    name: config.literal_proxy_name ?? (config.use_node_id === undefined ? serverName : nodeId),
    details: config.remove_details !== true,
    termination: config.remove_connection_termination_details !== true,
    flags: config.remove_response_flags !== true,
    setsStatus: config.set_recommended_response_code === true,
  };
}

/** The first flag in this order that is set decides; with the status that goes with the error, 0 for none. */
const ERRORS: readonly (readonly [ResponseFlag, string, number])[] = [
  ["LH", "destination_unavailable", 503], ["UH", "destination_unavailable", 503], ["UT", "http_response_timeout", 504],
  ["DT", "connection_timeout", 504], ["LR", "connection_timeout", 504], ["UR", "connection_terminated", 502],
  ["UF", "connection_refused", 502], ["UAEX", "connection_refused", 502], ["UC", "connection_terminated", 502],
  ["OM", "connection_limit_reached", 503], ["DO", "connection_limit_reached", 503], ["FI", "http_request_error", 0],
  ["DC", "connection_terminated", 502], ["DR", "connection_terminated", 502], ["UO", "connection_limit_reached", 503],
  ["NR", "destination_not_found", 500], ["RL", "connection_limit_reached", 503], ["RLSE", "connection_limit_reached", 503],
  ["URX", "destination_unavailable", 503], ["SI", "http_response_timeout", 504], ["IH", "http_request_error", 0],
  ["DPE", "http_request_error", 0], ["UMSDR", "http_response_timeout", 504], ["NFCF", "proxy_configuration_error", 500],
  ["UPE", "http_protocol_error", 502], ["NC", "destination_unavailable", 503], ["DF", "dns_error", 502],
];

/** Adds the header to a response whose stream has gone wrong, and its recommended status where that is wanted. */
export function addProxyStatus(headers: HeaderBlock, info: StreamInfo, plan: ProxyStatusPlan): void {
  if (info.flags.length === 0) return;
  const found = ERRORS.find(([flag]) => info.hasFlag(flag));
  if (found === undefined) return;
  const [, error, status] = found;
  let value = `${plan.name}; error=${error}`;
  if (plan.details && info.details !== "") {
    const parts = [info.details];
    if (plan.termination && info.connectionTermination !== "") parts.push(info.connectionTermination);
    if (plan.flags) parts.push(info.flags.join(","));
    value += `; details="${escape(parts.join("; "))}"`;
  }
  appendTo(headers, PROXY_STATUS, value, ", ");
  if (plan.setsStatus && status !== 0) headers.status = status;
}

const ESCAPES: Readonly<Record<string, string>> = { "\r": "\\r", "\n": "\\n", "\t": "\\t", '"': '\\"' };

function escape(text: string): string {
  return text.replace(/[\r\n\t"]/g, (char) => ESCAPES[char] ?? char);
}
