/** Filters that answer themselves stand last in their chain, and nothing else does. What is known of Envoy's filters is enough to tell. */
import type { Diagnostics } from "../diagnostics/finding.ts";
import { extensionByType } from "../schema/extensions.ts";
import { typeOf } from "../schema/table.ts";
import { type Carrier, TYPED_STRUCTS } from "./find-extension.ts";

const TERMINAL: ReadonlySet<string> = new Set([
  "envoy.extensions.filters.http.mcp_router.v3.McpRouter",
  "envoy.extensions.filters.http.router.v3.Router",
  "envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec",
  "envoy.extensions.filters.network.direct_response.v3.Config",
  "envoy.extensions.filters.network.dubbo_proxy.v3.DubboProxy",
  "envoy.extensions.filters.network.echo.v3.Echo",
  "envoy.extensions.filters.network.generic_proxy.v3.GenericProxy",
  "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
  "envoy.extensions.filters.network.redis_proxy.v3.RedisProxy",
  "envoy.extensions.filters.network.reverse_tunnel.v3.DrainAwareHttpConnectionManager",
  "envoy.extensions.filters.network.reverse_tunnel.v3.ReverseTunnel",
  "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
  "envoy.extensions.filters.network.thrift_proxy.v3.ThriftProxy",
]);

const FILTERS = ["envoy.filters.http", "envoy.filters.network", "envoy.filters.http.upstream"];

/** Modules say themselves what they are. */
interface Module {
  readonly terminal_filter?: boolean;
}

const MODULES: ReadonlySet<string> = new Set([
  "envoy.extensions.filters.http.dynamic_modules.v3.DynamicModuleFilter",
  "envoy.extensions.filters.network.dynamic_modules.v3.DynamicModuleNetworkFilter",
]);

interface Config extends Module {
  readonly "@type"?: string;
  readonly type_url?: string;
  readonly value?: Module;
}

/** Reports what stands in the wrong place. `chain` names the list. A filter that is unknown is not judged. */
export function checkFilterOrder(filters: readonly Carrier[], chain: string, diagnostics: Diagnostics): void {
  filters.forEach((filter, i) => {
    const terminal = isTerminal(filter.typed_config as Config | undefined);
    const last = i === filters.length - 1;
    if (terminal === undefined || terminal === last) return;
    const what = `'${filter.name ?? ""}'`;
    diagnostics.report({
      code: "LGT0602", at: filter, key: "name",
      message: terminal ? `${what} is a terminal filter and must be the last of ${chain}` : `${what} is the last of ${chain} but not a terminal filter`,
    });
  });
}

function isTerminal(config: Config | undefined): boolean | undefined {
  if (config === undefined) return undefined;
  const outer = typeOf(config["@type"] ?? "") ?? "";
  const wrapped = TYPED_STRUCTS.has(outer);
  const type = wrapped ? (typeOf(config.type_url ?? "") ?? "") : outer;
  if (MODULES.has(type)) return (wrapped ? config.value : config)?.terminal_filter === true;
  return FILTERS.some((category) => extensionByType(category, type) !== undefined) ? TERMINAL.has(type) : undefined;
}
