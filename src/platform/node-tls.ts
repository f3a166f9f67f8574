/** TLS over a socket of node:net that is open already: the portable way, for Node and Deno. */
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { ConnectionOptions, SecureContext, TLSSocket, TLSSocketOptions } from "node:tls";
import { tls } from "./builtins.ts";
import { causeOf } from "./socket-facts.ts";
import { readSession } from "./tls-session.ts";
import type { TlsClientOptions, TlsFacts, TlsServerOptions } from "./tls.ts";

export interface SecureEvents {
  secured(facts: TlsFacts): void;
  failed(message: string): void;
}

/** Begins the handshake over `raw`, of which nothing is read any more but by the socket that is given back. */
export function secureSocket(raw: Socket, options: TlsClientOptions | TlsServerOptions, hello: Buffer | undefined, events: SecureEvents): TLSSocket {
  if (hello !== undefined && hello.length > 0) raw.unshift(hello);
  const server = "requestCertificate" in options;
  const socket = server ? serverSide(raw, options) : clientSide(raw, options);
  let done = false;
  socket.once(server ? "secure" : "secureConnect", () => {
    done = true;
    const ignored = server && !options.requestCertificate;
    events.secured(factsOf(socket, options, ignored));
  });
  // what the machine says of the socket below is told by `close`
  socket.on("error", (error) => { if (!done && causeOf(error) === "error") events.failed(error.message); });
  if (!server && options.onSession !== undefined) socket.on("session", options.onSession);
  return socket;
}

function serverSide(raw: Socket, options: TlsServerOptions): TLSSocket {
  const native: TLSSocketOptions = {
    isServer: true, secureContext: options.context.native as SecureContext,
    requestCert: options.requestCertificate, rejectUnauthorized: options.requireCertificate,
    ...(options.alpn === undefined ? {} : { ALPNProtocols: [options.alpn] }),
  };
  return new (tls().TLSSocket)(raw, { ...native, allowHalfOpen: true } as TLSSocketOptions);
}

function clientSide(raw: Socket, options: TlsClientOptions): TLSSocket {
  const native: ConnectionOptions & { readonly allowHalfOpen: boolean } = {
    socket: raw, secureContext: options.context.native as SecureContext, rejectUnauthorized: false, allowHalfOpen: true,
    checkServerIdentity: () => undefined,
    ...(options.serverName === "" ? {} : { servername: options.serverName }),
    ...(options.alpn.length === 0 ? {} : { ALPNProtocols: [...options.alpn] }),
    ...(options.session === undefined ? {} : { session: options.session }),
  };
  return tls().connect(native);
}

/** A certificate and its issuer's, which leads on; the last one is its own issuer. */
interface Presented {
  /** Under Deno no Buffer. */
  readonly raw?: Uint8Array;
  readonly issuerCertificate?: Presented;
}

function presented(first: Presented | undefined): Buffer[] {
  const chain: Buffer[] = [];
  for (let one = first; one?.raw !== undefined; one = one.issuerCertificate) {
    const certificate = Buffer.from(one.raw);
    if (chain.some((known) => known.equals(certificate))) break;
    chain.push(certificate);
  }
  return chain;
}

function factsOf(socket: TLSSocket, options: TlsClientOptions | TlsServerOptions, ignored: boolean): TlsFacts {
  const peer = ignored ? undefined : (socket.getPeerCertificate(true) as Presented);
  const chain = presented(peer);
  const verifyError = (socket as { ssl?: { verifyError?(): { message: string } | null } }).ssl?.verifyError?.() ?? null;
  const verified = chain.length > 0 && (verifyError === null && (socket.authorized || "requestCertificate" in options));
  const session = readSession(socket.getSession() ?? undefined);
  return {
    serverName: ("requestCertificate" in options ? servername(socket) : options.serverName) || undefined,
    alpn: socket.alpnProtocol || undefined,
    version: socket.getProtocol() ?? "", cipher: socket.getCipher()?.name ?? "",
    peerCertificate: chain[0], peerChain: chain, peerVerified: verified,
    verifyError: verified || chain.length === 0 ? "" : (verifyError?.message ?? String(socket.authorizationError ?? "unverified")),
    localCertificate: options.context.certificate, resumed: socket.isSessionReused(), sessionId: session.id, group: session.group, signature: session.signature,
  };
}

function servername(socket: TLSSocket): string {
  const { servername: name } = socket as unknown as { servername?: string | false };
  return typeof name === "string" ? name : "";
}
