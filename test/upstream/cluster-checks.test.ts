import { describe, expect, test } from "vitest";
import { checked } from "../support/checked.ts";

const cluster = (more: string): string[] => checked("envoy.config.cluster.v3.Cluster", `{ name: c ${more} }`);
const HTTP = '"@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
const options = (text: string): string => `, typed_extension_protocol_options: { envoy.extensions.upstreams.http.v3.HttpProtocolOptions: { ${HTTP}, ${text} } }`;
const kind = (type: string, more = ""): string => `, cluster_type: { name: x, typed_config: { "@type": type.googleapis.com/envoy.extensions.clusters.${type} ${more} } }`;
const policy = (text: string): string => `, load_balancing_policy: { policies: [{ typed_extension_config: { name: p, typed_config: { "@type": type.googleapis.com/envoy.extensions.load_balancing_policies.${text} } } }] }`;
const endpoints = (...list: string[]): string => `, load_assignment: { cluster_name: c, endpoints: [{ lb_endpoints: [${list.join(", ")}] }] }`;
const NAMED = "{ endpoint: { address: { socket_address: { address: a.example, port_value: 80 } } } }";

describe("a cluster:", () => {
  test.each<[string, string[]]>([
    ["", []],
    [options("explicit_http_config: { http_protocol_options: {} }"), []],
    [`, max_requests_per_connection: 3${options("explicit_http_config: { http_protocol_options: {} }, common_http_protocol_options: { max_requests_per_connection: 3 }")}`, ["LGT0707 max_requests_per_connection"]],
    [", typed_extension_protocol_options: { envoy.nothing: { '@type': type.googleapis.com/google.protobuf.Struct } }", ["LGT0707 typed_extension_protocol_options[\"envoy.nothing\"]"]],
    [options("explicit_http_config: { http3_protocol_options: {} }"), ["LGT0707 transport_socket"]],
    [options("auto_config: {}"), ['LGT0707 typed_extension_protocol_options["envoy.extensions.upstreams.http.v3.HttpProtocolOptions"].auto_config']],
    [", circuit_breakers: { per_host_thresholds: [{ max_connections: 1 }] }", []],
    [", circuit_breakers: { per_host_thresholds: [{ max_retries: 1 }] }", ["LGT0707 circuit_breakers.per_host_thresholds[0].max_retries"]],
    [policy("wrr_locality.v3.WrrLocality, endpoint_picking_policy: { policies: [{ typed_extension_config: { name: q, typed_config: { '@type': type.googleapis.com/envoy.extensions.load_balancing_policies.random.v3.Random } } }] }"), ["LGT0708 load_balancing_policy.policies[0].typed_extension_config.typed_config.endpoint_picking_policy.policies"]],
    [", cluster_type: { name: nothing }", ["LGT0707 cluster_type.name"]],
    [", type: STATIC, load_assignment: { cluster_name: c, endpoints: [{ lb_endpoints: [{ endpoint: {} }] }] }", ["LGT0707 load_assignment.endpoints[0].lb_endpoints[0].endpoint"]],
  ])("%s", (more, errors) => {
    expect(cluster(more)).toEqual(errors);
  });

  test("a gRPC health check needs HTTP/2", () => {
    const check = ", health_checks: [{ timeout: 1s, interval: 1s, unhealthy_threshold: 1, healthy_threshold: 1, grpc_health_check: {} }]";
    const refused = ["LGT0707 health_checks[0].grpc_health_check"];
    expect(cluster(check)).toEqual(refused);
    expect(cluster(`${check}${options("explicit_http_config: { http_protocol_options: {} }")}`)).toEqual(refused);
    expect(cluster(`${check}, http2_protocol_options: {}`)).toEqual([]);
    for (const way of ["explicit_http_config", "use_downstream_protocol_config"]) expect(cluster(`${check}${options(`${way}: { http2_protocol_options: {} }`)}`)).toEqual([]);
  });

  test("LOGICAL_DNS has a single endpoint, by whichever name it is asked for", () => {
    expect(cluster(`, type: LOGICAL_DNS${endpoints(NAMED)}`)).toEqual([]);
    expect(cluster(`, type: LOGICAL_DNS${endpoints(NAMED, NAMED)}`)).toEqual(["LGT0707 load_assignment"]);
    expect(cluster(`${kind("dns.v3.DnsCluster", ", all_addresses_in_single_endpoint: true")}${endpoints(NAMED, NAMED)}`)).toEqual(["LGT0707 load_assignment"]);
    expect(cluster(`${kind("dns.v3.DnsCluster")}${endpoints(NAMED, NAMED)}`)).toEqual([]);
  });

  test("clusters that choose hosts themselves take CLUSTER_PROVIDED, and only they do", () => {
    expect(cluster(", type: ORIGINAL_DST, lb_policy: CLUSTER_PROVIDED")).toEqual([]);
    expect(cluster(", type: ORIGINAL_DST")).toEqual(["LGT0708 lb_policy"]);
    expect(cluster(", lb_policy: CLUSTER_PROVIDED")).toEqual(["LGT0708 lb_policy"]);
    expect(cluster(kind("aggregate.v3.ClusterConfig", ", clusters: [a]"))).toEqual(["LGT0708 lb_policy"]);
  });

  test("load_balancing_policy names one that Envoy has, and nothing beside it says otherwise", () => {
    const policy = (type: string): string => `, load_balancing_policy: { policies: [{ typed_extension_config: { name: p, typed_config: { "@type": type.googleapis.com/${type} } } }] }`;
    const RANDOM = "envoy.extensions.load_balancing_policies.random.v3.Random";
    expect(cluster(policy(RANDOM))).toEqual([]);
    expect(cluster(policy("google.protobuf.Struct"))).toEqual(["LGT0708 load_balancing_policy.policies"]);
    expect(cluster(`${policy(RANDOM)}, lb_subset_config: {}`)).toEqual(["LGT0708 lb_subset_config"]);
    expect(cluster(`${policy(RANDOM)}, common_lb_config: { locality_weighted_lb_config: {} }`)).toEqual(["LGT0708 common_lb_config.locality_weighted_lb_config"]);
    expect(cluster(", lb_policy: LOAD_BALANCING_POLICY_CONFIG")).toContain("LGT0708 lb_policy");
  });

  test("a ring is not smaller at most than at least, and subsets fit their policy", () => {
    expect(cluster(", lb_policy: RING_HASH, ring_hash_lb_config: { minimum_ring_size: 2048, maximum_ring_size: 1024 }")).toEqual(["LGT0708 ring_hash_lb_config.minimum_ring_size"]);
    expect(cluster(", lb_subset_config: { locality_weight_aware: true }")).toEqual(["LGT0708 lb_subset_config.locality_weight_aware"]);
  });
});

describe("a health check:", () => {
  const check = (http: string): string[] => cluster(`, health_checks: [{ timeout: 1s, interval: 1s, unhealthy_threshold: 1, healthy_threshold: 1, http_health_check: { path: / ${http} } }]`);
  test.each<[string, string[]]>([
    [", expected_statuses: [{ start: 200, end: 300 }]", []],
    [", expected_statuses: [{ start: 200, end: 200 }]", ["LGT0709 health_checks[0].http_health_check.expected_statuses[0].end"]],
    [", retriable_statuses: [{ start: 99, end: 200 }]", ["LGT0709 health_checks[0].http_health_check.retriable_statuses[0].start"]],
    [", retriable_statuses: [{ start: 600, end: 601 }]", ["LGT0709 health_checks[0].http_health_check.retriable_statuses[0].end"]],
    [", send: { text: '48' }", ["LGT0709 health_checks[0].http_health_check.send"]],
    [", method: POST, send: { text: '48' }", []],
    [", method: POST, send: { text: 'xx' }", ["LGT0709 health_checks[0].http_health_check.send.text"]],
  ])("%s", (http, errors) => {
    expect(check(http)).toEqual(errors);
  });
});
