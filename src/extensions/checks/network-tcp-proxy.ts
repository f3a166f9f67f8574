/** The TCP proxy. */
import { optionalMs } from "../../base/duration.ts";
import { type MessageCheck, refusals } from "../../contract/message-check.ts";

export const NETWORK_TCP_PROXY_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0406", "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", (config, refuse) => {
    for (const key of ["flush_access_log_on_connected", "access_log_flush_interval"] as const) {
      if (config.access_log_options !== undefined && config[key] !== undefined) refuse(config, key, `only one of ${key} and access_log_options can be set`);
    }
    if ((config.upstream_connect_mode ?? "IMMEDIATE") !== "IMMEDIATE" && config.max_early_data_bytes === undefined) {
      refuse(config, "upstream_connect_mode", "max_early_data_bytes must be set when upstream_connect_mode is not IMMEDIATE");
    }
    const base = optionalMs(config.backoff_options?.base_interval) ?? 0;
    if ((optionalMs(config.backoff_options?.max_interval) ?? base * 10) < base) refuse(config.backoff_options as object, "max_interval", "max_interval must not be below base_interval");
    const tunnel = config.tunneling_config;
    if ((tunnel?.post_path ?? "") !== "" && tunnel?.use_post !== true) refuse(tunnel as object, "post_path", "post_path needs use_post");
    for (const tlv of config.proxy_protocol_tlvs ?? []) {
      if (((tlv.value ?? "") === "") === (tlv.format_string === undefined)) refuse(tlv, undefined, "exactly one of value and format_string must be set");
    }
  }),
];
