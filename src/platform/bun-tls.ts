/**
 * TLS over a socket of Bun's that is open already. The published types lack `initialData` and `isServer`; the contract suite holds Bun to
 * them. `upgradeTLS` answers with two sockets: the first goes on telling of the sealed bytes, the second is the one to use.
 */
import type { Buffer } from "node:buffer";
import type { ConnCore } from "./conn-core.ts";
import { causeOf } from "./socket-facts.ts";
import { readSession, type SessionFacts } from "./tls-session.ts";
import type { TlsClientOptions, TlsFacts, TlsServerOptions } from "./tls.ts";

/** What the secured socket's events are told to. */
export interface Secured {
  readonly conn: ConnCore;
  secured(facts: TlsFacts): void;
  /** `message`: BoringSSL's. */
  failed(message: string): void;
}

interface Owner extends Secured {
  readonly options: TlsClientOptions | TlsServerOptions;
}

interface TlsSocket extends Bun.Socket<Owner> {
  getSession(): Buffer & void;
}

/** Begins the handshake. Its events may come before this returns. */
export function upgrade(raw: Bun.Socket<never> | Bun.Socket<undefined> | object, options: TlsClientOptions | TlsServerOptions, hello: Buffer | undefined, secured: Secured): object {
  const sockets = (raw as Upgradable).upgradeTLS({
    ...(isServer(options) ? serverSide(options) : clientSide(options)),
    ...(hello === undefined ? {} : { initialData: hello }),
    data: { ...secured, options },
    socket: EVENTS,
  });
  return sockets[1];
}

interface Upgradable {
  upgradeTLS(options: object): readonly [object, object];
}

function isServer(options: TlsClientOptions | TlsServerOptions): options is TlsServerOptions {
  return "requestCertificate" in options;
}

function nativeContext(options: TlsClientOptions | TlsServerOptions): unknown {
  return (options.context.native as { context: unknown }).context;
}

function serverSide(options: TlsServerOptions): object {
  return {
    isServer: true,
    tls: {
      secureContext: nativeContext(options), requestCert: options.requestCertificate, rejectUnauthorized: options.requireCertificate && options.acceptsUnverified !== true,
      ...(options.alpn === undefined ? {} : { ALPNProtocols: wire([options.alpn]) }),
    },
  };
}

function clientSide(options: TlsClientOptions): object {
  return {
    isServer: false,
    tls: {
      secureContext: nativeContext(options), rejectUnauthorized: false,
      // "" keeps Bun from asking for the address
      serverName: options.serverName,
      ...(options.alpn.length === 0 ? {} : { ALPNProtocols: wire(options.alpn) }),
    },
  };
}

function wire(protocols: readonly string[]): string {
  return protocols.map((protocol) => String.fromCharCode(protocol.length) + protocol).join("");
}

const EVENTS = {
  open(socket: TlsSocket): void {
    const { options } = socket.data;
    if (isServer(options)) return;
    if (options.serverName !== "") socket.setServername(options.serverName);
    if (options.session !== undefined) socket.setSession(options.session);
  },
  handshake(socket: TlsSocket, ok: boolean, error: Error | null): void {
    // Bun also says no where a certificate is not verified or has another name: that is the judge's matter
    if (ok || isVerdict(error)) socket.data.secured(new BunTlsFacts(socket, socket.data.options, error));
    else socket.data.failed(error?.message ?? "");
  },
  session(socket: TlsSocket, session: Buffer): void {
    const { options } = socket.data;
    if (!isServer(options)) options.onSession?.(session);
  },
  data(socket: TlsSocket, chunk: Buffer): void {
    socket.data.conn.received(chunk);
  },
  drain(socket: TlsSocket): void {
    socket.data.conn.writeReady();
  },
  end(socket: TlsSocket): void {
    socket.data.conn.ended();
  },
  close(socket: TlsSocket, error?: Error): void {
    socket.data.conn.closed(error === undefined ? "remote" : causeOf(error));
  },
  // an alert after the handshake: the close that follows says the rest
  error(socket: TlsSocket, error: Error): void {
    socket.data.failed(error.message);
  },
};

const OTHER_NAME = "ERR_TLS_CERT_ALTNAME_INVALID";

/** An opinion on the certificate, not a failure of the library. */
function isVerdict(error: Error | null): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return error !== null && code !== "EPROTO" && !error.message.startsWith("error:") && causeOf(error) === "error";
}

/** Of a finished handshake. What costs is read when it is asked for first, out of the session taken at once. */
class BunTlsFacts implements TlsFacts {
  readonly serverName: string | undefined;
  readonly alpn: string | undefined;
  readonly version: string;
  readonly cipher: string;
  readonly peerCertificate: Buffer | undefined;
  readonly peerVerified: boolean;
  readonly verifyError: string;
  readonly localCertificate: Buffer | undefined;
  readonly resumed: boolean;
  readonly #bytes: Buffer | undefined;
  #session: SessionFacts | undefined;

  constructor(socket: TlsSocket, options: TlsClientOptions | TlsServerOptions, error: Error | null) {
    const server = isServer(options);
    this.serverName = (server ? socket.getServername() : options.serverName) || undefined;
    this.alpn = socket.alpnProtocol || undefined;
    this.version = socket.getTLSVersion();
    this.cipher = socket.getCipher()?.name ?? "";
    this.resumed = socket.isSessionReused();
    this.localCertificate = options.context.certificate;
    this.#bytes = socket.getSession() ?? undefined;
    const asked = !server || options.requestCertificate;
    const peer = asked ? (socket.getPeerCertificate() as { raw?: Buffer } | null) : null;
    this.peerCertificate = peer?.raw;
    const { code } = (error ?? {}) as { code?: unknown };
    this.peerVerified = this.peerCertificate !== undefined && (code === OTHER_NAME || (error === null && socket.authorized));
    this.verifyError = this.peerVerified || this.peerCertificate === undefined ? "" : (error?.message ?? "unverified");
  }

  get peerChain(): readonly Buffer[] {
    const { chain } = this.#read();
    return chain.length > 0 || this.peerCertificate === undefined ? chain : [this.peerCertificate];
  }

  get sessionId(): string {
    return this.#read().id;
  }

  get group(): number {
    return this.#read().group;
  }

  get signature(): number {
    return this.#read().signature;
  }

  #read(): SessionFacts {
    this.#session ??= readSession(this.#bytes);
    return this.#session;
  }
}
