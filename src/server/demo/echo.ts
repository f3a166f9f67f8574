/** A small service on loopback, through the proxy's own server codec: answers every request with its name and what it was asked. */
import { Buffer } from "node:buffer";
import type { CodecError } from "../../codec/codec-error.ts";
import { Http1Server, type RequestSink } from "../../codec/http1-server.ts";
import { SERVER_DEFAULTS } from "../../codec/http1-options.ts";
import { HeaderBlock } from "../../http/header-block.ts";
import { giveHeaders } from "../../http/header-pool.ts";
import { UPGRADE } from "../../http/names.ts";
import { ipAddress, type IpAddress } from "../../platform/address.ts";
import type { Conn, ConnHandler, Transport } from "../../platform/conn.ts";

export interface EchoService {
  readonly name: string;
  readonly address: IpAddress;
  stop(): void;
}

/** Starts a service on a free port of 127.0.0.1. `stop` closes its connections too. */
export async function openEcho(transport: Transport, name: string): Promise<EchoService> {
  const open = new Set<Conn>();
  const acceptor = await transport.listen(ipAddress("127.0.0.1", 0), { reusePort: false }, (conn) => {
    open.add(conn);
    conn.handler = new EchoConnection(conn, name, () => open.delete(conn));
  });
  return {
    name, address: acceptor.address as IpAddress,
    stop: () => {
      acceptor.stop();
      for (const conn of open) conn.close();
    },
  };
}

class EchoConnection implements ConnHandler, RequestSink {
  private readonly conn: Conn;
  private readonly name: string;
  private readonly codec: Http1Server;
  private readonly onOver: () => void;
  private asked = "";
  private bodyBytes = 0;
  private isHead = false;

  constructor(conn: Conn, name: string, onOver: () => void) {
    this.conn = conn;
    this.name = name;
    this.onOver = onOver;
    this.codec = new Http1Server(SERVER_DEFAULTS, this, conn);
  }

  onData(_conn: Conn, chunk: Buffer): void {
    this.codec.receive(chunk);
  }

  onDrain(): void {}

  onEnd(conn: Conn): void {
    conn.close();
  }

  onClose(): void {
    this.codec.stop();
    this.onOver();
  }

  onRequest(head: HeaderBlock, endStream: boolean): void {
    const tunnel = head.method === "CONNECT" || head.has(UPGRADE);
    this.isHead = head.method === "HEAD";
    this.bodyBytes = 0;
    this.asked = describe(head);
    giveHeaders(head);
    if (tunnel) this.refuse(501, "This service opens no tunnels.\n");
    else if (endStream) this.answer();
  }

  onBody(data: Buffer, endStream: boolean): void {
    this.bodyBytes += data.length;
    if (endStream) this.answer();
  }

  onTrailers(trailers: HeaderBlock): void {
    giveHeaders(trailers);
    this.answer();
  }

  onError(error: CodecError): void {
    if (error.status === 0) this.conn.close();
    else this.refuse(error.status, `${error.body}\n`);
  }

  private answer(): void {
    const body = this.bodyBytes === 0 ? "" : `  and sent a body of ${this.bodyBytes} bytes\n`;
    this.respond(200, `Hello from ${this.name}! You asked: ${this.asked}${body}`);
    if (this.codec.requestWantsClose) this.conn.close(LINGER_MS);
    else this.codec.next();
  }

  private refuse(status: number, text: string): void {
    this.respond(status, text);
    this.conn.close(LINGER_MS);
  }

  private respond(status: number, text: string): void {
    const body = Buffer.from(text, "latin1");
    const head = HeaderBlock.of([[":status", String(status)], ["content-type", "text/plain"], ["x-served-by", this.name], ["content-length", String(body.length)]]);
    this.codec.encodeHeaders(head, this.isHead);
    if (!this.isHead) this.codec.encodeData(body, true);
  }
}

const LINGER_MS = 1000;

/** The request line and each header, as the service sees them. */
function describe(head: HeaderBlock): string {
  const lines = [`${head.method} ${head.path ?? ""}`];
  head.forEach((name, value) => {
    if (!name.startsWith(":")) lines.push(`  ${name}: ${value}`);
    else if (name === ":authority") lines.push(`  host: ${value}`);
  });
  return `${lines.join("\n")}\n`;
}
