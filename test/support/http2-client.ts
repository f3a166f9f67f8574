/** An HTTP/2 client on a socket, made of legate's own codec: for load, and for many streams at a time. */
import { connect, type Socket } from "node:net";
import { Http2Client } from "../../src/codec/http2-client.ts";
import { HTTP2_CLIENT_DEFAULTS, type Http2Options } from "../../src/codec/http2-options.ts";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { ConnectionLog, StreamLog } from "./http2-pair.ts";
import { eventually } from "./waiting.ts";

export class SocketHttp2Client {
  readonly log = new ConnectionLog();
  readonly codec: Http2Client;
  readonly #socket: Socket;

  private constructor(socket: Socket, options: Partial<Http2Options>) {
    this.#socket = socket;
    this.codec = new Http2Client({ ...HTTP2_CLIENT_DEFAULTS, ...options }, this.log, this.log, {
      buffered: 0,
      write: (chunk, start, end) => socket.write(Buffer.from(chunk.subarray(start, end))),
    });
    socket.on("data", (chunk: Buffer) => this.codec.receive(chunk));
    socket.on("error", () => {});
  }

  static async open(port: number, options: Partial<Http2Options> = {}): Promise<SocketHttp2Client> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await new Promise((done, fail) => socket.once("connect", done).once("error", fail));
    return new SocketHttp2Client(socket, options);
  }

  get(path: string): StreamLog {
    const log = new StreamLog();
    const stream = this.codec.newStream(log);
    stream.encodeHeaders(HeaderBlock.of([[":authority", "x"], [":path", path], [":method", "GET"], [":scheme", "http"]]), true);
    return log;
  }

  async ended(logs: readonly StreamLog[], ms: number): Promise<boolean> {
    return eventually(() => logs.every(({ message, reset }) => message.ended || reset !== undefined), ms, 10);
  }

  close(): void {
    this.#socket.destroy();
  }
}
