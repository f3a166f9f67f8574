import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePorts } from "../support/ports.ts";
import { run } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "legate-health-"));
const servers: Server[] = [];
let [up, down, admin]: (number | undefined)[] = [];

/** An HTTP server that answers by the path; `/ready` and `/clusters` as an admin listener does. */
async function listen(port: number | string): Promise<void> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (chunk) => {
      const [, path = ""] = chunk.toString().split(" ");
      const body = path === "/ready" ? "LIVE\n" : path.startsWith("/clusters") ? '{"cluster_statuses":[{"name":"c","host_statuses":[{"address":{"pipe":{"path":"/x"}},"health_status":{"failed_outlier_check":true}}]}]}' : "";
      socket.write(`HTTP/1.1 ${path === "/bad" ? "503 No" : "200 OK"}\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    });
  });
  servers.push(server);
  await new Promise<void>((done) => void (typeof port === "string" ? server.listen(port, done) : server.listen(port, "127.0.0.1", done)));
}

beforeAll(async () => {
  [up, down, admin] = await freePorts(3);
  await listen(up ?? 0);
  await listen(admin ?? 0);
  await listen(join(folder, "admin.sock"));
});
afterAll(() => servers.forEach((server) => server.close()));

const cluster = (name: string, ports: readonly (number | undefined)[], path?: string): string => {
  const hosts = ports.map((port) => `{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${port} } } } }`);
  const check = path === undefined ? "" : `, health_checks: [{ timeout: 1s, interval: 1s, healthy_threshold: 1, unhealthy_threshold: 1, http_health_check: { path: ${path} } }]`;
  return `    - { name: ${name}, load_assignment: { cluster_name: ${name}, endpoints: [{ lb_endpoints: [${hosts.join(", ")}] }] }${check} }\n`;
};
const config = (name: string, ...clusters: readonly string[]): string => {
  const file = join(folder, name);
  writeFileSync(file, `admin: { address: { socket_address: { address: 0.0.0.0, port_value: ${admin} } } }\nstatic_resources:\n  clusters:\n${clusters.join("")}`);
  return file;
};
const health = (...words: readonly string[]): ReturnType<typeof run> => run(["health", ...words]);

describe("health -c", () => {
  test("exits 0 and prints a table when all hosts are healthy", async () => {
    const { code, out, err } = await health("-c", config("good.yaml", cluster("one", [up], "/ok"), cluster("two", [up])));
    expect([code, err]).toEqual([0, "all 2 hosts healthy\n"]);
    expect(out.split("\n").map((line) => line.replace(/\d+(\.\d)? ms/, "N ms").replaceAll(String(up), "PORT").split(/ {2,}/))).toEqual([
      ["CLUSTER", "HOST", "STATUS", "CHECK", "LATENCY"], ["one", "127.0.0.1:PORT", "healthy", "http /ok", "N ms"], ["two", "127.0.0.1:PORT", "healthy", "tcp connect", "N ms"], [""],
    ]);
  });

  test("exits 1 when a host is not, with the reason; --cluster and --require ask for less", async () => {
    const file = config("bad.yaml", cluster("one", [up, down], "/ok"), cluster("two", [up], "/bad"));
    const { code, out, err } = await health("-c", file);
    expect([code, err]).toEqual([1, "1 of 3 hosts healthy; too few in: one, two\n"]);
    expect(out).toMatch(/connection refused\n[^\n]*status 503, expected 200\n$/);
    expect(await health("-c", file, "--cluster", "one", "--require", "50%")).toMatchObject({ code: 0 });
    expect(await health("-c", file, "--cluster", "one", "--require", "51")).toMatchObject({ code: 1 });
  });

  test("as JSON has a version and the same exit code", async () => {
    const { code, out } = await health("-c", config("json.yaml", cluster("one", [down])), "-f", "json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      format_version: 1, mode: "probe", healthy: false, require_percent: 100, hosts: 1, healthy_hosts: 0, failing_clusters: ["one"],
      results: [{ cluster: "one", host: `127.0.0.1:${down}`, address: `127.0.0.1:${down}`, status: "unhealthy", check: "tcp connect", reason: "connection refused" }],
    });
  });

  test("what is not done here yet is said, and does not count as healthy; waiting for it makes no sense", async () => {
    const undone = cluster("g", [up]).replace(/ }\n$/, ", health_checks: [{ timeout: 1s, interval: 1s, healthy_threshold: 1, unhealthy_threshold: 1, http_health_check: { path: /, codec_client_type: HTTP2 } }] }\n");
    const { code, out } = await health("-c", config("undone.yaml", undone), "--wait", "1h");
    expect(code).toBe(1);
    expect(out).toContain("health checks over HTTP/2 are not done here yet");
  });

  test("--wait tries again until all is well", async () => {
    const [port = 0] = await freePorts(1);
    const started = setTimeout(() => void listen(port), 300);
    expect(await health("-c", config("wait.yaml", cluster("one", [port])), "--wait", "10s")).toMatchObject({ code: 0 });
    clearTimeout(started);
  });

  test("--output-file takes the results", async () => {
    const file = join(folder, "out.txt");
    expect(await health("-c", config("out.yaml", cluster("one", [up])), "-o", file, "-q")).toEqual({ code: 0, out: "", err: "" });
    expect(readFileSync(file, "utf8")).toContain("healthy");
  });

  test("an error in the configuration is shown, and the exit code is not 0", async () => {
    const { code, out, err } = await health("-c", config("wrong.yaml", cluster("one", [up]), "    - { name: two, connect_timeout: soon }\n"));
    expect(code).toBe(1);
    expect(err).toMatch(/wrong\.yaml:5:\d+: error LGT/);
    expect(out).toContain("one");
  });

  test.each([
    [["-c", "/no/such.yaml"], "does not exist"],
    [[], "what should be checked?"],
    [["--admin", "x"], "--admin"],
    [["--admin", "/x", "-c", "y"], "leave out -c"],
    [["-c", "x", "--require", "101%"], "no percentage"],
    [["-c", "x", "--wait", "soon"], "no time"],
  ])("%j exits 2", async (words, message) => {
    const { code, out, err } = await health(...words);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(message);
  });

  test("a cluster that is not there is a usage error with a suggestion", async () => {
    const { code, err } = await health("-c", config("names.yaml", cluster("service1", [up])), "--cluster", "servce1");
    expect(code).toBe(2);
    expect(err).toContain("Did you mean service1?");
  });
});

describe("a running proxy", () => {
  test("is asked at --admin, over TCP or a Unix socket, or where its configuration says", async () => {
    for (const words of [["--admin", `127.0.0.1:${admin}`], ["--admin", `unix:${join(folder, "admin.sock")}`], ["-c", config("running.yaml"), "--running"]]) {
      const { code, out } = await health(...words);
      expect(code).toBe(0);
      expect(out).toContain(": ready (LIVE)\n");
      expect(out).toContain("/x    unhealthy  as seen by the proxy  failed_outlier_check");
    }
  });

  test("is ready whatever its hosts are, unless --require says otherwise", async () => {
    const words = ["--admin", `127.0.0.1:${admin}`, "-f", "json"];
    expect(JSON.parse((await health(...words)).out)).toMatchObject({ format_version: 1, mode: "running", healthy: true, ready: true, state: "LIVE", results: [{ cluster: "c", status: "unhealthy" }] });
    expect(await health(...words, "--require", "1%")).toMatchObject({ code: 1 });
    expect(await health(...words, "--require", "0%")).toMatchObject({ code: 0 });
    expect(await health(...words, "--cluster", "other")).toMatchObject({ code: 1, err: "the proxy has no cluster other\n" });
  });

  test("that is not there exits 1", async () => {
    expect(await health("--admin", `127.0.0.1:${down}`)).toEqual({ code: 1, out: `127.0.0.1:${down}: not ready (connection refused)\n`, err: "" });
    expect(await health("--admin", join(folder, "no.sock"))).toMatchObject({ code: 1 });
  });

  test("whose configuration has no admin listener cannot be asked", async () => {
    const file = join(folder, "adminless.yaml");
    writeFileSync(file, "static_resources: {}\n");
    expect(await health("-c", file, "--running")).toEqual({ code: 2, out: "", err: `legate health: ${file} has no admin listener (admin.address); give --admin ADDRESS\n` });
  });
});
