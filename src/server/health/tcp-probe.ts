/** One TCP health check of one host: it connects, and where something is expected, sends and waits for it (source/extensions/health_checkers/tcp). */
import { Buffer } from "node:buffer";
import type { SocketAddress } from "../../platform/address.ts";
import type { Clock, Timer } from "../../platform/clock.ts";
import type { CloseCause, Conn, ConnHandler } from "../../platform/conn.ts";
import type { TcpCheck } from "./check-plan.ts";
import { closeReason } from "./close-reason.ts";
import type { Network } from "./exchange.ts";
import type { ProbeOutcome } from "./http-probe.ts";
import { holdsInOrder } from "./payload.ts";

/** Never rejects. */
export function probeTcp(network: Network, address: SocketAddress, check: TcpCheck, timeoutMs: number): Promise<ProbeOutcome> {
  return new Promise((done) => void new TcpProbe(network, address, check, timeoutMs, done));
}

class TcpProbe implements ConnHandler {
  private readonly clock: Clock;
  private readonly check: TcpCheck;
  private readonly done: (outcome: ProbeOutcome) => void;
  private readonly timer: Timer;
  private conn: Conn | null = null;
  private readonly start: number;
  private received: Buffer = Buffer.alloc(0);
  private connected = false;
  private over = false;

  constructor({ dialer, clock }: Network, address: SocketAddress, check: TcpCheck, timeoutMs: number, done: (outcome: ProbeOutcome) => void) {
    this.clock = clock;
    this.check = check;
    this.done = done;
    this.start = clock.now();
    this.timer = clock.after(timeoutMs, () => this.finish("unhealthy", this.connected ? `${this.expectation()} within ${timeoutMs} ms` : `no connection within ${timeoutMs} ms`));
    // The dialer's limit lies beyond the timer's. It may fail before it returns.
    this.conn = dialer.dial(address, this, { timeoutMs: timeoutMs + 1000, highWatermark: 0 });
  }

  onConnect(): void {
    this.connected = true;
    const { send, receive, note } = this.check;
    if (receive.length === 0) this.finish("healthy", note);
    else if (send.length > 0) this.conn?.write(send, 0, send.length);
  }

  onData(_conn: Conn, chunk: Buffer): void {
    if (this.over || this.check.receive.length === 0) return;
    this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
    if (holdsInOrder(this.check.receive, this.received)) this.finish("healthy", this.check.note);
    else if (this.received.length > MOST_BYTES) this.finish("unhealthy", `${this.expectation()} in ${MOST_BYTES} bytes`);
  }

  onDrain(): void {}

  onEnd(): void {
    this.finish("unhealthy", `the connection was closed before ${this.received.length === 0 ? "anything" : "what is expected"} came`);
  }

  onClose(conn: Conn, cause: CloseCause): void {
    this.finish("unhealthy", closeReason(cause, this.connected, conn.failure));
  }

  private expectation(): string {
    return this.received.length === 0 ? "no answer" : `what came (${this.received.length} bytes) did not hold what is expected`;
  }

  private finish(status: "healthy" | "unhealthy", reason: string): void {
    if (this.over) return;
    this.over = true;
    this.timer.cancel();
    this.conn?.reset();
    this.done({ status, ms: this.clock.now() - this.start, reason });
  }
}

/** A host that says this much without saying what is expected never will. */
const MOST_BYTES = 1 << 20;
