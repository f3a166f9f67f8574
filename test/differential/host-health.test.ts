import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { constants, createServer as createHttp2Server, type Http2Server, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readAdmin, readStats } from "../support/admin-reader.ts";
import { forward, httpListener, table } from "../support/bootstrap.ts";
import { freePorts } from "../support/ports.ts";
import { RawClient } from "../support/raw-client.ts";
import { referenceCommand, Subject, subjectCommand, type SubjectCommand } from "../support/subject.ts";
import { delay, eventually } from "../support/waiting.ts";

/** What a host answers to its n-th request on a path: status and headers; null: nothing at all. */
type Answer = { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string } | null;
const OK: Answer = { status: 200, body: "ok" };
const BAD: Answer = { status: 503 };

/**
 * What a host of gRPC answers: a serving status with `grpc-status: 0`, a `grpc-status` alone, an HTTP status; "cut": the stream is reset, "leave": GOAWAY after the answer,
 * "bare": no trailers, "twice": two messages, "odd": a message that is none, "asked": serving if the request is what it should be.
 */
type GrpcAnswer = number | { readonly status: number } | { readonly http: number } | "cut" | "leave" | "bare" | "twice" | "odd" | "asked" | null;

interface Scene {
  readonly title: string;
  /** Fields of the cluster. */
  readonly cluster: string;
  /** By host: answers to `/check` in order, the last for ever; "tcp": a plain host that says pong. */
  readonly hosts: readonly (readonly Answer[] | { readonly grpc: readonly GrpcAnswer[] } | "tcp" | "closed")[];
  /** Answers to traffic, by host: the last for ever. */
  readonly traffic?: readonly (readonly Answer[])[];
  /** Requests, one after the other; a number waits so many ms. */
  readonly requests?: readonly (string | number)[];
  readonly wait: number;
  /** How many events are compared; all unless said. */
  readonly events?: number;
  /** Which of the hosts it is is chance. */
  readonly symmetric?: boolean;
  /** Where the round of requests begins is chance: of the hosts after the first, what all together got is compared. */
  readonly alike?: boolean;
}

const CHECK = { timeout: "0.3s", interval: "0.3s", no_traffic_interval: "0.3s", unhealthy_threshold: 2, healthy_threshold: 2, event_log_path: "<log>" };
/** `more`: fields as `a: b, c: d`, in place of the usual ones. */
const check = (more: string, kind = "http_health_check: { path: /check }"): string => {
  const fields = { ...CHECK, ...Object.fromEntries(more.split(", ").filter((field) => field !== "").map((field) => field.split(": "))) };
  return `health_checks: [{ ${Object.entries(fields).map(([name, value]) => `${name}: ${value}`).join(", ")}, ${kind} }]`;
};
const http = (fields: string): string => `http_health_check: { path: /check, ${fields} }`;
const outlier = (fields: string): string => `outlier_detection: { ${fields} }`;
const many = (path: string, count: number): string[] => Array.from({ length: count }, () => path);

const grpc = (fields: string, more = ""): string => `${check(more, `grpc_health_check: { ${fields} }`)}
typed_extension_protocol_options: { envoy.extensions.upstreams.http.v3.HttpProtocolOptions: { "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions, explicit_http_config: { http2_protocol_options: {} } } }`;

