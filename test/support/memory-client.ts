import type { SocketAddress } from "../../src/platform/address.ts";
import type { CloseCause, Conn, ConnHandler } from "../../src/platform/conn.ts";
import type { MemoryMachine } from "./memory-machine.ts";

/** A client on a memory transport that keeps what it hears. */
export class MemoryClient implements ConnHandler {
  readonly conn: Conn;
  received = "";
  cause: CloseCause | undefined;

  constructor(machine: MemoryMachine, address: SocketAddress) {
    this.conn = machine.transport.dial(address, this, { timeoutMs: 1000, highWatermark: 0 });
  }

  send(text: string): void {
    const bytes = Buffer.from(text, "latin1");
    this.conn.write(bytes, 0, bytes.length);
  }

  onData(_conn: Conn, chunk: Buffer): void {
    this.received += chunk.toString("latin1");
  }

  onDrain(): void {}

  onEnd(conn: Conn): void {
    conn.close();
  }

  onClose(_conn: Conn, cause: CloseCause): void {
    this.cause = cause;
  }
}

/** Lets everything that is due happen. */
export async function settled(rounds = 20): Promise<void> {
  for (let i = 0; i < rounds; i++) await new Promise<void>((resolve) => { setImmediate(resolve); });
}
