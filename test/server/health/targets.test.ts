import { describe, expect, test } from "vitest";
import type { Cluster } from "../../../src/schema/generated/envoy/config/cluster/v3.ts";
import type { ClusterLoadAssignment, LbEndpoint } from "../../../src/schema/generated/envoy/config/endpoint/v3.ts";
import { type Target, targetsOf } from "../../../src/server/health/targets.ts";

const SILENT = { report: (): void => undefined };
const assigned = (...endpoints: LbEndpoint[]): ClusterLoadAssignment => ({ cluster_name: "c", endpoints: [{ lb_endpoints: endpoints }] });
const at = (address: string, port: number, more: LbEndpoint["endpoint"] = {}): LbEndpoint => ({ endpoint: { address: { socket_address: { address, port_value: port } }, ...more } });
const found = (cluster: Cluster, endpoints: ReadonlyMap<string, ClusterLoadAssignment> = new Map()): Target[] => targetsOf({ name: "c", ...cluster }, endpoints, SILENT);

test("hosts by address, in order, with the health_status they are given", () => {
  const targets = found({ load_assignment: assigned(at("127.0.0.1", 1), { ...at("::0001", 2), health_status: "DRAINING" }, { endpoint: { address: { pipe: { path: "/run/s" } } } }) });
  expect(targets).toMatchObject([
    { cluster: "c", host: "127.0.0.1:1", place: { kind: "address", address: { ip: "127.0.0.1", port: 1 } }, declared: "UNKNOWN" },
    { host: "[::1]:2", place: { address: { ip: "::1", port: 2 } }, declared: "DRAINING" },
    { host: "/run/s", place: { address: { kind: "pipe", path: "/run/s" } } },
  ]);
});

test("health_check_config moves the check to another port, address and host name, or turns it off", () => {
  const [port, address, off] = found({
    load_assignment: assigned(
      at("127.0.0.1", 1, { health_check_config: { port_value: 9, hostname: "h" } }),
      at("127.0.0.1", 1, { health_check_config: { address: { socket_address: { address: "127.0.0.2", port_value: 3 } } } }),
      at("127.0.0.1", 1, { health_check_config: { disable_active_health_check: true } }),
    ),
  });
  expect(port).toMatchObject({ host: "127.0.0.1:1", hostname: "h", place: { address: { ip: "127.0.0.1", port: 9 } } });
  expect(address).toMatchObject({ host: "127.0.0.1:1", place: { address: { ip: "127.0.0.2", port: 3 } } });
  expect(off).toMatchObject({ place: { kind: "nowhere", status: "skipped" } });
});

test("names are resolved in DNS clusters, and only there", () => {
  const load_assignment = assigned(at("a.example", 80));
  expect(found({ type: "STRICT_DNS", dns_lookup_family: "V4_ONLY", load_assignment })[0]?.place).toEqual({ kind: "name", name: "a.example", port: 80, family: "V4_ONLY", first: false });
  expect(found({ type: "LOGICAL_DNS", load_assignment })[0]?.place).toMatchObject({ kind: "name", family: "AUTO", first: true });
  expect(found({ load_assignment })[0]?.place).toMatchObject({ kind: "nowhere", status: "unhealthy", reason: expect.stringContaining("resolves no names") });
});

describe("a cluster that has no hosts to check", () => {
  test("has a line that says so", () => {
    expect(found({ load_assignment: { cluster_name: "c" } })).toMatchObject([{ host: "", place: { status: "unhealthy", reason: "the cluster has no hosts" } }]);
    expect(found({ type: "ORIGINAL_DST" })[0]?.place).toMatchObject({ status: "skipped" });
    expect(found({ cluster_type: { name: "envoy.clusters.aggregate" } })[0]?.place).toMatchObject({ status: "unknown", reason: "clusters of type envoy.clusters.aggregate are not done here yet" });
  });

  test("EDS takes what a file gave under the service's name", () => {
    const cluster: Cluster = { type: "EDS", eds_cluster_config: { service_name: "s" } };
    expect(found(cluster, new Map([["s", assigned(at("127.0.0.1", 5))]]))).toMatchObject([{ cluster: "c", host: "127.0.0.1:5" }]);
    expect(found(cluster)[0]?.place).toMatchObject({ status: "unknown", reason: expect.stringContaining("'s'") });
  });
});