const SCENES: readonly Scene[] = [
  { title: "gRPC: hosts that serve, do not serve, do not know, and a closed one", cluster: grpc(""), hosts: [{ grpc: [1] }, { grpc: [2] }, { grpc: [0] }, { grpc: [3] }, "closed"], wait: 900 },
  { title: "gRPC: a host stops serving and comes back", cluster: grpc(""), hosts: [{ grpc: [1, 2, 1, 1, 1] }], wait: 1500 },
  { title: "gRPC: statuses, and answers that are not gRPC's", cluster: grpc(""), hosts: [{ grpc: [{ status: 12 }] }, { grpc: [{ status: 0 }] }, { grpc: [{ http: 503 }] }, { grpc: [{ http: 200 }] }], wait: 700 },
  { title: "gRPC: no trailers, two messages, a message that is none", cluster: grpc(""), hosts: [{ grpc: ["bare"] }, { grpc: ["twice"] }, { grpc: ["odd"] }, { grpc: [1] }], wait: 700 },
  { title: "gRPC: the stream is reset, again and again", cluster: grpc(""), hosts: [{ grpc: [1, "cut", 1, "cut", "cut"] }], wait: 1700 },
  { title: "gRPC: no answer", cluster: grpc("", "unhealthy_threshold: 1"), hosts: [{ grpc: [1, null, 1] }], wait: 1300 },
  { title: "gRPC: the connection is not kept", cluster: grpc("", "reuse_connection: false"), hosts: [{ grpc: [1, 1, null, null, 1] }], wait: 2500 },
  { title: "gRPC: service, authority and metadata", cluster: grpc('service_name: a.Service, authority: who, initial_metadata: [{ header: { key: x-meta, value: "1" } }]'), hosts: [{ grpc: ["asked"] }], wait: 700 },
  { title: "gRPC: a host that is going away answers", cluster: grpc(""), hosts: [{ grpc: ["leave", "leave", 1] }], wait: 1200 },
  { title: "two hosts pass, one is closed", cluster: check(""), hosts: [[OK], [OK], "closed"], wait: 900 },
  { title: "a host fails by status at once", cluster: check(""), hosts: [[OK, OK, BAD]], wait: 1000 },
  { title: "a host comes back after the healthy threshold", cluster: check(""), hosts: [[OK, BAD, OK, OK, OK]], wait: 1500 },
  { title: "a retriable status needs the threshold", cluster: check("", http("retriable_statuses: [{ start: 503, end: 504 }]")), hosts: [[OK, BAD, OK, BAD, BAD]], wait: 1500 },
  { title: "expected statuses", cluster: check("", http("expected_statuses: [{ start: 201, end: 300 }]")), hosts: [[{ status: 204 }], [OK]], wait: 700 },
  { title: "a host that does not answer times out", cluster: check("unhealthy_threshold: 1"), hosts: [[OK, null]], wait: 1200 },
  { title: "degraded, and no longer", cluster: check(""), hosts: [[{ status: 200, headers: { "x-envoy-degraded": "1" } }, { status: 200, headers: { "x-envoy-degraded": "1" } }, OK]], wait: 1200 },
  { title: "an answer that asks to be left out", cluster: check(""), hosts: [[OK, { status: 503, headers: { "x-envoy-immediate-health-check-fail": "1" } }]], wait: 900 },
  { title: "service_name_matcher", cluster: check("", http("service_name_matcher: { exact: mine }")), hosts: [[{ status: 200, headers: { "x-envoy-upstream-healthchecked-cluster": "mine" } }], [{ status: 200, headers: { "x-envoy-upstream-healthchecked-cluster": "other" } }]], wait: 700 },
  { title: "a body that must hold something", cluster: check("", http("receive: [{ text: '6f6b' }]")), hosts: [[OK], [{ status: 200, body: "no" }]], wait: 700 },
  { title: "every result logged", cluster: check("always_log_health_check_failures: true, always_log_health_check_success: true"), hosts: [[OK, OK, BAD, BAD, OK]], wait: 1900, events: 7 },
  { title: "the connection is not kept", cluster: check("reuse_connection: false"), hosts: [[OK, OK, BAD, OK]], wait: 1300 },
  { title: "TCP connect", cluster: check("", "tcp_health_check: {}"), hosts: ["tcp", "closed"], wait: 900 },
  { title: "TCP send and receive", cluster: check("", "tcp_health_check: { send: { text: '70696e67' }, receive: [{ text: '706f6e67' }] }"), hosts: ["tcp"], wait: 900 },
  { title: "TCP receives something else", cluster: check("unhealthy_threshold: 1", "tcp_health_check: { send: { text: '70696e67' }, receive: [{ text: '00' }] }"), hosts: ["tcp"], wait: 900 },
  { title: "requests go to healthy hosts only", cluster: check(""), hosts: [[OK], [BAD]], requests: many("/", 6), wait: 300 },
  { title: "all hosts fail: a panic", cluster: check(""), hosts: [[BAD], [BAD]], requests: many("/", 4), wait: 300 },
  { title: "a response that asks to be left out", cluster: check("interval: 20s, no_traffic_interval: 20s"), hosts: [[OK], [OK]], traffic: [[{ status: 200, headers: { "x-envoy-immediate-health-check-fail": "1" } }], [OK]], requests: [...many("/", 2), 100, ...many("/", 4)], wait: 300 },
  { title: "five 5xx in a row eject", cluster: outlier("max_ejection_percent: 50, interval: 20s"), hosts: [[OK], [OK]], traffic: [[{ status: 500 }], [OK]], requests: [...many("/", 10), 100, ...many("/", 4)], wait: 200 },
  { title: "a success in between begins the row anew", cluster: outlier("max_ejection_percent: 50, interval: 20s, consecutive_5xx: 3"), hosts: [[OK]], traffic: [[{ status: 500 }, { status: 500 }, OK, { status: 500 }, { status: 500 }, OK]], requests: many("/", 8), wait: 200 },
  { title: "no more than the share may be ejected", cluster: outlier("consecutive_5xx: 2, interval: 20s"), hosts: [[OK], [OK]], traffic: [[BAD], [BAD]], requests: [...many("/", 8)], wait: 200 },
  { title: "one host may always be ejected", cluster: outlier("consecutive_5xx: 2, interval: 20s, always_eject_one_host: true"), hosts: [[OK], [OK]], traffic: [[{ status: 500 }], [{ status: 500 }]], requests: many("/", 8), wait: 200, symmetric: true },
  { title: "gateway failures are detected and not enforced", cluster: outlier("consecutive_gateway_failure: 2, consecutive_5xx: 20, interval: 20s, max_ejection_percent: 100"), hosts: [[OK]], traffic: [[{ status: 502 }]], requests: many("/", 4), wait: 200 },
  { title: "gateway failures are enforced", cluster: outlier("consecutive_gateway_failure: 2, enforcing_consecutive_gateway_failure: 100, consecutive_5xx: 20, interval: 20s, max_ejection_percent: 100"), hosts: [[OK]], traffic: [[{ status: 504 }]], requests: [...many("/", 3), 100], wait: 200 },
  { title: "an ejection ends after its time", cluster: outlier("consecutive_5xx: 2, interval: 0.2s, base_ejection_time: 0.4s, max_ejection_percent: 100"), hosts: [[OK]], traffic: [[{ status: 500 }, { status: 500 }, OK]], requests: [...many("/", 2), 900, "/"], wait: 200 },
  { title: "connections that fail count as 503", cluster: outlier("consecutive_5xx: 3, interval: 20s, max_ejection_percent: 100"), hosts: ["closed"], requests: [...many("/", 3), 100, "/"], wait: 200 },
  { title: "local failures are split off", cluster: outlier("split_external_local_origin_errors: true, consecutive_local_origin_failure: 2, interval: 20s, max_ejection_percent: 100"), hosts: ["closed"], requests: [...many("/", 3), 100, "/"], wait: 200 },
  { title: "success rate", cluster: outlier("interval: 2s, consecutive_5xx: 100, success_rate_minimum_hosts: 3, success_rate_request_volume: 5, success_rate_stdev_factor: 1000, max_ejection_percent: 50"), hosts: [[OK], [OK], [OK]], traffic: [[{ status: 500 }], [OK], [OK]], requests: [...many("/", 30), 2600], wait: 100 },
  { title: "failure percentage", cluster: outlier("interval: 2s, consecutive_5xx: 100, enforcing_success_rate: 0, enforcing_failure_percentage: 100, failure_percentage_minimum_hosts: 2, failure_percentage_request_volume: 5, failure_percentage_threshold: 60, max_ejection_percent: 60"), hosts: [[OK], [OK]], traffic: [[{ status: 500 }], [OK]], requests: [...many("/", 20), 2600], wait: 100 },
  { title: "degraded by its answers", cluster: outlier("detect_degraded_hosts: true, interval: 20s"), hosts: [[OK], [OK], [OK], [OK]], traffic: [[{ status: 200, headers: { "x-envoy-degraded": "1" } }], [OK], [OK], [OK]], requests: [...many("/", 4).flatMap((path) => [path, 100]), ...many("/", 6)], wait: 200, alike: true },
  { title: "a passed check lets an ejected host back in", cluster: `${check("interval: 0.4s")}\n${outlier("consecutive_5xx: 2, interval: 20s, max_ejection_percent: 100")}`, hosts: [[OK]], traffic: [[{ status: 500 }, { status: 500 }, OK]], requests: [...many("/", 2), 900, "/"], wait: 100 },
];

