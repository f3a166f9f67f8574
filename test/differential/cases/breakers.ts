import { once } from "../../support/scripted-upstream.ts";
import { ask, type Case, get, type Group, request, response } from "../case.ts";

const endpoints = (more: readonly string[], policy = ""): string => `load_assignment: { cluster_name: c, endpoints: [${more.join(", ")}]${policy === "" ? "" : `, policy: { ${policy} }`} }`;
const host = (last: number, more = ""): string => `{ endpoint: { address: { socket_address: { address: 127.0.0.${last}, port_value: <upstream:u> } } }${more === "" ? "" : `, ${more}`} }`;
const one = `circuit_breakers: { thresholds: [<t>] }`;
const limits = (...thresholds: string[]): string => one.replace("<t>", thresholds.map((text) => `{ ${text} }`).join(", "));
const own = endpoints([`{ lb_endpoints: [${host(1)}] }`]);
const lb = (fields: string): string => `metadata: { filter_metadata: { envoy.lb: { ${fields} } } }`;

const CLUSTERS: Readonly<Record<string, string>> = {
  noconnections: `${limits("max_connections: 0")}\n${own}`,
  nopending: `${limits("max_pending_requests: 0")}\n${own}`,
  norequests: `${limits("max_requests: 0")}\n${own}`,
  onerequest: `${limits("max_requests: 1")}\n${own}`,
  onepending: `${limits("max_connections: 1, max_pending_requests: 1")}\n${own}`,
  noretries: `${limits("max_retries: 0")}\n${own}`,
  highonly: `${limits("priority: HIGH, max_requests: 0", "max_requests: 5")}\n${own}`,
  lowonly: `${limits("max_requests: 0", "priority: HIGH, max_requests: 5")}\n${own}`,
  highpending: `${limits("priority: HIGH, max_pending_requests: 0")}\n${own}`,
  highretries: `${limits("priority: HIGH, max_retries: 0")}\n${own}`,
  budget: `${limits("retry_budget: { budget_percent: { value: 0 }, min_retry_concurrency: 0 }")}\n${own}`,
  budgetone: `${limits("retry_budget: { budget_percent: { value: 0 }, min_retry_concurrency: 1 }")}\n${own}`,
  remaining: `${limits("max_connections: 7, max_pending_requests: 8, max_requests: 9, max_retries: 2, track_remaining: true", "priority: HIGH, max_requests: 4, track_remaining: true")}\n${own}`,
  remainingbudget: `${limits("retry_budget: {}, track_remaining: true")}\n${own}`,
  perhost: `circuit_breakers: { per_host_thresholds: [{ max_connections: 1 }] }\n${own}`,
  dropall: endpoints([`{ lb_endpoints: [${host(1)}] }`], "drop_overloads: [{ category: c, drop_percentage: { numerator: 100 } }]"),
  dropmany: endpoints([`{ lb_endpoints: [${host(1)}] }`], "drop_overloads: [{ category: c, drop_percentage: { numerator: 50 } }]"),
  dropnone: endpoints([`{ lb_endpoints: [${host(1)}] }`], "drop_overloads: [{ category: c, drop_percentage: { numerator: 0 } }]"),
  canaries: endpoints([`{ lb_endpoints: [${host(2, lb("canary: true"))}, ${host(3)}] }`]),
  labels: endpoints([`{ lb_endpoints: [${host(2, lb("stage: old, version: 1"))}, ${host(3, lb("stage: new"))}] }`]),
  twopriorities: endpoints([`{ priority: 0, lb_endpoints: [${host(2)}] }`, `{ priority: 1, lb_endpoints: [${host(3)}] }`]),
  mostlyrefused: endpoints([`{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: <refused> } } }, load_balancing_weight: 50 }, ${host(2, "load_balancing_weight: 1")}] }`]),
  threepriorities: endpoints([`{ priority: 0, lb_endpoints: [${host(2)}] }`, `{ priority: 1, lb_endpoints: [${host(3)}] }`, `{ priority: 2, lb_endpoints: [${host(4)}] }`]),
};

const retry = (more: string, count = 1): string => `retry_policy: { retry_on: 5xx, num_retries: ${count}, retry_back_off: { base_interval: 0.001s }${more === "" ? "" : `, ${more}`} }`;
const predicate = (type: string, more = ""): string => `retry_host_predicate: [{ name: p, typed_config: { "@type": type.googleapis.com/envoy.extensions.retry.host.${type}${more} } }], host_selection_retry_max_attempts: 20`;
const previous = (every: number): string => `retry_priority: { name: p, typed_config: { "@type": type.googleapis.com/envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig, update_frequency: ${every} } }`;

