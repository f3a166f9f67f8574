import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** What every answer carries besides its framing: something for response mutations to work on. */
const HEADERS = "server: up\r\nx-up: 1\r\nx-multi: a\r\nx-multi: b\r\nkeep-alive: timeout=5\r\n";

/** An HTTP/1.1 server on 127.0.0.1 that answers a request without a body with the head it got, byte for byte. */
export class EchoUpstream {
  readonly port: number;
  readonly #server: Server;
  readonly #open = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  static async start(): Promise<EchoUpstream> {
    const accepted: { upstream?: EchoUpstream } = {};
    const server = createServer({ noDelay: true }, (socket) => accepted.upstream?.serve(socket));
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return (accepted.upstream = new EchoUpstream(server));
  }

  async stop(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise((done) => this.#server.close(done));
  }

  private serve(socket: Socket): void {
    this.#open.add(socket);
    let rest = "";
    socket.on("data", (chunk) => {
      rest += chunk.toString("latin1");
      for (let end = rest.indexOf("\r\n\r\n"); end >= 0; end = rest.indexOf("\r\n\r\n")) {
        const head = rest.slice(0, end);
        rest = rest.slice(end + 4);
        const body = head.startsWith("HEAD ") ? "" : head;
        socket.write(Buffer.from(`HTTP/1.1 200 OK\r\n${HEADERS}content-length: ${head.length}\r\n\r\n${body}`, "latin1"));
      }
    });
    socket.on("error", () => undefined);
    socket.on("close", () => this.#open.delete(socket));
  }
}
