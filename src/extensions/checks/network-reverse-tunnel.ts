/** Reverse tunnels need their bootstrap extension. */
import { type MessageCheck, refusals } from "../../contract/message-check.ts";
import { COMMANDS, UNAVAILABLE } from "../../match/format/commands.ts";

const INTERFACE = "envoy.extensions.bootstrap.reverse_tunnel.upstream_socket_interface.v3.UpstreamReverseConnectionSocketInterface";

/** The first command of a format that Envoy lacks. */
function unknownCommand(format: string): string | undefined {
  for (const [, name = ""] of format.matchAll(/%([A-Z0-9_]+)(?=[(:%])/g)) if (!COMMANDS.has(name) && !UNAVAILABLE.has(name)) return name;
  return undefined;
}

export const NETWORK_REVERSE_TUNNEL_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0406", "envoy.extensions.filters.network.reverse_tunnel.v3.ReverseTunnel", (config, refuse, { bootstrap }) => {
    const extensions = bootstrap?.bootstrap_extensions ?? [];
    if (bootstrap !== undefined && !extensions.some((one) => one.typed_config?.["@type"]?.endsWith(`/${INTERFACE}`) === true)) {
      refuse(config, undefined, "reverse tunnels need the bootstrap extension UpstreamReverseConnectionSocketInterface");
    }
  }),
  refusals("LGT0406", "envoy.extensions.clusters.reverse_connection.v3.ReverseConnectionClusterConfig", (config, refuse) => {
    const unknown = unknownCommand(config.host_id_format ?? "");
    if (unknown !== undefined) refuse(config, "host_id_format", `there is no command %${unknown}%`);
  }),
];