const reference = referenceCommand();

if ("missing" in reference) {
  console.error(`\nSKIPPED, the comparison of host health: there is no Envoy to compare with.\n${reference.missing}\n`);
  test.skip(`no Envoy to compare with: ${reference.missing}`, () => {});
} else {
  const subject = subjectCommand(reference);
  describe("hosts are as healthy as Envoy finds them", () => {
    const folder = mkdtempSync(join(tmpdir(), "legate-health-"));
    afterAll(() => rmSync(folder, { recursive: true }));
    test.each(SCENES.map((scene) => [scene.title, scene] as const))("%s", async (_, scene) => {
      const [theirs, ours] = await Promise.all([play(scene, reference, folder, "theirs"), play(scene, subject, folder, "ours")]);
      expect(ours).toEqual(theirs);
    }, 30_000);
  });
}

interface Seen {
  readonly statuses: readonly string[];
  readonly flags: readonly string[];
  readonly stats: Record<string, number>;
  readonly events: readonly unknown[];
  /** Requests that each host got, checks left out. */
  readonly requests: readonly number[];
}

async function play(scene: Scene, command: SubjectCommand, folder: string, side: string): Promise<Seen> {
  const hosts = await Promise.all(scene.hosts.map((answers, i) => openHost(answers, scene.traffic?.[i] ?? [OK])));
  const [admin = 0, port = 0] = await freePorts(2);
  const name = join(folder, `${SCENES.indexOf(scene)}-${side}`);
  writeFileSync(`${name}.yaml`, bootstrap(scene, admin, port, hosts.map((host) => host.port), `${name}.log`));
  writeFileSync(`${name}.log`, "");
  const started = await Subject.start(command, `${name}.yaml`, admin);
  try {
    const statuses = await ask(scene, port);
    await delay(scene.wait);
    const clusters = (await readAdmin(admin, "/clusters")).body;
    const stats = [...await readStats(admin)].filter(([key]) => /^cluster\.c\.(outlier_detection|membership|health_check\.(healthy|degraded))/.test(key));
    await eventually(() => false, 80);
    const requests = hosts.map((host) => host.requests());
    const order = <T,>(list: readonly T[]): readonly T[] => (scene.symmetric === true ? list.toSorted() : list);
    return {
      statuses, stats: Object.fromEntries(stats), requests: scene.alike === true ? [requests[0] ?? 0, sum(requests.slice(1))] : order(requests),
      flags: order(hosts.map((host) => new RegExp(`^c::127\\.0\\.0\\.1:${host.port}::health_flags::(.*)$`, "m").exec(clusters)?.[1] ?? "?")),
      events: readFileSync(`${name}.log`, "utf8").split("\n").filter((line) => line !== "").slice(0, scene.events).map((line) => normal(line, scene.symmetric === true, hosts.map((host) => host.port))),
    };
  } finally {
    await started.stop();
    await Promise.all(hosts.map((host) => host.close()));
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, n) => all + n, 0);
}

