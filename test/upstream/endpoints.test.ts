import { describe, expect, test } from "vitest";
import { formatAddress } from "../../src/platform/address.ts";
import type { ClusterLoadAssignment } from "../../src/schema/generated/envoy/config/endpoint/v3.ts";
import { compileEndpoints } from "../../src/upstream/endpoints.ts";

function compile(assignment: ClusterLoadAssignment | undefined, names = false): { hosts: string[]; names: string[]; reported: string[]; found: ReturnType<typeof compileEndpoints> } {
  const reported: string[] = [];
  const found = compileEndpoints(assignment, names, { report: ({ code, message }) => void reported.push(`${code} ${message}`) });
  return { found, reported, hosts: found.hosts.map((host) => formatAddress(host.address)), names: found.names.map(({ name, port }) => `${name}:${port}`) };
}

const at = (address: string, more: object = {}): object => ({ endpoint: { address: { socket_address: { address, port_value: 80 } } }, ...more });
const assignment = (...lb_endpoints: object[]): ClusterLoadAssignment => ({ cluster_name: "c", endpoints: [{ lb_endpoints: lb_endpoints as never }] });

describe("the endpoints of an assignment", () => {
  test("are hosts where they are addresses, Unix sockets too", () => {
    expect(compile(assignment(at("10.0.0.1"), at("::1"), { endpoint: { address: { pipe: { path: "/run/x" } } } })).hosts).toEqual(["10.0.0.1:80", "[::1]:80", "/run/x"]);
    expect(compile(undefined).hosts).toEqual([]);
  });

  test("are names to resolve where the cluster resolves, addresses too", () => {
    expect(compile(assignment(at("db"), at("10.0.0.1")), true)).toMatchObject({ hosts: [], names: ["db:80", "10.0.0.1:80"], reported: [] });
  });

  test("that are names where addresses are wanted are an error", () => {
    expect(compile(assignment(at("db"))).reported).toEqual([expect.stringContaining("LGT0702 'db' is not an IP address")]);
  });

  test("bring weight, locality, host name and health along", () => {
    const { found } = compile({
      endpoints: [{ locality: { region: "r", zone: "z" }, lb_endpoints: [at("10.0.0.1", { load_balancing_weight: 7, health_status: "UNHEALTHY" }), at("10.0.0.2", { health_status: "DEGRADED" })] as never }],
    });
    expect(found.hosts[0]).toMatchObject({ weight: 7, flags: 4, locality: { region: "r", zone: "z", sub_zone: "" }, hostname: "" });
    expect(found.hosts[1]).toMatchObject({ weight: 1, flags: 0x10 });
    const named = compile(assignment(at("db"), at("db", { endpoint: { hostname: "other", address: { socket_address: { address: "db", port_value: 1 } } } })), true).found.names;
    expect(named.map((name) => name.host.hostname)).toEqual(["db", "other"]);
  });
});
