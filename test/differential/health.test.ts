import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../cli/run.ts";
import { freePorts } from "../support/ports.ts";
import { readAdmin } from "../support/admin-reader.ts";
import { referenceCommand, Subject } from "../support/subject.ts";
import { eventually } from "../support/waiting.ts";

/** A host that answers each connection's first bytes with `answer` (null: never), and the health check that it gets. */
interface Host {
  readonly check: string;
  readonly answer: string | null;
  readonly more?: string;
}

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const HOSTS: Readonly<Record<string, Host>> = {
  plain: { check: "http_health_check: { path: /ok }", answer: OK },
  full: { check: "http_health_check: { path: '/ok?a=1', host: some.host, method: POST, send: { text: '6869' }, request_headers_to_add: [{ header: { key: X-A, value: '%PROTOCOL%|%REQ(:path)%|%UPSTREAM_HOST%' } }, { header: { key: user-agent, value: me }, append_action: OVERWRITE_IF_EXISTS_OR_ADD }], request_headers_to_remove: [x-b] }", answer: OK },
  hostname: { check: "http_health_check: { path: /ok, host: some.host }", answer: OK, more: "health_check_config: { hostname: own.host }, " },
  status: { check: "http_health_check: { path: /ok }", answer: "HTTP/1.1 204 No Content\r\n\r\n" },
  expected: { check: "http_health_check: { path: /ok, expected_statuses: [{ start: 200, end: 205 }] }", answer: "HTTP/1.1 204 No Content\r\n\r\n" },
  edge: { check: "http_health_check: { path: /ok, expected_statuses: [{ start: 200, end: 204 }] }", answer: "HTTP/1.1 204 No Content\r\n\r\n" },
  degraded: { check: "http_health_check: { path: /ok }", answer: OK.replace("\r\n\r\n", "\r\nx-envoy-degraded: 1\r\n\r\n") },
  body: { check: "http_health_check: { path: /ok, receive: [{ text: '6f' }, { text: '6b' }] }", answer: OK },
  other: { check: "http_health_check: { path: /ok, receive: [{ text: '6b' }, { text: '6f' }] }", answer: OK },
  matcher: { check: "http_health_check: { path: /ok, service_name_matcher: { prefix: mine } }", answer: OK.replace("\r\n\r\n", "\r\nx-envoy-upstream-healthchecked-cluster: mine-1\r\n\r\n") },
  mismatch: { check: "http_health_check: { path: /ok, service_name_matcher: { prefix: mine } }", answer: OK },
  nonsense: { check: "http_health_check: { path: /ok }", answer: "hello\r\n" },
  silent: { check: "http_health_check: { path: /ok }", answer: null },
  connect: { check: "tcp_health_check: {}", answer: null },
  text: { check: "tcp_health_check: { send: { text: '70696e67' }, receive: [{ text: '706f' }, { text: '6e67' }] }", answer: "-pong-" },
  binary: { check: "tcp_health_check: { send: { binary: cGluZw== }, receive: [{ binary: cG9uZw== }] }", answer: "-pong-" },
  wrong: { check: "tcp_health_check: { send: { text: '70696e67' }, receive: [{ text: '71' }] }", answer: "-pong-" },
};

const reference = referenceCommand();

