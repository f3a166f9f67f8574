/** The UDP proxy. */
import { type MessageCheck, refusals } from "../../contract/message-check.ts";

export const UDP_PROXY_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0406", "envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig", (config, refuse) => {
    if (config.use_per_packet_load_balancing !== true) return;
    if (config.tunneling_config !== undefined) refuse(config, "tunneling_config", "only one of use_per_packet_load_balancing and tunneling_config can be used");
    if ((config.session_filters ?? []).length > 0) refuse(config, "session_filters", "only one of use_per_packet_load_balancing and session_filters can be used");
  }),
];
