/** TCP health checks of one host: that it can be connected to, or that it says what is expected (source/extensions/health_checkers/tcp). */
import { Buffer } from "node:buffer";
import type { SocketAddress } from "../../platform/address.ts";
import type { Conn, ConnHandler, Dialer } from "../../platform/conn.ts";
import type { TcpCheck } from "../health/check-plan.ts";
import { holdsInOrder } from "../health/payload.ts";
import { type CheckProbe, NETWORK_FAILURE, type ProbeOwner } from "./check-probe.ts";

export class TcpCheckProbe implements CheckProbe, ConnHandler {
  private readonly dialer: Dialer;
  private readonly address: SocketAddress;
  private readonly check: TcpCheck;
  private readonly reuse: boolean;
  private readonly owner: ProbeOwner;
  private conn: Conn | null = null;
  private received: Buffer = EMPTY;

  constructor(dialer: Dialer, address: SocketAddress, check: TcpCheck, reuse: boolean, owner: ProbeOwner) {
    this.dialer = dialer;
    this.address = address;
    this.check = check;
    this.reuse = reuse;
    this.owner = owner;
  }

  begin(): void {
    if (this.conn === null) {
      this.received = EMPTY;
      this.conn = this.dialer.dial(this.address, this, { timeoutMs: this.check.timeoutMs + DIAL_GRACE_MS, highWatermark: 0 });
    } else {
      this.send(this.conn);
    }
  }

  abandon(): void {
    this.close();
  }

  close(): void {
    const { conn } = this;
    this.conn = null;
    conn?.reset();
  }

  onConnect(conn: Conn): void {
    conn.setNoDelay(true);
    if (this.check.receive.length > 0) return this.send(conn);
    this.conn ??= conn;
    this.close();
    this.owner.onPassed(false);
  }

  onData(conn: Conn, chunk: Buffer): void {
    if (conn !== this.conn || this.check.receive.length === 0) return;
    this.received = Buffer.concat([this.received, chunk].filter((piece) => piece.length > 0));
    if (!holdsInOrder(this.check.receive, this.received)) {
      if (this.received.length > MOST_BYTES) this.received = EMPTY;
      return;
    }
    this.received = EMPTY;
    if (!this.reuse) this.close();
    this.owner.onPassed(false);
  }

  onDrain(): void {}

  onEnd(conn: Conn): void {
    this.lost(conn);
  }

  onClose(conn: Conn): void {
    this.lost(conn);
  }

  private send(conn: Conn): void {
    const { send } = this.check;
    if (send.length > 0) conn.write(send, 0, send.length);
  }

  /** Between two checks too, as in Envoy: a host that hangs up has failed. */
  private lost(conn: Conn): void {
    if (conn !== this.conn) return;
    this.close();
    this.owner.onFailed(NETWORK_FAILURE);
  }
}

const EMPTY = Buffer.alloc(0);
const DIAL_GRACE_MS = 1000;
/** A host that says this much without saying what is expected never will. */
const MOST_BYTES = 1 << 20;
