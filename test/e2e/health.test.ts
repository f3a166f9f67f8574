import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freePorts } from "../support/ports.ts";
import { eventually } from "../support/waiting.ts";
import { BINARY, legate, scratch } from "./binary.ts";

test("a proxy that starts is waited for, is ready, and its hosts are checked without it", async () => {
  const [port = 0, admin = 0] = await freePorts(2);
  const demo = spawn(BINARY, ["demo", "--port", String(port), "--admin-port", String(admin)], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise<number | null>((resolve) => demo.once("exit", resolve));
  let said = "";
  demo.stderr.on("data", (chunk: Buffer) => { said += chunk.toString(); });
  try {
    const running = legate(["health", "--admin", `127.0.0.1:${admin}`, "--wait", "20s", "--require", "100%"]);
    expect(running).toMatchObject({ code: 0, err: "" });
    expect(running.out).toContain(`127.0.0.1:${admin}: ready (LIVE)`);
    expect(running.out).toMatch(/service1 .*healthy/);
    expect(await eventually(() => said.includes("service2 (port"), 5000)).toBe(true);
    const services = [...said.matchAll(/service\d \(port (\d+)\)/g)].map((match) => match[1] ?? "");
    const file = join(scratch(), "hosts.yaml");
    writeFileSync(file, `static_resources:\n  clusters:\n${services.map((service, i) => `    - { name: s${i}, type: STRICT_DNS, dns_lookup_family: V4_ONLY, load_assignment: { cluster_name: s${i}, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: localhost, port_value: ${service} } } } }] }] }, health_checks: [{ timeout: 2s, interval: 2s, healthy_threshold: 1, unhealthy_threshold: 1, http_health_check: { path: /ok, receive: [{ binary: R0VUIC9vaw== }] } }] }\n`).join("")}`);
    const probed = legate(["health", "-c", file, "--format", "json"]);
    expect(probed.code).toBe(0);
    expect(JSON.parse(probed.out)).toMatchObject({ format_version: 1, healthy: true, hosts: 2, healthy_hosts: 2 });
  } finally {
    demo.kill("SIGTERM");
    demo.kill("SIGTERM");
  }
  expect(await ended).toBe(0);
  expect(legate(["health", "--admin", `127.0.0.1:${admin}`])).toMatchObject({ code: 1 });
});

test("the hosts of an example that nobody runs are unhealthy: 1; a file that is not there: 2", () => {
  const { code, out } = legate(["health", "-c", "configs/front-proxy.yaml", "--timeout", "1s"]);
  expect([code, out.split("\n").length]).toEqual([1, 4]);
  expect(legate(["health", "-c", "/no/such/file.yaml"]).code).toBe(2);
});

test("demo --once prints the answers of both services and ends, on other ports where its own are taken", async () => {
  const first = spawn(BINARY, ["demo"], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise<number | null>((resolve) => first.once("exit", resolve));
  try {
    await new Promise<void>((resolve) => void first.stderr.on("data", (chunk: Buffer) => { if (chunk.toString().includes("Ctrl-C")) resolve(); }));
    const { code, out, err } = legate(["demo", "--once"]);
    expect(code).toBe(0);
    expect(out.match(/^HTTP\/1\.1 \d+|^x-served-by: .*|^Hello from \w+/gm)).toEqual(["HTTP/1.1 200", "x-served-by: service1", "Hello from service1", "HTTP/1.1 200", "x-served-by: service2", "Hello from service2", "HTTP/1.1 404"]);
    expect(err).toMatch(/^Port 10000 is in use: the proxy takes \d+\.$/m);
    expect(err).toMatch(/^Port 9901 is in use: the admin interface takes \d+\.$/m);
  } finally {
    first.kill("SIGINT");
    first.kill("SIGINT");
  }
  expect(await ended).toBe(0);
});
