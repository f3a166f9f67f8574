import { ask, type Case, get, type Group } from "../case.ts";

/** A cluster: the policy's fields, and its hosts 127.0.0.2, 127.0.0.3, ... by locality: fields of the locality, then fields of each host. */
function cluster(policy: string, ...localities: readonly (readonly [fields: string, ...hosts: readonly string[]])[]): string {
  let next = 2;
  const groups = localities.map(([fields, ...hosts]) => `{ ${fields === "" ? "" : `${fields}, `}lb_endpoints: [${hosts.map((more) => `{ endpoint: { address: { socket_address: { address: 127.0.0.${next++}, port_value: <upstream:u> } } }${more === "" ? "" : `, ${more}`} }`).join(", ")}] }`);
  return `${policy === "" ? "" : `${policy}\n`}load_assignment: { cluster_name: c, endpoints: [${groups.join(", ")}]`;
}

const done = (text: string, policy = ""): string => `${text}${policy === "" ? "" : `, policy: { ${policy} }`} }`;
const lb = (fields: string): string => `metadata: { filter_metadata: { envoy.lb: { ${fields} } } }`;
const match = (fields: string): string => `metadata_match: { filter_metadata: { envoy.lb: { ${fields} } } }`;
const typed = (type: string, fields = ""): string => `load_balancing_policy: { policies: [{ typed_extension_config: { name: p, typed_config: { "@type": type.googleapis.com/envoy.extensions.load_balancing_policies.${type}${fields === "" ? "" : `, ${fields}`} } } }] }`;
/** Hosts that are hashed by a key: their ports differ from run to run. */
const KEYED: readonly [string, ...string[]] = ["", ...["one", "two", "three", "four"].map((key) => lb(`hash_key: ${key}`))];
const SICK = "health_status: UNHEALTHY";
const DRAINING = "health_status: DRAINING";
const WORN = "health_status: DEGRADED";
const STAGES: readonly [string, ...string[]] = ["", lb("stage: prod, version: '1'"), lb("stage: prod, version: '2'"), lb("stage: dev, version: '2'"), lb("version: ['2', '3']"), ""];
const subsets = (fields: string): string => done(cluster(`lb_subset_config: { ${fields} }`, STAGES));

const CLIENT_WEIGHTED = "client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin";