const ROUTES: readonly (readonly [path: string, cluster: string, more?: string])[] = [
  ...Object.keys(CLUSTERS).map((name) => [name, name] as const),
  ["high-high", "highonly", "priority: HIGH"], ["high-low", "lowonly", "priority: HIGH"], ["high-pending", "highpending", "priority: HIGH"],
  ["retry-none", "noretries", retry("")], ["retry-high", "highretries", `priority: HIGH, ${retry("")}`], ["retry-low", "highretries", retry("")],
  ["retry-budget", "budget", retry("")], ["retry-budgetone", "budgetone", retry("")], ["high-remaining", "remaining", "priority: HIGH"],
  ["canary", "canaries", retry(predicate("omit_canary_hosts.v3.OmitCanaryHostsPredicate"))],
  ["refused", "mostlyrefused", `retry_policy: { retry_on: connect-failure, num_retries: 1, ${predicate("previous_hosts.v3.PreviousHostsPredicate")}, retry_back_off: { base_interval: 0.001s } }`.replace("attempts: 20", "attempts: 200")],
  ["label", "labels", retry(predicate("omit_host_metadata.v3.OmitHostMetadataConfig", ", metadata_match: { filter_metadata: { envoy.lb: { stage: old } } }"))],
  ["label-two", "labels", retry(predicate("omit_host_metadata.v3.OmitHostMetadataConfig", ", metadata_match: { filter_metadata: { envoy.lb: { stage: old, version: 2 } } }"))],
  ["label-none", "labels", retry(predicate("omit_host_metadata.v3.OmitHostMetadataConfig"))],
  ["previous", "twopriorities", retry(previous(1))], ["previous-three", "threepriorities", retry(previous(1), 2)], ["previous-again", "twopriorities", retry(previous(1), 3)], ["previous-two", "threepriorities", retry(previous(2), 3)],
];

const BAD = response("503 Service Unavailable", "bad", "connection: close");
const OK = response("200 OK", "ok");
const failing = (times: number): Case["upstreams"] => ({ u: { connections: [...Array.from({ length: times }, () => [{ await: "request" as const }, BAD, { act: "end" as const }]), [{ await: "request" as const }, OK]] } });
const COUNTERS = [/^cluster\.\w+\.(circuit_breakers\.|upstream_rq_(pending|retry|active_overflow)|upstream_cx_(overflow|total))/];
const simple = (title: string, path: string): Case => ({ title, ...ask(get(`/${path}`)), counters: COUNTERS });
const retried = (title: string, path: string, times = 1): Case => ({ title, client: [get(`/${path}`), { responses: 1 }], upstreams: failing(times), counters: COUNTERS });

/** Two requests at the same time, on two connections. */
const both = (title: string, path: string): Case => ({
  title, client: [get(`/${path}`), { wait: 60 }, { connect: "main" }, request("GET", `/${path}`), { responses: 1 }, { wait: 250 }], logs: 2,
  upstreams: { u: once({ await: "request" }, { wait: 200 }, OK) }, counters: COUNTERS,
});

/** Limits of clusters by priority, budgets, shares that are dropped, and which hosts and priorities a retry prefers. */
export const breakers: Group = {
  name: "breakers",
  listeners: {
    main: `
route_config:
  response_headers_to_add: [{ header: { key: x-host, value: "%UPSTREAM_HOST%" } }]
  virtual_hosts: [{ name: all, domains: ["*"], routes: [${ROUTES.map(([path, name, more]) => `{ match: { path: /${path} }, route: { cluster: ${name}${more === undefined ? "" : `, ${more}`} } }`).join(", ")}] }]`,
  },
  clusters: CLUSTERS,
  cases: [
    simple("max_connections 0: a host gets one all the same", "noconnections"), simple("max_pending_requests 0", "nopending"), simple("max_requests 0", "norequests"), both("max_requests 1 and two requests", "onerequest"),
    both("one connection, and one request waits", "onepending"), both("one connection a host", "perhost"),
    simple("limits of HIGH do not bind others", "highonly"), simple("max_requests 0 of HIGH", "high-high"), simple("max_requests 0 of DEFAULT", "lowonly"), simple("limits of DEFAULT do not bind HIGH", "high-low"),
    simple("max_pending_requests 0 of HIGH, for others", "highpending"), simple("max_pending_requests 0 of HIGH", "high-pending"),
    retried("max_retries 0", "retry-none"), retried("max_retries 0 of HIGH", "retry-high"), retried("max_retries 0 of HIGH, for others", "retry-low"), retried("an empty budget", "retry-budget"), retried("a budget of one", "retry-budgetone"),
    simple("track_remaining", "remaining"), simple("track_remaining of HIGH", "high-remaining"), simple("track_remaining and a budget", "remainingbudget"),
    simple("everything is dropped", "dropall"), simple("nothing is dropped", "dropnone"), { title: "half is dropped", ...ask(...Array.from({ length: 16 }, () => get("/dropmany"))), asSet: true, logs: 16 },
    { ...retried("a retry avoids canaries", "canary"), varies: { answer: "the first host is chance", wide: "the same", log: "the same", upstream: "the same", counters: "the same" } },
    { ...retried("a retry avoids hosts by their metadata", "label"), asSet: true }, { ...retried("all values must be there", "label-two"), asSet: true }, { ...retried("no values, no avoiding", "label-none"), asSet: true },
    { title: "a host that refuses is one that was tried", ...ask(...Array.from({ length: 6 }, () => get("/refused"))), asSet: true, logs: 6 },
    retried("a retry goes to the next priority", "previous"), retried("and to the one after it", "previous-three", 2), retried("and back when all were tried", "previous-again", 2), retried("the loads change after two attempts", "previous-two", 2),
  ],
};
