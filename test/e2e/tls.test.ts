import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { connect as plain } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Authority, type Pair } from "../support/certificates.ts";
import { freePorts } from "../support/ports.ts";
import { Serving } from "../support/serving.ts";
import { referenceCommand } from "../support/subject.ts";
import { eventually } from "../support/waiting.ts";

const EXT = "type.googleapis.com/envoy.extensions";
const CONTEXT = `${EXT}.transport_sockets.tls.v3`;
const folder = mkdtempSync(join(tmpdir(), "tls-e2e-"));
const authority = new Authority();
const server = authority.issue("a.test");
const other = authority.issue("a.test", { subject: "/CN=renewed" });
const rsa = authority.issue("a.test", { kind: "rsa", subject: "/CN=rsa" });
const client = authority.issue("client.test", { san: "DNS:client.test,URI:spiffe://td/client" });

function write(name: string, pair: Pair): void {
  writeFileSync(join(folder, `${name}.pem`), pair.certificate);
  writeFileSync(join(folder, `${name}.key`), pair.key);
}

for (const [name, pair] of Object.entries({ server, other, rsa, client })) write(name, pair);
const ca = join(folder, "ca.pem");
writeFileSync(ca, authority.certificate);
afterAll(() => {
  rmSync(folder, { recursive: true });
  authority.close();
});

const file = (name: string): string => `{ certificate_chain: { filename: ${folder}/${name}.pem }, private_key: { filename: ${folder}/${name}.key } }`;
const down = (common: string, more = ""): string => `transport_socket: { name: tls, typed_config: { "@type": ${CONTEXT}.DownstreamTlsContext, ${more} common_tls_context: { ${common} } } }`;
const up = (common: string, more = ""): string => `transport_socket: { name: tls, typed_config: { "@type": ${CONTEXT}.UpstreamTlsContext, ${more} common_tls_context: { ${common} } } }`;
const router = `http_filters: [{ name: r, typed_config: { "@type": ${EXT}.filters.http.router.v3.Router } }]`;
const manager = (routes: string, more = ""): string => `filters: [{ name: hcm, typed_config: { "@type": ${EXT}.filters.network.http_connection_manager.v3.HttpConnectionManager, stat_prefix: x, ${more} ${router}, route_config: { virtual_hosts: [{ name: v, domains: ["*"], routes: [${routes}] }] } } }]`;
const HELLO = "{ match: { prefix: / }, direct_response: { status: 200, body: { inline_string: hello } } }";
const listener = (name: string, port: number, chain: string): string => `  - { name: ${name}, address: { socket_address: { address: 127.0.0.1, port_value: ${port} } }, filter_chains: [{ ${chain} }] }`;

let file_number = 0;
function configuration(admin: number, listeners: readonly string[], more = ""): string {
  const path = join(folder, `c${++file_number}.yaml`);
  writeFileSync(path, `node: { id: i, cluster: c }\nadmin: { address: { socket_address: { address: 127.0.0.1, port_value: ${admin} } } }\nstatic_resources:\n  listeners:\n${listeners.join("\n")}\n${more}`);
  return path;
}

function sClient(port: number, ...more: readonly string[]): string {
  const { stdout, stderr } = spawnSync("openssl", ["s_client", "-connect", `127.0.0.1:${port}`, "-servername", "a.test", "-CAfile", ca, ...more], { input: "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", timeout: 5000, encoding: "latin1" });
  return stdout + stderr;
}

const agreed = (output: string): string => /New, (TLSv[\d.]+), Cipher is (\S+)/.exec(output)?.slice(1, 3).join(" ") ?? "none";
const curl = (...words: readonly string[]): string => execFileSync("curl", ["-sS", "--max-time", "5", "--cacert", ca, ...words], { encoding: "utf8" });
const commonName = (port: number): Promise<string> => new Promise((done) => {
  const socket = connect({ port, host: "127.0.0.1", servername: "a.test", ca: authority.certificate }, () => {
    done((socket.getPeerCertificate() as unknown as { subject: { CN: string } }).subject.CN);
    socket.destroy();
  });
  socket.on("error", (error) => done(String(error)));
});