const CLUSTERS: Readonly<Record<string, string>> = {
  plain: done(cluster("", ["", "", "", ""])),
  sick: done(cluster("", ["", "", SICK, "", ""])),
  panic: done(cluster("", ["", "", SICK, SICK])),
  nopanic: done(cluster("common_lb_config: { healthy_panic_threshold: { value: 0 } }", ["", SICK, SICK])),
  lowpanic: done(cluster("common_lb_config: { healthy_panic_threshold: { value: 20 } }", ["", "", SICK, SICK, SICK])),
  draining: done(cluster("", ["", "", DRAINING, DRAINING, DRAINING])),
  timeout: done(cluster("", ["", "", "", "health_status: TIMEOUT"])),
  worn: done(cluster("", ["", WORN, "", "", ""])),
  allworn: done(cluster("", ["", WORN, WORN])),
  weights: done(cluster("", ["", "load_balancing_weight: 3", "", "load_balancing_weight: 2"])),
  empty: done(cluster("", [""])),
  second: done(cluster("", ["priority: 0", SICK, SICK], ["priority: 1", "", ""])),
  first: done(cluster("", ["priority: 0", "", "", "", SICK], ["priority: 1", "", ""])),
  third: done(cluster("", ["priority: 0", SICK], ["priority: 1", SICK], ["priority: 2", "", ""])),
  allsick: done(cluster("", ["priority: 0", SICK, SICK], ["priority: 1", SICK])),
  factor: done(cluster("", ["priority: 0", "", SICK], ["priority: 1", ""]), "overprovisioning_factor: 200"),
  mixed: done(cluster("", ["priority: 0", WORN], ["priority: 1", ""])),
  zones: done(cluster("common_lb_config: { locality_weighted_lb_config: {} }", ["locality: { zone: a }, load_balancing_weight: 1", "", ""], ["locality: { zone: b }", ""])),
  noweights: done(cluster("common_lb_config: { locality_weighted_lb_config: {} }", ["locality: { zone: a }", "", ""], ["locality: { zone: b }", ""])),
  random: done(cluster("lb_policy: RANDOM", ["", "", SICK, ""])),
  least: done(cluster("lb_policy: LEAST_REQUEST", ["", "", SICK, ""])),
  ring: done(cluster("lb_policy: RING_HASH", KEYED)),
  maglev: done(cluster("lb_policy: MAGLEV\nmaglev_lb_config: { table_size: 101 }", ["", lb("hash_key: one"), lb("hash_key: two"), `load_balancing_weight: 5, ${lb("hash_key: three")}`, lb("hash_key: four")])),
  murmur: done(cluster("lb_policy: RING_HASH\nring_hash_lb_config: { hash_function: MURMUR_HASH_2 }", KEYED)),
  keyed: done(cluster("lb_policy: MAGLEV", ["", lb("hash_key: one"), lb("hash_key: two"), lb("hash_key: three")])),
  bounded: done(cluster("lb_policy: RING_HASH\ncommon_lb_config: { consistent_hashing_lb_config: { hash_balance_factor: 120 } }", KEYED)),
  typedrobin: done(cluster(typed("round_robin.v3.RoundRobin"), ["", "", "", ""])),
  typedleast: done(cluster(typed("least_request.v3.LeastRequest", "selection_method: FULL_SCAN"), ["", "", "", ""])),
  typedrandom: done(cluster(typed("random.v3.Random"), ["", "", ""])),
  typedring: done(cluster(typed("ring_hash.v3.RingHash", "minimum_ring_size: 11"), KEYED)),
  typedmaglev: done(cluster(typed("maglev.v3.Maglev", "table_size: 307"), KEYED)),
  reported: done(cluster(typed(CLIENT_WEIGHTED, "weight_update_period: 0.05s, blackout_period: 0s"), ["", "", "", ""])),
  localities: done(cluster(typed("wrr_locality.v3.WrrLocality", `endpoint_picking_policy: { policies: [{ typed_extension_config: { name: f, typed_config: { "@type": type.googleapis.com/envoy.extensions.load_balancing_policies.${CLIENT_WEIGHTED} } } }] }`), ["locality: { zone: a }, load_balancing_weight: 1", "", ""], ["locality: { zone: b }", ""])),
  override: done(cluster(typed("override_host.v3.OverrideHost", `override_host_sources: [{ header: x-to }], fallback_policy: { policies: [{ typed_extension_config: { name: f, typed_config: { "@type": type.googleapis.com/envoy.extensions.load_balancing_policies.maglev.v3.Maglev } } }] }`), KEYED)),
  typedsubset: done(cluster(typed("subset.v3.Subset", `fallback_policy: ANY_ENDPOINT, allow_redundant_keys: true, subset_selectors: [{ keys: [version, stage] }, { keys: [stage] }], subset_lb_policy: { policies: [{ typed_extension_config: { name: f, typed_config: { "@type": type.googleapis.com/envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin } } }] }`), STAGES)),
  none: subsets("subset_selectors: [{ keys: [stage] }, { keys: [version, stage] }]"),
  any: subsets("fallback_policy: ANY_ENDPOINT, subset_selectors: [{ keys: [stage] }]"),
  chosen: subsets("fallback_policy: DEFAULT_SUBSET, default_subset: { stage: dev }, subset_selectors: [{ keys: [stage] }, { keys: [version] }]"),
  panicany: subsets("fallback_policy: DEFAULT_SUBSET, default_subset: { stage: no }, panic_mode_any: true, subset_selectors: [{ keys: [stage] }]"),
  selector: subsets("fallback_policy: ANY_ENDPOINT, default_subset: { stage: dev }, subset_selectors: [{ keys: [stage], fallback_policy: NO_FALLBACK }, { keys: [version], fallback_policy: DEFAULT_SUBSET }, { keys: [a, version], fallback_policy: KEYS_SUBSET, fallback_keys_subset: [version] }, { keys: [b], fallback_policy: ANY_ENDPOINT }]"),
  listed: subsets("list_as_any: true, subset_selectors: [{ keys: [version] }]"),
  single: subsets("subset_selectors: [{ keys: [stage], single_host_per_subset: true }]"),
  fallbacks: subsets("metadata_fallback_policy: FALLBACK_LIST, subset_selectors: [{ keys: [stage] }, { keys: [stage, version] }]"),
};

/** Route by route: path, cluster and what more the route says. */
const ROUTES: readonly (readonly [path: string, cluster: string, more?: string])[] = [
  ...Object.keys(CLUSTERS).map((name) => [name, name, ["ring", "maglev", "murmur", "keyed", "bounded", "typedring", "typedmaglev", "override", "first"].includes(name) ? "hash_policy: [{ header: { header_name: x-key } }]" : undefined] as const),
  ["none-prod", "none", match("stage: prod")], ["none-dev", "none", match("stage: dev")], ["none-both", "none", match("stage: prod, version: '2'")], ["none-no", "none", match("stage: no")], ["none-version", "none", match("version: '2'")],
  ["any-prod", "any", match("stage: prod")], ["any-no", "any", match("stage: no")], ["any-more", "any", match("stage: prod, version: '1'")],
  ["chosen-prod", "chosen", match("stage: prod")], ["chosen-no", "chosen", match("stage: no")], ["chosen-number", "chosen", match("version: 2")],
  ["selector-no", "selector", match("stage: no")], ["selector-9", "selector", match("version: '9'")], ["selector-a", "selector", match("a: x, version: '1'")], ["selector-b", "selector", match("b: x")],
  ["listed-3", "listed", match("version: '3'")], ["listed-2", "listed", match("version: '2'")], ["single-prod", "single", match("stage: prod")],
  ["typed-both", "typedsubset", match("stage: prod, version: '1', other: x")], ["typed-stage", "typedsubset", match("stage: dev, other: x")], ["typed-no", "typedsubset", match("other: x")],
  ["fallback", "fallbacks", match("stage: prod, fallback_list: [{ version: '9' }, { version: '2' }]")], ["fallback-none", "fallbacks", match("stage: dev, fallback_list: []")],
];

