/** The admin server: control's HTTP face. */
import type { CodecError } from "../codec/codec-error.ts";
import { Http1Server, type RequestSink } from "../codec/http1-server.ts";
import { SERVER_DEFAULTS } from "../codec/http1-options.ts";
import { socketAddressOf } from "../contract/socket-address.ts";
import { HeaderBlock } from "../http/header-block.ts";
import type { SocketAddress } from "../platform/address.ts";
import type { CloseCause, Conn, ConnHandler } from "../platform/conn.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import { renderText } from "../stats/render-text.ts";
import type { AdminState } from "./admin-state.ts";
import type { Machine } from "./machine.ts";

export interface AdminServer {
  readonly address: SocketAddress;
  close(): void;
}

/** Opens the admin address of the bootstrap; null when it has none. */
export async function openAdmin(bootstrapText: string, state: AdminState, machine: Machine): Promise<AdminServer | null> {
  const bootstrap = JSON.parse(bootstrapText) as Bootstrap;
  const address = socketAddressOf(bootstrap.admin?.address);
  if (address === null) return null;
  const acceptor = await machine.transport.listen(address, { reusePort: false }, (conn) => {
    conn.handler = new AdminConnection(conn, state);
  });
  return { address: acceptor.address, close: () => acceptor.stop() };
}

class AdminConnection implements ConnHandler, RequestSink {
  private readonly conn: Conn;
  private readonly state: AdminState;
  private readonly codec: Http1Server;

  constructor(conn: Conn, state: AdminState) {
    this.conn = conn;
    this.state = state;
    this.codec = new Http1Server(SERVER_DEFAULTS, this, conn);
  }

  onData(_conn: Conn, chunk: Buffer): void {
    this.codec.receive(chunk);
  }

  onDrain(): void {}

  onEnd(conn: Conn): void {
    conn.close();
  }

  onClose(_conn: Conn, _cause: CloseCause): void {}

  onRequest(head: HeaderBlock, endStream: boolean): void {
    const path = (head.path ?? "").split("?")[0];
    const [status, body] = path === "/ready" ? [this.state.state() === "LIVE" ? 200 : 503, `${this.state.state()}\n`] : path === "/stats" ? [200, renderText(this.state.stats)] : [404, ""];
    const text = Buffer.from(body, "utf8");
    this.codec.encodeHeaders(HeaderBlock.of([[":status", String(status)], ["content-type", "text/plain; charset=UTF-8"], ["content-length", String(text.length)]]), false);
    this.codec.encodeData(text, true);
    if (endStream) this.codec.next();
  }

  onBody(): void {}
  onTrailers(): void {}

  onError(_error: CodecError): void {
    this.conn.close();
  }
}