/** Times and ports must vary; which of two hosts comes first at one moment too. */
function normal(line: string, symmetric: boolean, ports: readonly number[]): unknown {
  let text = line.replace(/"timestamp":"[^"]*"/, '"timestamp":"<time>"').replace(/"secs_since_last_action":"\d+"/, '"secs_since_last_action":"<s>"');
  ports.forEach((port, i) => (text = text.replaceAll(String(port), symmetric ? "<port>" : `<${i}>`)));
  return text;
}

function bootstrap({ cluster }: Scene, admin: number, port: number, ports: readonly number[], log: string): string {
  const outlierLog = cluster.includes("outlier_detection") && !cluster.includes("health_checks");
  return `
admin: { address: { socket_address: { address: 127.0.0.1, port_value: ${admin} } } }
${outlierLog ? `cluster_manager: { outlier_detection: { event_log_path: ${log} } }` : ""}
static_resources:
  listeners: [${JSON.stringify(httpListener("l", port, { route_config: table(forward("/", "c")) }))}]
  clusters:
  - name: c
    connect_timeout: 0.5s
    load_assignment: { cluster_name: c, endpoints: [{ lb_endpoints: [${ports.map((own) => `{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${own} } } } }`).join(", ")}] }] }
    ${cluster.replaceAll("<log>", log).replaceAll("\n", "\n    ")}
`;
}

