import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** A quick HTTP/1.1 server on 127.0.0.1 for many requests without bodies: keeps connections alive, counts them, answers each request after a while. */
export class SteadyUpstream {
  readonly port: number;
  /** Connections ever made, requests ever answered. */
  connections = 0;
  requests = 0;
  /** How long an answer takes, ms. */
  slowness = 0;
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  readonly #reply: Buffer;

  private constructor(server: Server, body: string) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    this.#reply = Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`, "latin1");
  }

  static async start(body = "ok", port = 0, address = "127.0.0.1"): Promise<SteadyUpstream> {
    const accepted: { upstream?: SteadyUpstream } = {};
    const server = createServer({ noDelay: true }, (socket) => accepted.upstream?.serve(socket));
    await new Promise<void>((done, fail) => {
      server.once("error", fail);
      server.listen(port, address, done);
    });
    return (accepted.upstream = new SteadyUpstream(server, body));
  }

  /** Connections open now. */
  get open(): number {
    return this.#open.size;
  }

  async stop(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise((done) => this.#server.close(done));
  }

  serve(socket: Socket): void {
    this.connections++;
    this.#open.add(socket);
    let rest = "";
    socket.on("data", (chunk) => {
      rest += chunk.toString("latin1");
      for (let end = rest.indexOf("\r\n\r\n"); end >= 0; end = rest.indexOf("\r\n\r\n")) {
        rest = rest.slice(end + 4);
        this.#answer(socket);
      }
    });
    socket.on("error", () => undefined);
    socket.on("close", () => this.#open.delete(socket));
  }

  #answer(socket: Socket): void {
    const send = (): void => {
      this.requests++;
      if (!socket.destroyed) socket.write(this.#reply);
    };
    if (this.slowness === 0) send();
    else setTimeout(send, this.slowness);
  }
}
