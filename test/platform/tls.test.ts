import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCertificate } from "../../src/codec/certificate.ts";
import { ipAddress } from "../../src/platform/address.ts";
import { BunTransport } from "../../src/platform/bun-transport.ts";
import type { Acceptor, Conn, DialOptions, Transport } from "../../src/platform/conn.ts";
import { NodeTransport } from "../../src/platform/node-transport.ts";
import { SystemClock } from "../../src/platform/system-clock.ts";
import { openTlsContext } from "../../src/platform/tls-context.ts";
import { type TlsClientOptions, type TlsContextOptions, type TlsFacts, type TlsServerOptions, tlsFailureText } from "../../src/platform/tls.ts";
import { Turn } from "../../src/platform/turn.ts";
import { Ear, say } from "../contract/conn.suite.ts";
import { Authority } from "../support/certificates.ts";

const accept = (): null => null;
const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const LIMITS = { minVersion: "TLSv1.2", maxVersion: "TLSv1.3" } as const;

function makeTransport(kind: "Bun" | "node"): Transport {
  const turn = new Turn((error) => { throw error; });
  const context = { turn, clock: new SystemClock(turn) };
  return kind === "Bun" ? new BunTransport(context) : new NodeTransport(context, false);
}

for (const kind of ["Bun", "node"] as const) {
  describe(`TLS handshakes of ${kind}`, () => {
    const authority = new Authority();
    const other = new Authority("Other CA");
    const own = authority.issue("a.test");
    const child = authority.intermediate("child");
    const client = child.issue("c.test", { san: "URI:spiffe://a/c" });
    const transport = makeTransport(kind);
    let acceptor: Acceptor;
    let server: Partial<TlsServerOptions> = {};
    let heard: Ear;
    let serverConn: Conn;
    let serverFacts: TlsFacts | undefined;

    beforeAll(async () => {
      acceptor = await transport.listen(ipAddress("127.0.0.1", 0), { reusePort: false }, (conn) => {
        serverConn = conn;
        conn.handler = {
          onData(peeked, hello): void {
            peeked.handler = Object.assign(heard, { onSecured: (secured: Conn) => { serverFacts = secured.tls; } });
            peeked.startTls({ context: serverContext({}), alpn: undefined, requestCertificate: false, requireCertificate: false, judge: accept, ...server }, hello);
          },
          onDrain: () => {}, onEnd: () => {}, onClose: () => {},
        };
      });
    });
    afterAll(() => {
      acceptor.stop();
      authority.close();
      other.close();
    });

    const serverContext = (more: Partial<TlsContextOptions>): TlsServerOptions["context"] => openTlsContext({ ...LIMITS, ...own, authorities: authority.certificate, ...more });
    const clientContext = (more: Partial<TlsContextOptions>): TlsServerOptions["context"] => openTlsContext({ ...LIMITS, authorities: authority.certificate, ...more });

    async function shake(options: Partial<TlsServerOptions>, tls: Partial<TlsClientOptions>, more: Partial<DialOptions> = {}): Promise<[Ear, Conn]> {
      server = options;
      heard = new Ear();
      serverFacts = undefined;
      const ear = new Ear();
      const conn = transport.dialer.dial(acceptor.address, ear, {
        timeoutMs: 3000, highWatermark: 0, ...more, tls: { context: clientContext({}), serverName: "a.test", alpn: [], judge: accept, ...tls },
      });
      for (let i = 0; i < 400 && !(ear.connects === 1 && (serverFacts !== undefined || heard.causes.length > 0)) && ear.causes.length === 0; i++) await sleep(5);
      await sleep(30);
      return [ear, conn];
    }

    it("tell what was agreed on: name, protocol, version, cipher, both certificates and the whole chain", async () => {
      const [, conn] = await shake(
        { alpn: "h2", requestCertificate: true, requireCertificate: true },
        { alpn: ["h2", "http/1.1"], context: clientContext({ certificate: client.certificate + child.certificate, key: client.key }) },
      );
      expect(serverFacts).toMatchObject({ serverName: "a.test", alpn: "h2", version: "TLSv1.3", peerVerified: true, verifyError: "" });
      expect(serverFacts?.cipher).toMatch(/^TLS_/);
      // node's list ends with the authority it knows
      expect(serverFacts?.peerChain.slice(0, 2).map((der) => readCertificate(der)?.subject)).toEqual(["CN=c.test", "CN=child"]);
      expect(serverFacts?.peerChain[0]).toEqual(serverFacts?.peerCertificate);
      expect(conn.tls?.peerCertificate).toEqual(serverFacts?.localCertificate);
      expect(conn.tls).toMatchObject({ alpn: "h2", peerVerified: true });
      conn.reset();
    });

    it("agree on no protocol where none was chosen", async () => {
      const [, conn] = await shake({}, { alpn: ["h2"] });
      expect([conn.tls?.alpn, serverFacts?.alpn]).toEqual([undefined, undefined]);
      conn.reset();
    });

    it("hold to the versions", async () => {
      const [ear, conn] = await shake({ context: serverContext({ minVersion: "TLSv1.3" }) }, { context: clientContext({ maxVersion: "TLSv1.2" }) });
      expect(ear.events).toEqual(["close tls"]);
      expect(conn.failure).toMatch(/^TLS_error:\|\d+:SSL routines:.*:TLS_error_end$/);
      expect(heard.causes).toEqual(["tls"]);
      expect(serverConn.failure).toMatch(/unsupported.protocol/i);
    });

    it("refuse a client without the certificate that is asked for", async () => {
      await shake({ requestCertificate: true, requireCertificate: true }, {});
      expect(heard.causes).toEqual(["tls"]);
      expect(serverConn.failure).toMatch(/peer.did.not.return.a.certificate/i);
    });

    it("leave what to think of an unknown authority to the judge", async () => {
      const [, conn] = await shake({ requestCertificate: true, context: serverContext({ authorities: other.certificate }) }, { context: clientContext(client) });
      expect(serverFacts?.peerVerified).toBe(false);
      expect(serverFacts?.verifyError).not.toBe("");
      conn.reset();
      const [ear, refused] = await shake({}, { judge: () => "verify cert failed: not this one" });
      expect(ear.events).toEqual(["close tls"]);
      expect(refused.failure).toBe("TLS_error:|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify cert failed: not this one:TLS_error_end");
    });

    it("know revoked certificates and intermediate authorities", async () => {
      const direct = authority.issue("d.test");
      const context = serverContext({ crl: authority.revoke(direct) });
      const [, conn] = await shake({ requestCertificate: true, context }, { context: clientContext(direct) });
      expect(serverFacts?.peerVerified).toBe(false);
      conn.reset();
      const [, partial] = await shake({ requestCertificate: true, context: serverContext({ authorities: child.certificate }) }, { context: clientContext(client) });
      // Node's library knows no partial chains before Node 22
      if (kind === "Bun") expect(serverFacts?.peerVerified).toBe(true);
      partial.reset();
    });

    // BoringSSL sends its tickets with the first bytes
    it("resume a session", async () => {
      const context = serverContext({});
      const sessions: Buffer[] = [];
      const [, first] = await shake({ context }, { onSession: (session) => sessions.push(session) });
      say(serverConn, "hello");
      await sleep(50);
      expect([first.tls?.resumed, sessions.length > 0]).toEqual([false, true]);
      first.reset();
      const [, second] = await shake({ context }, { session: sessions[0] });
      expect([second.tls?.resumed, serverFacts?.resumed]).toEqual([true, true]);
      second.reset();
    });

    it("come to an end with a peer that speaks something else, and with one that says nothing", async () => {
      heard = new Ear();
      const socket = connect((acceptor.address as { port: number }).port, "127.0.0.1");
      socket.on("error", () => {});
      socket.write("GET / HTTP/1.1\r\n\r\n");
      for (let i = 0; i < 200 && heard.causes.length === 0; i++) await sleep(5);
      expect(heard.causes).toEqual(["tls"]);
      expect(serverConn.failure).toMatch(/http.request/i);
      socket.destroy();
      const silent = await transport.listen(ipAddress("127.0.0.1", 0), { reusePort: false }, (conn) => { conn.handler = new Ear(); });
      const ear = new Ear();
      transport.dialer.dial(silent.address, ear, { timeoutMs: 80, highWatermark: 0, tls: { context: clientContext({}), serverName: "", alpn: [], judge: accept } });
      for (let i = 0; i < 200 && ear.causes.length === 0; i++) await sleep(5);
      expect(ear.events).toEqual(["close timeout"]);
      silent.stop();
    });

    it("come after the prelude and its answer", async () => {
      const proxy = await transport.listen(ipAddress("127.0.0.1", 0), { reusePort: false }, (conn) => {
        heard = new Ear();
        conn.handler = {
          onData(peeked, chunk): void {
            expect(chunk.toString()).toBe("let me in");
            say(peeked, "OK");
            peeked.handler = {
              onData(next, hello): void {
                next.handler = heard;
                next.startTls({ context: serverContext({}), alpn: undefined, requestCertificate: false, requireCertificate: false, judge: accept }, hello);
              },
              onDrain: () => {}, onEnd: () => {}, onClose: () => {},
            };
          },
          onDrain: () => {}, onEnd: () => {}, onClose: () => {},
        };
      });
      const ear = new Ear();
      const conn = transport.dialer.dial(proxy.address, ear, {
        timeoutMs: 3000, highWatermark: 0,
        prelude: { bytes: Buffer.from("let me in"), answered: (got) => (got.length < 2 ? 0 : got.toString() === "OK" ? 2 : -1) },
        tls: { context: clientContext({}), serverName: "a.test", alpn: [], judge: accept },
      });
      say(conn, "sealed");
      for (let i = 0; i < 200 && heard?.text !== "sealed"; i++) await sleep(5);
      expect([ear.connects, heard.text]).toEqual([1, "sealed"]);
      conn.reset();
      proxy.stop();
    });
  });
}

it("failures read as Envoy's", () => {
  expect(tlsFailureText("error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER")).toBe("TLS_error:|268435703:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER:TLS_error_end");
  expect(tlsFailureText("error:100000c0:SSL routines:OPENSSL_internal:PEER_DID_NOT_RETURN_A_CERTIFICATE"))
    .toBe("TLS_error:|268435648:SSL routines:OPENSSL_internal:PEER_DID_NOT_RETURN_A_CERTIFICATE:peer did not provide required client certificate:TLS_error_end");
});