const WEIGHTED = `{ match: { path: /weighted }, route: { ${match("stage: prod")}, weighted_clusters: { clusters: [{ name: none, weight: 1, ${match("version: '2'")} }] } } }`;
const COUNTERS = [/^cluster\.\w+\.(lb_|upstream_cx_none_healthy|membership_)/];

/** Eight requests; where chance has a say, the set of the answers is compared. */
const spread = (title: string, path: string): Case => ({ title, ...ask(...Array.from({ length: 24 }, () => get(`/${path}`))), asSet: true, logs: 24 });
const exact = (title: string, path: string, ...headers: string[]): Case => ({ title, ...ask(get(`/${path}`, ...headers)), counters: COUNTERS });
const keys = (title: string, path: string): Case => ({ title, ...ask(...Array.from({ length: 12 }, (_, i) => get(`/${path}`, `x-key: ${path} ${i * 7919}`))), varies: { upstream: "connections are many" } });

/** Which host of a cluster gets the request. */
export const balancing: Group = {
  name: "balancing",
  listeners: {
    main: `
route_config:
  response_headers_to_add: [{ header: { key: x-host, value: "%UPSTREAM_HOST%" } }]
  virtual_hosts: [{ name: all, domains: ["*"], routes: [${ROUTES.map(([path, name, more]) => `{ match: { path: /${path} }, route: { cluster: ${name}${more === undefined ? "" : `, ${more}`} } }`).join(", ")}, ${WEIGHTED}] }]`,
  },
  clusters: CLUSTERS,
  cases: [
    spread("hosts take turns", "plain"), spread("a sick host is left out", "sick"), spread("a panic: all hosts", "panic"), spread("a low panic threshold", "lowpanic"),
    exact("no host is healthy, and there is no panic", "nopanic"), spread("hosts that drain do not count for a panic", "draining"), spread("TIMEOUT is unhealthy", "timeout"),
    spread("degraded hosts wait while the others suffice", "worn"), spread("degraded hosts when there are no others", "allworn"), spread("weights", "weights"),
    exact("no hosts", "empty"), spread("the second priority when the first is down", "second"), spread("the first priority while enough of it is up", "first"),
    spread("the third priority", "third"), spread("all priorities down: by their hosts", "allsick"), spread("an overprovisioning factor", "factor"), spread("degraded hosts of the first priority come after the second", "mixed"),
    spread("a locality without weight", "zones"), spread("no locality has weight", "noweights"), spread("RANDOM", "random"), spread("LEAST_REQUEST", "least"),
    keys("RING_HASH", "ring"), keys("MAGLEV", "maglev"), keys("MURMUR_HASH_2", "murmur"), keys("hash keys of hosts", "keyed"), keys("bounded load", "bounded"),
    spread("the extension round_robin", "typedrobin"), spread("the extension least_request", "typedleast"), spread("the extension random", "typedrandom"), spread("the extension client_side_weighted_round_robin", "reported"), spread("the extension wrr_locality", "localities"), keys("the extension ring_hash", "typedring"), keys("the extension maglev", "typedmaglev"),
    exact("override_host takes the host of the header", "override", "x-to: 127.0.0.3:<upstream:u>"), exact("override_host passes over hosts that are not there", "override", "x-to: 10.0.0.1:1, 127.0.0.4:<upstream:u>"), keys("override_host without its header", "override"),
    spread("a subset of two hosts", "none-prod"), exact("a subset of one host", "none-dev"), exact("a subset of two keys", "none-both"), exact("no such subset", "none-no"), exact("keys of no selector", "none-version"), exact("subsets and no metadata_match", "none"),
    spread("fallback: a subset that is there", "any-prod"), spread("fallback to any endpoint", "any-no"), spread("fallback of too many keys", "any-more"),
    spread("default subset: another one", "chosen-prod"), exact("the default subset", "chosen-no"), exact("a number is no text", "chosen-number"), spread("panic_mode_any", "panicany"),
    exact("a selector without fallback", "selector-no"), exact("a selector with the default subset", "selector-9"), exact("a selector with fewer keys", "selector-a"), spread("a selector with any endpoint", "selector-b"),
    exact("lists as several values", "listed-3"), spread("lists as several values, of three hosts", "listed-2"), exact("one host a subset", "single-prod"),
    exact("redundant keys", "typed-both"), exact("redundant keys of another selector", "typed-stage"), spread("only redundant keys", "typed-no"),
    exact("a list of fallbacks", "fallback"), exact("an empty list of fallbacks", "fallback-none"), exact("a weighted cluster's criteria are added to the route's", "weighted"),
  ],
};
