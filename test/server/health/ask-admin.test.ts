import { describe, expect, test } from "vitest";
import { ipAddress } from "../../../src/platform/address.ts";
import { type AdminAnswer, askAdmin } from "../../../src/server/health/ask-admin.ts";
import { MemoryNetwork } from "../../support/memory-network.ts";

const CLUSTERS = JSON.stringify({
  cluster_statuses: [
    { name: "a", host_statuses: [
      { address: { socket_address: { address: "10.0.0.1", port_value: 80 } }, health_status: { eds_health_status: "HEALTHY" } },
      { hostname: "x", address: { socket_address: { address: "10.0.0.2", port_value: 80 } }, health_status: { eds_health_status: "HEALTHY", failed_active_health_check: true, active_hc_timeout: true } },
      { address: { pipe: { path: "/run/s" } }, health_status: { failed_active_degraded_check: true } },
      { address: { socket_address: { address: "10.0.0.3", port_value: 80 } }, health_status: { eds_health_status: "DRAINING" } },
    ] },
    { name: "b" },
  ],
});

async function asked(ready: string, clusters: string, name?: string): Promise<AdminAnswer> {
  const network = new MemoryNetwork();
  network.resolver.set("admin.example", ["127.0.0.1"]);
  await network.serve(9901, (received) => (received.endsWith("\r\n\r\n") ? `HTTP/1.1 ${received.startsWith("GET /ready ") ? ready : clusters}` : undefined));
  const place = name === undefined ? ipAddress("127.0.0.1", 9901) : { kind: "name" as const, name, port: 9901 };
  return network.after(askAdmin(network, network.resolver, place, 5000));
}

const text = (status: string, body: string): string => `${status}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

describe("ready", () => {
  test("is only 200 with LIVE", async () => {
    expect(await asked(text("200 OK", "LIVE\n"), text("200 OK", "{}"))).toMatchObject({ ready: true, state: "LIVE", hosts: [], hostsProblem: "" });
    expect(await asked(text("503 No", "INITIALIZING\n"), text("200 OK", "{}"))).toMatchObject({ ready: false, state: "INITIALIZING" });
    expect(await asked(text("200 OK", "hello"), text("200 OK", "{}"))).toMatchObject({ ready: false, state: "status 200, which is no answer of an admin listener" });
  });

  test("a name is resolved", async () => {
    expect(await asked(text("200 OK", "LIVE\n"), text("200 OK", "{}"), "admin.example")).toMatchObject({ ready: true });
    expect(await asked("", "", "other.example")).toMatchObject({ ready: false, state: expect.stringContaining("does not resolve") });
  });

  test("nobody there, and nobody who answers, end in time", async () => {
    const network = new MemoryNetwork();
    expect(await network.after(askAdmin(network, network.resolver, ipAddress("127.0.0.1", 1), 5000))).toMatchObject({ ready: false, state: "connection refused", hosts: null });
    expect(await network.after(askAdmin(network, network.resolver, ipAddress("192.0.2.1", 1), 5000), 5100)).toMatchObject({ state: "no connection within 5000 ms" });
  });
});

describe("clusters", () => {
  test("are shown host by host with their flags", async () => {
    const { hosts } = await asked(text("200 OK", "LIVE\n"), text("200 OK", CLUSTERS));
    expect(hosts?.map((host) => [host.cluster, host.host, host.address, host.status, host.reason])).toEqual([
      ["a", "10.0.0.1:80", "10.0.0.1:80", "healthy", ""],
      ["a", "x", "10.0.0.2:80", "unhealthy", "failed_active_health_check, active_hc_timeout"],
      ["a", "/run/s", "/run/s", "degraded", "failed_active_degraded_check"],
      ["a", "10.0.0.3:80", "10.0.0.3:80", "unhealthy", "eds_health_status DRAINING"],
      ["b", "", "", "unhealthy", "the cluster has no hosts"],
    ]);
  });

  test("that are not told do not change whether it is ready", async () => {
    expect(await asked(text("200 OK", "LIVE\n"), text("403 Forbidden", "no"))).toMatchObject({ ready: true, hosts: null, hostsProblem: "/clusters: status 403" });
    expect(await asked(text("200 OK", "LIVE\n"), text("200 OK", "<html>"))).toMatchObject({ ready: true, hosts: null, hostsProblem: expect.stringContaining("not what Envoy's is") });
  });
});