async function ask({ requests = [] }: Scene, port: number): Promise<string[]> {
  const statuses: string[] = [];
  const client = await RawClient.open(port);
  let count = 0;
  for (const request of requests) {
    if (typeof request === "number") await delay(request);
    else {
      client.send(`GET ${request} HTTP/1.1\r\nhost: h\r\n\r\n`);
      await client.responses(++count, 3000);
    }
  }
  for (const [, status = ""] of client.received.matchAll(/HTTP\/1\.1 (\d+)/g)) statuses.push(status);
  client.close();
  return statuses.sort();
}

interface OpenHost {
  readonly port: number;
  requests(): number;
  close(): Promise<void>;
}

async function openHost(checks: Scene["hosts"][number], traffic: readonly Answer[]): Promise<OpenHost> {
  if (checks === "closed") {
    const [port = 0] = await freePorts(1);
    return { port, requests: () => 0, close: () => Promise.resolve() };
  }
  if (typeof checks === "object" && "grpc" in checks) return openGrpcHost(checks.grpc);
  let requests = 0;
  const server: Server | TcpServer = checks === "tcp"
    ? createTcpServer((socket) => { socket.on("data", () => void socket.write("pong")); socket.on("error", () => socket.destroy()); })
    : createServer((request, response) => {
      const list = request.url === "/check" ? checks : traffic;
      const at = request.url === "/check" ? checksSeen++ : requests++;
      const answer = list[Math.min(at, list.length - 1)] ?? null;
      if (answer !== null) response.writeHead(answer.status, answer.headers ?? {}).end(answer.body ?? "");
    });
  let checksSeen = 0;
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    port: (server.address() as AddressInfo).port, requests: () => requests,
    close: () => new Promise((done) => { (server as Server).closeAllConnections?.(); server.close(() => done()); }),
  };
}

const message = (...bytes: number[]): Buffer => Buffer.from([0, 0, 0, 0, bytes.length, ...bytes]);
const { HTTP2_HEADER_STATUS: STATUS, NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR } = constants;

async function openGrpcHost(answers: readonly GrpcAnswer[]): Promise<OpenHost> {
  let seen = 0;
  const sessions = new Set<{ destroy(): void }>();
  const server: Http2Server = createHttp2Server();
  server.on("session", (session) => void sessions.add(session));
  server.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const answer = answers[Math.min(seen++, answers.length - 1)] ?? null;
    const chunks: Buffer[] = [];
    stream.on("error", () => undefined);
    stream.on("data", (chunk: Buffer) => void chunks.push(chunk));
    stream.on("end", () => answerGrpc(stream, answer === "asked" ? asked(headers, Buffer.concat(chunks)) : answer));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    port: (server.address() as AddressInfo).port, requests: () => 0,
    close: () => new Promise((done) => {
      for (const session of sessions) session.destroy();
      server.close(() => done());
    }),
  };
}

/** Serving if the question is what was configured. */
function asked(headers: Record<string, unknown>, body: Buffer): number {
  const wanted = { ":method": "POST", ":path": "/grpc.health.v1.Health/Check", ":authority": "who", ":scheme": "http", te: "trailers", "content-type": "application/grpc", "user-agent": "Envoy/HC", "x-meta": "1", "grpc-timeout": "300m" };
  const right = Object.entries(wanted).every(([name, value]) => headers[name] === value) && body.equals(message(10, 9, ...Buffer.from("a.Service")));
  return right ? 1 : 2;
}

function answerGrpc(stream: ServerHttp2Stream, answer: Exclude<GrpcAnswer, "asked">): void {
  if (answer === null) return;
  if (answer === "cut") return stream.close(NGHTTP2_INTERNAL_ERROR);
  const head = { [STATUS]: 200, "content-type": "application/grpc" };
  if (typeof answer === "object" && "http" in answer) return stream.respond({ [STATUS]: answer.http, "content-type": "text/plain" }, { endStream: true });
  if (typeof answer === "object") return stream.respond({ ...head, "grpc-status": String(answer.status), "grpc-message": "no" }, { endStream: true });
  stream.respond(head, { waitForTrailers: answer !== "bare" });
  if (answer !== "bare") stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  if (answer === "leave") stream.session?.goaway(NGHTTP2_NO_ERROR);
  const bodies: Record<string, Buffer> = { twice: Buffer.concat([message(8, 1), message(8, 1)]), odd: message(8) };
  stream.end(bodies[answer] ?? message(8, typeof answer === "number" ? answer : 1));
}
