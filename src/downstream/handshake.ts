/** A connection until its TLS handshake is done: reads the client's hello, answers it by what the chain's transport says, then steps aside. */
import { Buffer } from "node:buffer";
import type { ServedConnection } from "../contract/network-filter.ts";
import type { TlsDownstreamTransport } from "../contract/transport-socket.ts";
import type { Timer } from "../platform/clock.ts";
import { NO_TLS } from "../platform/tls.ts";
import type { CloseCause, Conn, ConnHandler } from "../platform/conn.ts";

/** Larger than any hello that is answered: the library has the last word. */
const MOST_HELLO_BYTES = 20_480;

export class Handshake implements ConnHandler {
  private readonly next: ServedConnection;
  private readonly transport: TlsDownstreamTransport;
  private readonly refuse: (reason: string) => void;
  /** `transport_socket_connect_timeout`. */
  timer: Timer | null = null;
  private received = Buffer.alloc(0);

  /** `refuse` is told why the connection is closed without a handshake. */
  constructor(next: ServedConnection, transport: TlsDownstreamTransport, refuse: (reason: string) => void) {
    this.next = next;
    this.transport = transport;
    this.refuse = refuse;
  }

  onData(conn: Conn, chunk: Buffer): void {
    this.received = this.received.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.received, chunk]);
    const answer = this.transport.answer(this.received);
    if (answer === "more" && this.received.length <= MOST_HELLO_BYTES) return;
    if (typeof answer === "object") return conn.startTls(answer, this.received);
    if (answer !== "more") this.refuse(answer);
    // of what is no TLS Envoy reads no more than a record's head: the rest makes the close a reset
    if (NO_TLS.test(answer)) conn.reset();
    else conn.close();
  }

  onSecured(conn: Conn): void {
    this.timer?.cancel();
    conn.handler = this.next;
    this.next.onSecured?.(conn);
  }

  onDrain(conn: Conn): void {
    this.next.onDrain(conn);
  }

  /** Nobody shakes hands with half a connection. */
  onEnd(conn: Conn): void {
    conn.close();
  }

  onClose(conn: Conn, cause: CloseCause): void {
    this.timer?.cancel();
    this.next.onClose(conn, cause);
  }
}
