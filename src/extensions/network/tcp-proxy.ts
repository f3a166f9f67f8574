/** Carries the bytes of a connection to a cluster. The proxy itself is the downstream's; this is its face to the registry. */
import { defineExtension } from "../../contract/extension.ts";
import { compileTcpProxy, honours } from "../../downstream/tcp-proxy-plan.ts";
import { TcpProxy } from "../../downstream/tcp-proxy.ts";
import { TcpSession } from "../../downstream/tcp-session.ts";
import type { TcpProxy as Config } from "../../schema/generated/envoy/extensions/filters/network/tcp_proxy/v3.ts";
import { honours as logFilter } from "../../stream/log-filter.ts";

export const tcpProxy = defineExtension<"envoy.filters.network", Config>({
  category: "envoy.filters.network",
  name: "envoy.filters.network.tcp_proxy",
  aliases: ["envoy.tcp_proxy"],
  config: "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
  honours: { ...honours, "envoy.config.accesslog.v3.AccessLog": ["name", "filter", "typed_config"], ...logFilter },
  terminal: true,
  compile(config, context) {
    const plan = compileTcpProxy(config, { ...context, statPrefix: `tcp.${config.stat_prefix ?? ""}.` });
    return {
      needs: plan.clusters.map(({ name }) => ({ type: "cluster", name })),
      open(env) {
        const proxy = new TcpProxy(plan, env);
        return { kind: "terminal", create: (connection, done) => new TcpSession(proxy, connection, done) };
      },
    };
  },
});
