import { statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { readAdmin, readStats } from "../support/admin-reader.ts";
import { freePorts } from "../support/ports.ts";
import { Serving } from "../support/serving.ts";
import { scratch } from "./binary.ts";

const ECHO = { filters: [{ name: "echo", typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo" } }] };
const ip = (address: string, port_value: number, more: object = {}): object => ({ address: { socket_address: { address, port_value, ...more } } });

let serving: Serving | undefined;
afterEach(() => serving?.kill());

async function serve(listeners: readonly object[], workers = 2): Promise<number> {
  const file = join(scratch(), "envoy.json");
  const [admin = 0] = await freePorts(1);
  writeFileSync(file, JSON.stringify({ admin: ip("127.0.0.1", admin), static_resources: { listeners: listeners.map((listener) => ({ filter_chains: [ECHO], ...listener })) } }));
  serving = await Serving.start(["-c", file, "--concurrency", String(workers), "--drain-time-s", "5"]);
  return admin;
}

/** What comes back of a byte; what went wrong otherwise. */
function echoed(to: { readonly host: string; readonly port: number } | string): Promise<string> {
  return new Promise((resolve) => {
    const socket = typeof to === "string" ? connect(to) : connect(to);
    socket.setTimeout(5000, () => socket.destroy(new Error("timeout")));
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once("connect", () => socket.write("x"));
    socket.once("data", (chunk) => {
      socket.destroy();
      resolve(chunk.toString());
    });
  });
}

const many = (to: Parameters<typeof echoed>[0], count: number): Promise<string[]> => Promise.all(Array.from({ length: count }, () => echoed(to)));

test("a Unix socket is served by every worker, with its mode, until the server ends", async () => {
  const path = join(scratch(), "s");
  const admin = await serve([{ name: "unix", stat_prefix: "unix", address: { pipe: { path, mode: 0o600 } } }]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(new Set(await many(path, 100))).toEqual(new Set(["x"]));
  const stats = await readStats(admin);
  expect(stats.get("listener.unix.downstream_cx_total")).toBe(100);
  for (const worker of ["worker_0", "worker_1"]) expect(stats.get(`listener.unix.${worker}.downstream_cx_total`)).toBeGreaterThan(0);
});

test("a listener listens on each of its addresses: IPv4, IPv6 with and without IPv4, abstract, port 0", async () => {
  const [port = 0, dual = 0, single = 0] = await freePorts(3);
  const abstract = `@legate-listen-${process.pid}`;
  const admin = await serve([{
    name: "many", stat_prefix: "many", ...ip("127.0.0.1", port),
    additional_addresses: [ip("::", dual, { ipv4_compat: true }), ip("::1", single), { address: { pipe: { path: abstract } } }, ip("127.0.0.1", 0)],
  }]);
  const { body } = await readAdmin(admin, "/listeners");
  const free = Number(/many::127\.0\.0\.1:(\d+)\n$/.exec(body)?.[1]);
  expect(free).toBeGreaterThan(0);
  const places = [{ host: "127.0.0.1", port }, { host: "127.0.0.1", port: dual }, { host: "::1", port: dual }, { host: "::1", port: single }, { host: "127.0.0.1", port: free }, `\0${abstract.slice(1)}`];
  for (const place of places) expect(new Set(await many(place, 5))).toEqual(new Set(["x"]));
  expect(await echoed({ host: "127.0.0.1", port: single })).toBe("ECONNREFUSED");
});

test("without enable_reuse_port all workers share one socket; without bind_to_port there is none", async () => {
  const [shared = 0, unbound = 0] = await freePorts(2);
  const admin = await serve([
    { name: "shared", stat_prefix: "shared", enable_reuse_port: false, tcp_backlog_size: 2000, ...ip("127.0.0.1", shared) },
    { name: "unbound", stat_prefix: "unbound", bind_to_port: false, ...ip("127.0.0.1", unbound) },
  ]);
  expect(new Set(await many({ host: "127.0.0.1", port: shared }, 100))).toEqual(new Set(["x"]));
  const stats = await readStats(admin);
  for (const worker of ["worker_0", "worker_1"]) expect(stats.get(`listener.shared.${worker}.downstream_cx_total`)).toBeGreaterThan(0);
  expect(await echoed({ host: "127.0.0.1", port: unbound })).toBe("ECONNREFUSED");
});

test("what cannot be done is an error at start, with its place", async () => {
  const file = join(scratch(), "envoy.json");
  const cannot = { transparent: true, freebind: true, reuse_port: true, enable_mptcp: true };
  writeFileSync(file, JSON.stringify({ static_resources: { listeners: [{ name: "a", ...ip("127.0.0.1", 1), filter_chains: [ECHO], ...cannot }] } }, null, 1));
  serving = Serving.launch(["-c", file]);
  for (let i = 0; i < 100 && !serving.ended; i++) await new Promise((resolve) => setTimeout(resolve, 100));
  expect(serving.ended).toBe(true);
  for (const field of Object.keys(cannot)) expect(serving.err).toMatch(new RegExp(`LGT0901.*Listener\\.${field}\\b`));
  expect(serving.err).toContain("static_resources.listeners[0].transparent");
});
