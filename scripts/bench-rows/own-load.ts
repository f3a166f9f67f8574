/**
 * A load generator for where wrk is missing, and for a fixed rate, which wrk does not have. A program of its own:
 *
 *     bun own-load.ts PORT PATH CONNECTIONS SECONDS RATE NEW HEADERS(JSON)     RATE 0: as fast as answers come; NEW 1: a connection a request, `s` behind it: TLS
 *
 * Prints `{ requests, failed, p50 }`, microseconds.
 */
import { type Socket, connect } from "node:net";
import { connect as secureConnect } from "node:tls";

const [port, path, connections, seconds, rate, how, headers] = process.argv.slice(2) as [string, string, string, string, string, string, string];
const fresh = how[0];
const secure = how.endsWith("s");
const lines = Object.entries(JSON.parse(headers) as Record<string, string>).map(([name, value]) => `${name}: ${value}\r\n`).join("");
const REQUEST = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: bench\r\n${lines}${fresh === "1" ? "Connection: close\r\n" : ""}\r\n`, "latin1");

let requests = 0;
let failed = 0;
let over = false;
const times: number[] = [];
const idle: Client[] = [];

class Client {
  private socket: Socket | null = null;
  private sentAt = 0;
  /** Bytes of the answer still to come; -1 before its head is whole. */
  private left = -1;
  private head = "";

  send(): void {
    this.sentAt = performance.now();
    this.left = -1;
    this.head = "";
    (this.socket ?? this.open()).write(REQUEST);
  }

  private open(): Socket {
    const socket = secure ? secureConnect({ port: Number(port), host: "127.0.0.1", servername: "localhost", rejectUnauthorized: false }) : connect({ port: Number(port), host: "127.0.0.1", noDelay: true });
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => this.receive(chunk));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      if (this.socket !== socket) return;
      this.socket = null;
      if (this.left === 0 || over) return;
      failed++;
      this.next();
    });
    return socket;
  }

  private receive(chunk: Buffer): void {
    if (this.left < 0) {
      this.head += chunk.toString("latin1");
      const end = this.head.indexOf("\r\n\r\n");
      if (end < 0) return;
      this.left = Number(/\r\ncontent-length: (\d+)/i.exec(this.head)?.[1] ?? 0) - (this.head.length - end - 4);
    } else this.left -= chunk.length;
    if (this.left > 0) return;
    times.push(performance.now() - this.sentAt);
    requests++;
    if (!this.head.startsWith("HTTP/1.1 200")) failed++;
    if (fresh === "1") {
      this.socket?.destroy();
      this.socket = null;
    }
    this.next();
  }

  private next(): void {
    if (over) return;
    if (rate === "0") this.send();
    else idle.push(this);
  }
}

for (let i = 0; i < Number(connections); i++) {
  const client = new Client();
  if (rate === "0") client.send();
  else idle.push(client);
}
const started = performance.now();
let asked = 0;
const pace = rate === "0" ? undefined : setInterval(() => {
  const due = Math.floor(((performance.now() - started) / 1000) * Number(rate));
  // what is behind the plan by more than a turn is not made up for
  for (asked = Math.max(asked, due - 50); asked < due; asked++) idle.shift()?.send();
}, 1);

setTimeout(() => {
  over = true;
  clearInterval(pace);
  times.sort((a, b) => a - b);
  console.log(JSON.stringify({ requests, failed, p50: (times[times.length >> 1] ?? Number.NaN) * 1000 }));
  process.exit(0);
}, Number(seconds) * 1000);
