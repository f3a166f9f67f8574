import { describe, expect, it } from "vitest";
import { DEFAULT_TAGS } from "../../src/stats/tag-patterns.ts";
import { TagProducer, regexTag, tokenTag } from "../../src/stats/tags.ts";

const producer = new TagProducer(DEFAULT_TAGS);

function tagged(stat: string): string {
  const { name, tags } = producer.produce(stat);
  return `${name} ${tags.map((tag) => `${tag.name.replace(/^envoy\./, "")}=${tag.value}`).join(",")}`;
}

/** As seen in, or demanded by, Envoy 1.40.0. */
const CASES: readonly [string, string][] = [
  ["cluster.svc_a.upstream_rq_503", "cluster.upstream_rq response_code=503,cluster_name=svc_a"],
  ["cluster.svc_a.upstream_rq_5xx", "cluster.upstream_rq_xx response_code_class=5,cluster_name=svc_a"],
  ["cluster.svc_a.external.upstream_rq_200", "cluster.external.upstream_rq response_code=200,cluster_name=svc_a"],
  ["cluster.svc.b.upstream_cx_total", "cluster.b.upstream_cx_total cluster_name=svc"],
  ["http.ingress.downstream_rq_2xx", "http.downstream_rq_xx response_code_class=2,http_conn_manager_prefix=ingress"],
  ["http.ingress.rbac.rsp.allowed", "http.rbac.allowed rbac_http_prefix=rsp,http_conn_manager_prefix=ingress"],
  ["http.ingress.rbac.policy.p1.denied", "http.rbac.policy.denied rbac_policy_name=p1,http_conn_manager_prefix=ingress"],
  ["http.ingress.rds.my.route/1.update_success", "http.rds.update_success rds_route_config=my.route/1,http_conn_manager_prefix=ingress"],
  ["http.ingress.ext_authz.az.ok", "http.ext_authz.ok ext_authz_prefix=az,http_conn_manager_prefix=ingress"],
  ["http.ingress.fault.caller.aborts_injected", "http.fault.aborts_injected fault_downstream_cluster=caller,http_conn_manager_prefix=ingress"],
  ["lrl.http_local_rate_limit.enabled", "http_local_rate_limit.enabled local_http_ratelimit_prefix=lrl"],
  ["listener.127.0.0.1_8080.downstream_cx_total", "listener.downstream_cx_total listener_address=127.0.0.1_8080"],
  ["listener.[__1]_8080.http.ingress.downstream_rq_2xx", "listener.http.downstream_rq_xx response_code_class=2,http_conn_manager_prefix=ingress,listener_address=[__1]_8080"],
  ["listener.127.0.0.1_8080.worker_0.downstream_cx_active", "listener.worker_downstream_cx_active worker_id=0,listener_address=127.0.0.1_8080"],
  ["listener.admin.downstream_cx_total", "listener.admin.downstream_cx_total "],
  ["listener.0.0.0.0_1.ssl.versions.TLSv1.3", "listener.ssl.versions ssl_version=TLSv1.3,listener_address=0.0.0.0_1"],
  ["listener.0.0.0.0_1.ssl.ciphers.TLS_AES_128_GCM_SHA256", "listener.ssl.ciphers ssl_cipher=TLS_AES_128_GCM_SHA256,listener_address=0.0.0.0_1"],
  ["vhost.vh1.vcluster.vc1.upstream_rq_200", "vhost.vcluster.upstream_rq response_code=200,virtual_cluster=vc1,virtual_host=vh1"],
  ["vhost.vh1.route.r1.upstream_rq_total", "vhost.route.upstream_rq_total virtual_host=vh1,route=r1"],
  ["cluster.grpc_cluster.grpc.pkg_Svc.Method.success", "cluster.grpc.success grpc_bridge_method=Method,grpc_bridge_service=pkg_Svc,cluster_name=grpc_cluster"],
  ["tcp.tcpx.downstream_cx_total", "tcp.downstream_cx_total tcp_prefix=tcpx"],
  ["server.live", "server.live "],
  ["server.worker_12.watchdog_miss", "server.worker_watchdog_miss worker_id=12"],
];

describe("default tags", () => {
  for (const [stat, expected] of CASES) it(`are taken out of ${stat}`, () => expect(tagged(stat)).toBe(expected));

  it("are remembered", () => {
    expect(producer.produce("cluster.a.b")).toBe(producer.produce("cluster.a.b"));
  });
});

describe("tags of a configuration", () => {
  it("come first and keep the default of their name away", () => {
    const own = new TagProducer([regexTag("envoy.cluster_name", /^cluster\.((.+?)--v\d\.)/d), ...DEFAULT_TAGS], [{ name: "zone", value: "z1" }]);
    expect(own.produce("cluster.a.b--v1.x")).toEqual({ name: "cluster.x", tags: [{ name: "zone", value: "z1" }, { name: "envoy.cluster_name", value: "a.b" }] });
  });

  it("by tokens match in the middle and at the end", () => {
    expect(tokenTag("t", "a.**.b.$").find("a.x.b.y.b.z")).toEqual({ value: "z", from: 9, to: 11 });
    expect(tokenTag("t", "a.$.c").find("a.b.d")).toBeUndefined();
  });

  it("overlapping pieces are left out once", () => {
    const own = new TagProducer([regexTag("one", /(\.a\.b)/d), regexTag("two", /(\.b\.c)/d)]);
    expect(own.produce("x.a.b.c.y").name).toBe("x.y");
  });
});
