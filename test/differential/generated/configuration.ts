import { asType, CLUSTERS } from "./draft.ts";
import type { GeneratedTable } from "./tables.ts";

export interface Places {
  readonly admin: number;
  readonly upstream: number;
  readonly listeners: readonly number[];
}

const address = (port: number): object => ({ socket_address: { address: "127.0.0.1", port_value: port } });

/** The static layer that fractions and weights ask. */
const RUNTIME = {
  share: { none: 0, all: 100, odd: { numerator: 1_000_000, denominator: "MILLION" }, half: { numerator: 5000, denominator: "TEN_THOUSAND" }, text: "100", word: "all", part: 99.9, tiny: 0.5, yes: true, no: false, large: 150, negative: -1, empty: {}, over: { numerator: 7 }, big: 4294967296, spaced: " 100", plus: "+100", exponent: "1e2", object: { numerator: "100" }, bad: { numerator: 100, denominator: "NONE" } },
  weights: { ca: 50, cb: 25, cc: "7", cd: 3.5 }, re2: { max_program_size: { error_level: 1000 } },
};

/** A bootstrap with a listener for each table, all of them in front of one upstream. */
export function configuration(tables: readonly GeneratedTable[], places: Places): string {
  const listeners = tables.map((table, i) => ({
    name: `t${i}`, address: address(places.listeners[i] ?? 0),
    filter_chains: [{
      filters: [{
        name: "hcm",
        typed_config: asType("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", {
          stat_prefix: `t${i}`, delayed_close_timeout: "0.05s", route_config: table.config, ...table.manager,
          http_filters: [
            { name: "mutate", typed_config: asType("envoy.extensions.filters.http.header_mutation.v3.HeaderMutation", {}) },
            { name: "router", typed_config: asType("envoy.extensions.filters.http.router.v3.Router", {}) },
          ],
        }),
      }],
    }],
  }));
  const clusters = CLUSTERS.map((name) => ({
    name, type: "STATIC", connect_timeout: "5s", load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address: address(places.upstream) } }] }] },
  }));
  return JSON.stringify({
    admin: { address: address(places.admin) }, static_resources: { listeners, clusters },
    layered_runtime: { layers: [{ name: "static", static_layer: RUNTIME }] },
  });
}
