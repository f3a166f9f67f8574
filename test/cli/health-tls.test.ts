import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type Server } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Authority, type Pair } from "../support/certificates.ts";
import { freePorts } from "../support/ports.ts";
import { run } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "legate-health-tls-"));
const servers: Server[] = [];
let ports: number[] = [];
let authority: Authority;

async function listen(port: number, pair: Pair, client?: string): Promise<void> {
  const server = createServer({ cert: pair.certificate, key: pair.key, ...(client === undefined ? {} : { ca: client, requestCert: true, rejectUnauthorized: true }) }, (socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"));
  });
  server.on("tlsClientError", () => undefined);
  servers.push(server);
  await new Promise<void>((done) => { server.listen(port, "127.0.0.1", done); });
}

const put = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

beforeAll(async () => {
  authority = new Authority();
  const other = new Authority("Other CA");
  ports = await freePorts(3);
  const own = authority.issue("good.test");
  await listen(ports[0] ?? 0, own);
  await listen(ports[1] ?? 0, other.issue("good.test"));
  await listen(ports[2] ?? 0, own, authority.certificate);
  put("ca.pem", authority.certificate);
  put("cert.pem", own.certificate);
  put("key.pem", own.key);
  other.close();
});
afterAll(() => {
  for (const server of servers) server.close();
  authority.close();
});

const PROBES = { http: "http_health_check: { path: /ok }", tcp: "tcp_health_check: {}" };

const cluster = (name: string, port: number | undefined, context: string, probe: keyof typeof PROBES = "http"): string => `
  - name: ${name}
    load_assignment: { cluster_name: ${name}, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${port} } } } }] }] }
    health_checks: [{ timeout: 2s, interval: 1s, healthy_threshold: 1, unhealthy_threshold: 1, ${PROBES[probe]} }]
    transport_socket: { name: envoy.transport_sockets.tls, typed_config: { "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext, sni: good.test, common_tls_context: { ${context} } } }
`;
const trusting = (more = "", name = "good.test"): string => `validation_context: { trusted_ca: { filename: ${join(folder, "ca.pem")} }, match_typed_subject_alt_names: [{ san_type: DNS, matcher: { exact: ${name} } }] }${more}`;

async function results(...clusters: string[]): Promise<{ code: number; seen: unknown[] }> {
  const { code, out } = await run(["health", "-c", put("envoy.yaml", `static_resources:\n  secrets:\n  - { name: roots, validation_context: { trusted_ca: { filename: ${join(folder, "ca.pem")} } } }\n  clusters:${clusters.join("")}`), "--format", "json"]);
  const { results: found } = JSON.parse(out) as { results: { cluster: string; status: string; reason: string }[] };
  return { code, seen: found.map(({ cluster: name, status, reason }) => [name, status, reason]) };
}

test("hosts behind TLS are checked by the cluster's own: who is trusted, which name, which certificate is shown", async () => {
  const mine = `, tls_certificates: [{ certificate_chain: { filename: ${join(folder, "cert.pem")} }, private_key: { filename: ${join(folder, "key.pem")} } }]`;
  const { code, seen } = await results(
    cluster("good", ports[0], trusting()), cluster("connect", ports[0], trusting(), "tcp"), cluster("secret", ports[0], "validation_context_sds_secret_config: { name: roots }"), cluster("mutual", ports[2], trusting(mine)),
  );
  expect([code, seen]).toEqual([0, [["good", "healthy", ""], ["connect", "healthy", ""], ["secret", "healthy", ""], ["mutual", "healthy", ""]]]);
});

test("an unknown authority, another name and a file that is not there are said", async () => {
  const { code, seen } = await results(
    cluster("unknown", ports[1], trusting()), cluster("renamed", ports[0], trusting("", "bad.test")), cluster("missing", ports[0], "validation_context: { trusted_ca: { filename: /no/such.pem } }"),
  );
  expect([code, seen]).toEqual([1, [
    ["unknown", "unhealthy", expect.stringMatching(/^the TLS handshake failed: TLS_error:.*CERTIFICATE_VERIFY_FAILED/)], ["renamed", "unhealthy", expect.stringMatching(/^the TLS handshake failed: TLS_error:.*CERTIFICATE_VERIFY_FAILED/)], ["missing", "unhealthy", expect.stringContaining("/no/such.pem")],
  ]]);
});
