import { connect, type Socket } from "node:net";
import { delay } from "./waiting.ts";

export interface LoadOptions {
  /** Ports of 127.0.0.1, taken in turn; asked again for each new connection. */
  readonly ports: () => readonly number[];
  /** Keep-alive connections. */
  readonly connections: number;
  /** Requests a second, in all. */
  readonly rate: number;
  readonly path?: () => string;
}

export interface LoadReport {
  readonly sent: number;
  readonly answered: number;
  /** Answers by status. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Answers other than 200, whole; at most 20 of them. */
  readonly others: readonly string[];
  /** What went wrong, at most 20 of them in words. */
  readonly failures: readonly string[];
  readonly failed: number;
  readonly connections: number;
}

/**
 * A client that asks at a steady rate over keep-alive connections, as a careful one does: after `connection: close` it sends nothing more on
 * that connection, and one that was closed while idle is replaced. What is lost in between is counted.
 */
export class Load {
  readonly #options: LoadOptions;
  readonly #free: Client[] = [];
  readonly #statuses = new Map<number, number>();
  readonly #others: string[] = [];
  readonly #failures: string[] = [];
  #sent = 0;
  #answered = 0;
  #failed = 0;
  #opened = 0;
  #running = true;
  readonly #done: Promise<void>;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  /** Ends it, waits for what is under way, and reports. */
  async stop(): Promise<LoadReport> {
    this.#running = false;
    await this.#done;
    for (let i = 0; i < 500 && this.#answered + this.#failed < this.#sent; i++) await delay(10);
    const unanswered = this.#sent - this.#answered - this.#failed;
    if (unanswered > 0) this.failed(`${unanswered} without an answer after 5 s`, unanswered);
    for (const client of this.#free) client.close();
    return { sent: this.#sent, answered: this.#answered, statuses: this.#statuses, others: this.#others, failures: this.#failures, failed: this.#failed, connections: this.#opened };
  }

  answered(client: Client, answer: string, closes: boolean): void {
    const status = Number(answer.slice(9, 12));
    this.#answered++;
    if (status !== 200 && this.#others.length < 20) this.#others.push(answer);
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    if (closes) client.close();
    else this.#free.push(client);
  }

  failed(why: string, count = 1): void {
    this.#failed += count;
    if (this.#failures.length < 20) this.#failures.push(why);
  }

  /** An idle connection that the other side closed. */
  gone(client: Client): void {
    const at = this.#free.indexOf(client);
    if (at >= 0) this.#free.splice(at, 1);
  }

  async #run(): Promise<void> {
    const { rate, connections, path } = this.#options;
    for (let i = 0; i < connections; i++) this.#free.push(this.#open());
    const begin = performance.now();
    while (this.#running) {
      const due = ((performance.now() - begin) / 1000) * rate;
      // where the machine stalls, what was missed is made up for, but not all at once
      while (this.#sent < Math.min(due, this.#answered + this.#failed + MOST_OPEN)) {
        this.#sent++;
        (this.#free.shift() ?? this.#open()).ask(path?.() ?? "/");
      }
      await delay(2);
    }
  }

  #open(): Client {
    const ports = this.#options.ports();
    return new Client(this, ports[this.#opened++ % ports.length] ?? 0);
  }
}

const MOST_OPEN = 400;

class Client {
  readonly #load: Load;
  readonly #socket: Socket;
  readonly #port: number;
  #received = "";
  #asked = "";
  #answers = 0;
  #closed = false;

  constructor(load: Load, port: number) {
    this.#load = load;
    this.#port = port;
    this.#socket = connect({ host: "127.0.0.1", port, noDelay: true });
    this.#socket.on("data", (chunk) => this.#onData(chunk.toString("latin1")));
    this.#socket.on("error", (error) => this.#over(error.message));
    this.#socket.on("close", () => this.#over("closed"));
  }

  ask(path: string): void {
    this.#asked = path;
    this.#received = "";
    if (this.#closed) this.#over("was closed");
    else this.#socket.write(`GET ${path} HTTP/1.1\r\nhost: load\r\n\r\n`);
  }

  close(): void {
    this.#closed = true;
    this.#socket.end();
  }

  #onData(text: string): void {
    this.#received += text;
    const end = this.#received.indexOf("\r\n\r\n");
    if (end < 0) return;
    const head = this.#received.slice(0, end + 2).toLowerCase();
    const length = Number(/\r\ncontent-length: *(\d+)/.exec(head)?.[1] ?? 0);
    if (this.#received.length < end + 4 + length || this.#asked === "") return;
    this.#asked = "";
    this.#answers++;
    this.#load.answered(this, this.#received, /\r\nconnection: *close/.test(head));
  }

  #over(why: string): void {
    this.#closed = true;
    if (this.#asked === "") return this.#load.gone(this);
    this.#load.failed(`${this.#answers === 0 ? "new connection" : "connection"} to port ${this.#port}, ${this.#asked}: ${why} after ${JSON.stringify(this.#received)}`);
    this.#asked = "";
  }
}
