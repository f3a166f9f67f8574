/**
 * What replaying recorded traffic costs: requests a second against a table of 1,000 mixed routes, on one core. `routed` starts from
 * requests that were read already, `from the log` from the lines of an Envoy access log.
 *
 *   taskset -c 0 bun scripts/bench-micro/replay.ts
 */
import { Buffer } from "node:buffer";
import { Findings } from "../../src/diagnostics/findings.ts";
import { Origins } from "../../src/diagnostics/origins.ts";
import { loadForSimulation, type SimulateConfiguration } from "../../src/tools/simulate-load.ts";
import { Replay } from "../../src/tools/simulate-replay.ts";
import type { SimulateTest } from "../../src/tools/simulate-tests.ts";
import { loadRequests } from "../../src/tools/traffic/load.ts";
import { NO_DEFAULTS } from "../../src/tools/traffic/traffic-request.ts";

const ROUTES = 1000;
const REQUESTS = 300_000;
const ROUNDS = 12;

function route(i: number): string {
  const to = `route: { cluster: c${i % 50} }`;
  switch (i % 4) {
    case 0: return `{ match: { prefix: /svc${i}/ }, ${to} }`;
    case 1: return `{ match: { path: /exact/${i} }, ${to} }`;
    case 2: return `{ match: { prefix: /h/${i}/, headers: [{ name: user-agent, string_match: { contains: Mozilla } }] }, ${to} }`;
    default: return `{ match: { safe_regex: { regex: '/re${i}/[a-z]+' } }, ${to} }`;
  }
}

function path(i: number): string {
  return [`/svc${i}/a/b?q=${i * 7919}`, `/exact/${i}`, `/h/${i}/x`, `/re${i}/abc`][i % 4] as string;
}

const MANAGER = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
const FILTERS = "type.googleapis.com/envoy.extensions.filters.http";
/** What many proxies have, doing nothing for most routes. */
const IDLE = [`{ name: cors, typed_config: { "@type": ${FILTERS}.cors.v3.Cors } }`, `{ name: fault, typed_config: { "@type": ${FILTERS}.fault.v3.HTTPFault } }`, `{ name: csrf, typed_config: { "@type": ${FILTERS}.csrf.v3.CsrfPolicy, filter_enabled: { default_value: { numerator: 0 } } } }`];
/** What does something with each request. */
const BUSY = [`{ name: rbac, typed_config: { "@type": ${FILTERS}.rbac.v3.RBAC, rules: { action: ALLOW, policies: { all: { permissions: [{ url_path: { path: { prefix: / } } }], principals: [{ any: true }] } } } } }`, `{ name: mutation, typed_config: { "@type": ${FILTERS}.header_mutation.v3.HeaderMutation, mutations: { request_mutations: [{ append: { header: { key: x-a, value: b } } }] } } }`];

const bootstrapOf = (filters: readonly string[]): string => `static_resources:
  listeners:
    - name: l
      address: { socket_address: { address: 0.0.0.0, port_value: 80 } }
      filter_chains:
        - filters:
            - name: h
              typed_config:
                "@type": ${MANAGER}
                stat_prefix: x
                use_remote_address: true
                normalize_path: true
                http_filters: [${[...filters, `{ name: router, typed_config: { "@type": ${FILTERS}.router.v3.Router } }`].join(", ")}]
                route_config: { name: r, virtual_hosts: [{ name: v, domains: [shop.example.com], routes: [${Array.from({ length: ROUTES }, (_each, i) => route(i)).join(", ")}] }] }
  clusters: [${Array.from({ length: 50 }, (_each, i) => `{ name: c${i} }`).join(", ")}]
`;
const log = Buffer.from(Array.from({ length: REQUESTS }, (_each, n) => `[2026-01-02T03:04:05.678Z] "GET ${path((n * 7919) % ROUTES)} HTTP/1.1" 200 - 0 1234 3 2 "203.0.113.${n % 250}" "Mozilla/5.0 (X11; Linux x86_64)" "6f1f0e5e-1c9b-4e0e-8a3b-0123456789ab" "shop.example.com" "10.1.2.3:80"\n`).join(""), "latin1");

const origins = new Origins();
const diagnostics = new Findings(origins);

function loaded(filters: readonly string[]): SimulateConfiguration {
  const configuration = loadForSimulation({ name: "b.yaml", bytes: Buffer.from(bootstrapOf(filters)) }, { origins, diagnostics });
  if (configuration === undefined) throw new Error("the configuration was not read");
  return configuration;
}

const requests = (): Iterable<SimulateTest> => loadRequests({ name: "access.log", bytes: log }, { origins, diagnostics, defaults: NO_DEFAULTS, kind: "envoy-log" });

function perSecond(tests: () => Iterable<SimulateTest>, filters: readonly string[] = []): number {
  let best = Infinity;
  const replay = new Replay(loaded(filters), origins, diagnostics);
  for (let round = 0; round < ROUNDS; round++) {
    const from = performance.now();
    for (const test of tests()) replay.run(test, BY_NAME, false, false);
    best = Math.min(best, performance.now() - from);
  }
  if (replay.tally.destinations.some(({ words }) => !words.startsWith("cluster "))) throw new Error("a request found no route");
  return Math.round(REQUESTS / (best / 1000));
}

const BY_NAME = { listener: undefined, routeTable: undefined };
const read = [...requests()];
console.log(`routed         ${perSecond(() => read).toLocaleString("en")} requests a second`);
console.log(`from the log   ${perSecond(requests).toLocaleString("en")} requests a second`);
console.log(`idle filters   ${perSecond(() => read, IDLE).toLocaleString("en")} requests a second`);
console.log(`busy filters   ${perSecond(() => read, [...IDLE, ...BUSY]).toLocaleString("en")} requests a second`);