describe("TLS", () => {
  const running: Serving[] = [];
  let admin = 0;
  let ports: number[] = [];

  async function serve(path: string): Promise<Serving> {
    const serving = await Serving.start(["-c", path, "--concurrency", "1"]);
    running.push(serving);
    return serving;
  }

  beforeAll(async () => {
    [admin = 0, ...ports] = await freePorts(9);
  });
  afterEach(async () => {
    for (const serving of running.splice(0)) await serving.kill();
  });

  it("offers exactly the configured versions and ciphers (OpenSSL asks for each)", async () => {
    const tables = [
      { params: "", takes: ["-tls1_2 ECDHE-ECDSA-AES128-GCM-SHA256", "-tls1_2 ECDHE-ECDSA-AES256-GCM-SHA384", "-tls1_2 ECDHE-ECDSA-CHACHA20-POLY1305", "-tls1_3 TLS_AES_128_GCM_SHA256", "-tls1_3 TLS_AES_256_GCM_SHA384", "-tls1_3 TLS_CHACHA20_POLY1305_SHA256"] },
      { params: "tls_maximum_protocol_version: TLSv1_2, cipher_suites: [ECDHE-ECDSA-AES256-GCM-SHA384]", takes: ["-tls1_2 ECDHE-ECDSA-AES256-GCM-SHA384"] },
      { params: "tls_minimum_protocol_version: TLSv1_3", takes: ["-tls1_3 TLS_AES_128_GCM_SHA256", "-tls1_3 TLS_AES_256_GCM_SHA384", "-tls1_3 TLS_CHACHA20_POLY1305_SHA256"] },
      { params: "cipher_suites: [ECDHE-ECDSA-CHACHA20-POLY1305], tls_maximum_protocol_version: TLSv1_2", takes: ["-tls1_2 ECDHE-ECDSA-CHACHA20-POLY1305"] },
    ];
    await serve(configuration(admin, tables.map(({ params }, i) => listener(`l${i}`, ports[i] as number, `${down(`tls_params: { ${params} }, tls_certificates: [${file("server")}]`)}, ${manager(HELLO)}`))));
    const asked = [
      ...["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES128-SHA256", "AES128-SHA"].map((cipher) => ["-tls1_2", "-cipher", cipher] as const),
      ...["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"].map((cipher) => ["-tls1_3", "-ciphersuites", cipher] as const),
      ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"] as const, ["-tls1", "-cipher", "ALL:@SECLEVEL=0"] as const,
    ];
    for (const [i, { takes }] of tables.entries()) {
      const taken = asked.filter((words) => agreed(sClient(ports[i] as number, ...words)).startsWith("TLS"));
      expect(taken.map(([version, , cipher]) => `${version} ${cipher}`).sort(), tables[i]?.params).toEqual([...takes].sort());
    }
  }, 60_000);

  it("serves curl over HTTP/1.1 and HTTP/2, with a client's certificate; refuses renegotiation", async () => {
    const [port = 0] = ports;
    const set = "forward_client_cert_details: SANITIZE_SET,";
    await serve(configuration(admin, [listener("l", port, `${down(`alpn_protocols: [h2, http/1.1], tls_certificates: [${file("server")}, ${file("rsa")}], validation_context: { trusted_ca: { filename: ${ca} } }`)}, ${manager(HELLO, set)}`)]));
    const url = `https://a.test:${port}/`;
    const resolve = ["--resolve", `a.test:${port}:127.0.0.1`, url] as const;
    expect(curl("--http1.1", "-w", " %{http_version}", ...resolve)).toBe("hello 1.1");
    expect(curl("--http2", "-w", " %{http_version}", ...resolve)).toBe("hello 2");
    expect(curl("--cert", join(folder, "client.pem"), "--key", join(folder, "client.key"), ...resolve)).toBe("hello");
    expect(sClient(port, "-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256")).toContain("subject=CN = rsa");
    const renegotiation = spawnSync("openssl", ["s_client", "-connect", `127.0.0.1:${port}`, "-tls1_2"], { input: "R\n", timeout: 5000, encoding: "latin1" });
    expect(renegotiation.stdout + renegotiation.stderr).toMatch(/no renegotiation|handshake failure|alert/i);
    expect(curl(...resolve)).toBe("hello");
  }, 30_000);

  it("serves Go's client", async ({ skip }) => {
    if (spawnSync("go", ["version"]).status !== 0) return skip("Go is not installed");
    const [port = 0] = ports;
    await serve(configuration(admin, [listener("l", port, `${down(`alpn_protocols: [h2, http/1.1], tls_certificates: [${file("server")}], validation_context: { trusted_ca: { filename: ${ca} } }`, "require_client_certificate: true,")}, ${manager(HELLO)}`)]));
    const program = join(folder, "main.go");
    writeFileSync(program, `package main
import ("crypto/tls"; "crypto/x509"; "fmt"; "io"; "net/http"; "os")
func main() {
  pem, _ := os.ReadFile(os.Args[1]); pool := x509.NewCertPool(); pool.AppendCertsFromPEM(pem)
  cert, err := tls.LoadX509KeyPair(os.Args[2], os.Args[3]); if err != nil { panic(err) }
  c := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "a.test", Certificates: []tls.Certificate{cert}}}}
  r, err := c.Get(os.Args[4]); if err != nil { panic(err) }
  b, _ := io.ReadAll(r.Body); fmt.Printf("%s %s %x", r.Proto, b, r.TLS.Version)
}`);
    const { stdout, stderr } = spawnSync("go", ["run", program, ca, join(folder, "client.pem"), join(folder, "client.key"), `https://127.0.0.1:${port}/`], { encoding: "utf8", timeout: 60_000, env: { ...process.env, GOFLAGS: "-mod=mod", GO111MODULE: "off" } });
    expect(stdout, stderr).toMatch(/^HTTP\/(2\.0|1\.1) hello 304$/);
  }, 90_000);

  it("takes rotated secrets under traffic: a file renamed, a folder's link swapped; connections go on", async () => {
    const [port = 0, linked = 0] = ports;
    const secret = (name: string, from: string): string => JSON.stringify({ resources: [{ "@type": `${CONTEXT}.Secret`, name: "own", tls_certificate: { certificate_chain: { filename: join(from, `${name}.pem`) }, private_key: { filename: join(from, `${name}.key`) } } }] });
    const sds = join(folder, "sds.json");
    writeFileSync(sds, secret("server", folder));
    for (const [version, name] of [["v1", "server"], ["v2", "other"]] as const) {
      mkdirSync(join(folder, version));
      for (const end of ["pem", "key"]) writeFileSync(join(folder, version, `own.${end}`), readFileSync(join(folder, `${name}.${end}`)));
    }
    symlinkSync("v1", join(folder, "..data"));
    writeFileSync(join(folder, "linked.json"), secret("own", join(folder, "..data")));
    const source = (path: string): string => `tls_certificate_sds_secret_configs: [{ name: own, sds_config: { path_config_source: { path: ${path} } } }]`;
    const serving = await serve(configuration(admin, [
      listener("l", port, `${down(source(sds))}, ${manager(HELLO)}`), listener("m", linked, `${down(source(join(folder, "linked.json")))}, ${manager(HELLO)}`),
    ]));
    expect([await commonName(port), await commonName(linked)]).toEqual(["a.test", "a.test"]);
    const old = connect({ port, host: "127.0.0.1", servername: "a.test", ca: authority.certificate });
    let heard = "";
    old.on("data", (chunk: Buffer) => (heard += chunk.toString("latin1")));
    old.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    await eventually(() => heard.includes("hello"), 2000);
    writeFileSync(`${sds}.new`, secret("other", folder));
    renameSync(`${sds}.new`, sds);
    symlinkSync("v2", join(folder, "..data_tmp"));
    renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
    const renewed = await eventually(async () => (await commonName(port)) === "renewed" && (await commonName(linked)) === "renewed", 8000, 100);
    expect(renewed, serving.err).toBe(true);
    heard = "";
    old.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    expect(await eventually(() => heard.includes("hello"), 2000)).toBe(true);
    old.destroy();
    writeFileSync(sds, "{ broken");
    await new Promise((done) => setTimeout(done, 500));
    expect(await commonName(port)).toBe("renewed");
    unlinkSync(join(folder, "..data"));
  }, 40_000);

  it("bounds clients that say nothing, half a hello, or nonsense, and goes on", async () => {
    const [port = 0] = ports;
    await serve(configuration(admin, [listener("l", port, `transport_socket_connect_timeout: 0.5s, ${down(`tls_certificates: [${file("server")}]`)}, ${manager(HELLO)}`)]));
    const ends = ["", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc", "nonsense, and no end", "\x16\x03\x01\x00\x05hello"].map((bytes) => new Promise<number>((done) => {
      const from = performance.now();
      const socket = plain(port, "127.0.0.1", () => socket.write(bytes, "latin1"));
      socket.on("error", () => {}).on("close", () => done(performance.now() - from)).resume();
    }));
    expect(Math.max(...await Promise.all(ends))).toBeLessThan(3000);
    const stats = curl(`http://127.0.0.1:${admin}/stats`);
    expect(stats).toMatch(/downstream_cx_transport_socket_connect_timeout: 2/);
    expect(stats).toMatch(/ssl\.connection_error: 2/);
    expect(await commonName(port)).toBe("a.test");
  }, 20_000);

  it("shows no key anywhere: not in the dump, the logs or what it says of a key that does not fit", async () => {
    const [port = 0] = ports;
    const inline = (pair: Pair): string => `{ certificate_chain: { inline_string: ${JSON.stringify(pair.certificate)} }, private_key: { inline_string: ${JSON.stringify(pair.key)} } }`;
    const secrets = `  secrets: [{ name: own, tls_certificate: ${inline(server)} }]`;
    const path = configuration(admin, [listener("l", port, `${down("tls_certificate_sds_secret_configs: [{ name: own }]")}, ${manager(HELLO)}`)], secrets);
    const serving = await serve(path);
    expect(await commonName(port)).toBe("a.test");
    // its first line holds the secret; behind that stands the public part, which the certificate has too
    const body = server.key.split("\n").filter((line) => line.length > 40 && !line.startsWith("-")).slice(0, 1);
    const shown = curl(`http://127.0.0.1:${admin}/config_dump`) + curl(`http://127.0.0.1:${admin}/config_dump?include_eds`) + serving.err;
    expect(body.filter((line) => shown.includes(line))).toEqual([]);
    expect(shown).toContain("[redacted]");
    await serving.kill();
    const wrong = configuration(admin, [listener("l", port, `${down(`tls_certificates: [${inline({ certificate: server.certificate, key: rsa.key })}]`)}, ${manager(HELLO)}`)]);
    const refused = Serving.launch(["-c", wrong, "--concurrency", "1"]);
    running.push(refused);
    await eventually(() => /KEY_TYPE_MISMATCH|does not/i.test(refused.err), 5000);
    expect(refused.err).toMatch(/KEY_TYPE_MISMATCH/);
    expect(rsa.key.split("\n").filter((line) => line.length > 40 && refused.err.includes(line))).toEqual([]);
  }, 20_000);

  it("speaks with Envoy on either side, certificates on both", async ({ skip }) => {
    const reference = referenceCommand();
    if ("missing" in reference) return skip(reference.missing);
    const [front = 0, middle = 0, back = 0] = ports;
    const mutual = `tls_certificates: [${file("server")}], validation_context: { trusted_ca: { filename: ${ca} } }`;
    const cluster = (port: number): string => `  clusters: [{ name: c, type: STATIC, connect_timeout: 2s, load_assignment: { cluster_name: c, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${port} } } } }] }] }, ${up(`tls_certificates: [${file("client")}], validation_context: { trusted_ca: { filename: ${ca} }, match_typed_subject_alt_names: [{ san_type: DNS, matcher: { exact: a.test } }] }`, "sni: a.test,")} }]`;
    const forward = "{ match: { prefix: / }, route: { cluster: c } }";
    const chain = (routes: string): string => `${down(mutual, "require_client_certificate: true,")}, ${manager(routes)}`;
    const [envoyAdmin = 0, ownAdmin = 0] = await freePorts(2);
    // Envoy in front and behind, legate between them
    const outer = configuration(envoyAdmin, [listener("front", front, chain(forward)), listener("back", back, chain(HELLO))], cluster(middle));
    const envoy: ChildProcess = spawn(reference.argv[0] as string, ["-c", outer, "--base-id", "77", "--concurrency", "1", "-l", "error"], { stdio: "ignore" });
    try {
      await serve(configuration(ownAdmin, [listener("middle", middle, chain(forward))], cluster(back)));
      await eventually(() => spawnSync("curl", ["-s", `http://127.0.0.1:${envoyAdmin}/ready`], { encoding: "utf8" }).stdout.includes("LIVE"), 10_000, 200);
      const words = ["--cert", join(folder, "client.pem"), "--key", join(folder, "client.key"), "--resolve", `a.test:${front}:127.0.0.1`, `https://a.test:${front}/`] as const;
      expect(curl(...words)).toBe("hello");
      expect(curl(`http://127.0.0.1:${ownAdmin}/stats`)).toMatch(/cluster\.c\.ssl\.handshake: 1/);
    } finally {
      envoy.kill("SIGKILL");
    }
  }, 40_000);

  it("health checks go by the cluster's TLS: a host is healthy where its certificate is trusted, and only there", async () => {
    const [admin, secure, open] = await freePorts(3) as [number, number, number];
    const hosts = `endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${secure} } } } }] }]`;
    const checks = "health_checks: [{ timeout: 1s, interval: 0.1s, no_traffic_interval: 0.1s, unhealthy_threshold: 1, healthy_threshold: 1, http_health_check: { path: /ready, host: a.test } }]";
    const cluster = (name: string, trusted: string): string => `  - { name: ${name}, ${checks}, load_assignment: { cluster_name: ${name}, ${hosts} }, ${up(`validation_context: { trusted_ca: { filename: ${trusted} } }`, "sni: a.test,")} }`;
    const path = configuration(admin, [listener("secure", secure, `${down(`tls_certificates: [${file("server")}]`)}, ${manager(HELLO)}`), listener("open", open, manager("{ match: { prefix: / }, route: { cluster: right } }"))], `  clusters:\n${cluster("right", ca)}\n${cluster("wrong", join(folder, "rsa.pem"))}\n`);
    const proxy = await Serving.start(["-c", path, "--concurrency", "1"]);
    try {
      expect(await eventually(async () => /right::127\.0\.0\.1:\d+::health_flags::healthy/.test(await (await fetch(`http://127.0.0.1:${admin}/clusters`)).text()), 5000)).toBe(true);
      const text = await (await fetch(`http://127.0.0.1:${admin}/clusters`)).text();
      expect(text).toMatch(/wrong::127\.0\.0\.1:\d+::health_flags::\/failed_active_hc/);
      const stats = await (await fetch(`http://127.0.0.1:${admin}/stats?filter=cluster.(right|wrong).(ssl.fail_verify_error|health_check.success)`)).text();
      expect([/cluster\.right\.health_check\.success: [1-9]/.test(stats), /cluster\.wrong\.ssl\.fail_verify_error: [1-9]/.test(stats)]).toEqual([true, true]);
      expect(await (await fetch(`http://127.0.0.1:${open}/`)).text()).toBe("hello");
    } finally {
      await proxy.kill();
    }
  });
});