if ("missing" in reference) {
  console.error(`\nSKIPPED, every comparison of health checks: there is no Envoy to compare with.\n${reference.missing}\n`);
  test.skip(`no Envoy to compare with: ${reference.missing}`, () => {});
} else {
  describe("legate health", () => {
    const servers: Server[] = [];
    /** By cluster, what each connection sent. */
    const sent = new Map<string, string[]>();
    let file = "";
    let admin = 0;
    let envoy: Subject | undefined;

    beforeAll(async () => {
      const names = Object.keys(HOSTS);
      const ports = await freePorts(names.length + 1);
      admin = ports.pop() ?? 0;
      await Promise.all(names.map((name, i) => serve(name, ports[i] ?? 0)));
      const clusters = names.map((name, i) => `  - name: ${name}\n    connect_timeout: 1s\n    load_assignment: { cluster_name: ${name}, endpoints: [{ lb_endpoints: [{ endpoint: { ${HOSTS[name]?.more ?? ""}address: { socket_address: { address: 127.0.0.1, port_value: ${ports[i]} } } } }] }] }\n    health_checks: [{ timeout: 0.7s, interval: 60s, unhealthy_threshold: 1, healthy_threshold: 1, ${HOSTS[name]?.check} }]\n`);
      file = join(mkdtempSync(join(tmpdir(), "legate-health-")), "envoy.yaml");
      writeFileSync(file, `admin: { address: { socket_address: { address: 0.0.0.0, port_value: ${admin} } } }\nstatic_resources:\n  clusters:\n${clusters.join("")}`);
      envoy = await Subject.start(reference, file, admin);
    }, 60_000);
    afterAll(async () => {
      for (const server of servers) server.close();
      await envoy?.stop();
    });

    async function serve(name: string, port: number): Promise<void> {
      const connections: string[] = [];
      sent.set(name, connections);
      const server = createServer((socket) => {
        const place = connections.push("") - 1;
        const { answer } = HOSTS[name] as Host;
        socket.on("error", () => undefined);
        socket.on("data", (chunk) => {
          if (connections[place] === "" && answer !== null) socket.write(answer);
          connections[place] += chunk.toString("latin1");
        });
      });
      servers.push(server);
      await new Promise<void>((done) => void server.listen(port, "127.0.0.1", done));
    }

    test("sends the same bytes and comes to the same verdict as the reference, host by host", async () => {
      expect(await eventually(async () => [...(await verdicts()).values()].every((verdict) => verdict !== "pending"), 5000)).toBe(true);
      const wanted = { verdicts: await verdicts(), sent: new Map([...sent].map(([name, connections]) => [name, connections[0]])) };
      for (const connections of sent.values()) connections.length = 0;
      const { out, code } = await run(["health", "-c", file, "-f", "json"]);
      const { results } = JSON.parse(out) as { results: { cluster: string; status: string }[] };
      expect(new Map(results.map((result) => [result.cluster, result.status]))).toEqual(new Map(Object.keys(HOSTS).map((name) => [name, wanted.verdicts.get(name)])));
      expect(await eventually(() => [...sent.values()].every((connections) => connections.length > 0), 2000)).toBe(true);
      expect(new Map([...sent].map(([name, connections]) => [name, connections[0]]))).toEqual(wanted.sent);
      expect(code).toBe(1);
    });

    /** What the reference thinks of each cluster's only host. */
    async function verdicts(): Promise<Map<string, string>> {
      const { cluster_statuses: clusters } = JSON.parse((await readAdmin(admin, "/clusters?format=json")).body) as { cluster_statuses: { name: string; host_statuses: { health_status: Record<string, unknown> }[] }[] };
      return new Map(clusters.map(({ name, host_statuses: [host] }) => {
        const flags = host?.health_status ?? {};
        if (flags.pending_active_hc === true) return [name, "pending"];
        return [name, flags.failed_active_health_check === true ? "unhealthy" : flags.failed_active_degraded_check === true ? "degraded" : "healthy"];
      }));
    }

    test("finds a running reference ready and shows its hosts", async () => {
      const { code, out } = await run(["health", "-c", file, "--running", "-f", "json", "--wait", "5s"]);
      expect(code).toBe(0);
      const answer = JSON.parse(out) as { ready: boolean; state: string; admin: string; results: { cluster: string; status: string }[] };
      expect(answer).toMatchObject({ ready: true, state: "LIVE", admin: `127.0.0.1:${admin}` });
      expect(new Map(answer.results.map((result) => [result.cluster, result.status]))).toEqual(await verdicts());
    });

    test("finds a reference that is told to fail not ready", async () => {
      await readAdmin(admin, "/healthcheck/fail", "POST");
      expect(await run(["health", "--admin", `:${admin}`])).toMatchObject({ code: 1, out: expect.stringContaining("not ready (DRAINING)") });
      await readAdmin(admin, "/healthcheck/ok", "POST");
      expect(await run(["health", "--admin", `:${admin}`])).toMatchObject({ code: 0 });
    });
  });
}
