import type { SocketAddress } from "./address.ts";
import type { Clock } from "./clock.ts";
import type { ByteTaker } from "./send-queue.ts";
import type { TlsClientOptions, TlsServerOptions } from "./tls.ts";
import type { Turn } from "./turn.ts";

/** What a transport shares between its connections. */
export interface ConnContext {
  readonly turn: Turn;
  readonly clock: Clock;
}

/** What a transport supplies to each of its connections. */
export abstract class RawSocket implements ByteTaker {
  abstract readonly remote: SocketAddress;
  abstract readonly local: SocketAddress;
  abstract readonly fd: number;

  abstract take(buffer: Buffer, start: number, end: number): number;
  abstract setNoDelay(on: boolean): void;
  abstract setKeepAlive(on: boolean, initialDelayMs: number): void;
  /** Sends a FIN. */
  protected abstract rawEnd(): void;
  /** Closes in good order; also before the connection is open. */
  protected abstract rawClose(): void;
  protected abstract rawReset(): void;
  protected abstract rawPause(): void;
  protected abstract rawResume(): void;
  /** Begins a handshake, of which `hello` has been read; `secured` or `handshakeFailed` of the connection follows. */
  protected abstract rawSecure(options: TlsClientOptions | TlsServerOptions, hello: Buffer | undefined): void;

  /** Bytes the transport itself holds back. */
  protected rawBuffered(): number {
    return 0;
  }
}
