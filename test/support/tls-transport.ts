/** A transport all of whose connections speak TLS, for suites that know nothing of it. */
import { afterAll } from "vitest";
import type { Acceptor, Conn, Dialer, Transport } from "../../src/platform/conn.ts";
import { openTlsContext } from "../../src/platform/tls-context.ts";
import type { TlsClientOptions, TlsServerOptions } from "../../src/platform/tls.ts";
import { Authority } from "./certificates.ts";

const accept = (): null => null;

export interface TlsEnds {
  readonly server: TlsServerOptions;
  readonly client: TlsClientOptions;
}

let ends: TlsEnds | undefined;

/** Both ends with certificates of one authority. */
export function tlsEnds(): TlsEnds {
  if (ends !== undefined) return ends;
  const authority = new Authority();
  afterAll(() => authority.close());
  const server = authority.issue("a.test");
  const client = authority.issue("client.test");
  const limits = { minVersion: "TLSv1.2", maxVersion: "TLSv1.3", authorities: authority.certificate } as const;
  ends = {
    server: { context: openTlsContext({ ...limits, ...server }), alpn: "h2", requestCertificate: true, requireCertificate: true, judge: accept },
    client: { context: openTlsContext({ ...limits, ...client }), serverName: "a.test", alpn: ["h2"], judge: accept },
  };
  return ends;
}

export function overTls(inner: Transport): Transport {
  const { server, client } = tlsEnds();
  const dialer: Dialer = { dial: (target, handler, options) => inner.dialer.dial(target, handler, { ...options, tls: client }) };
  return {
    dialer,
    sharesPorts: inner.sharesPorts,
    share: (address, options) => inner.share(address, options),
    probeExclusive: (address) => inner.probeExclusive(address),
    listen: (address, options, onConnection): Promise<Acceptor> => inner.listen(address, options, (conn) => {
      conn.handler = {
        onData(peeked: Conn, hello: Buffer): void {
          onConnection(peeked);
          peeked.startTls(server, hello);
        },
        onDrain: () => {},
        onEnd: (ended) => ended.close(),
        onClose: () => {},
      };
    }),
  };
}
