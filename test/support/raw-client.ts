import { endedStreams, isHttp2 } from "./http2-render.ts";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { connect as secure, type ConnectionOptions } from "node:tls";
import { delay, eventually } from "./waiting.ts";
import { countResponses, methodsIn } from "./wire.ts";

/** What the other side has done to the connection: nothing yet, FIN, RST; `refused` when it never came to be. */
export type ConnectionState = "open" | "FIN" | "RST" | "refused";

/** How a client begins TLS. */
export interface TlsAsk {
  readonly sni?: string;
  readonly alpn?: readonly string[];
  /** PEM, worked out when it is needed. */
  readonly identity?: () => { readonly certificate: string; readonly key: string };
  readonly max?: "TLSv1.2" | "TLSv1.3";
  readonly min?: "TLSv1.2" | "TLSv1.3";
  readonly ciphers?: string;
  readonly curves?: string;
}

/** A close that comes this much later (ms) than the last byte is one that waited. */
const PAUSE = 60;

/**
 * A TCP connection of which every byte is chosen by the test. Bytes are latin1 strings.
 * Nothing throws when the other side closes: that is a thing to observe.
 */
export class RawClient {
  #socket: Socket;
  /** What TLS agreed on. */
  #sealed = "";
  #received = "";
  #sent = "";
  #state: ConnectionState = "refused";
  #mine = false;
  #closedAfter: number | undefined;
  #closedLate = false;
  readonly #born = performance.now();
  #lastByte = this.#born;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#listen(socket);
  }

  #listen(socket: Socket): void {
    socket.on("data", (chunk) => {
      this.#received += chunk.toString("latin1");
      this.#lastByte = performance.now();
    });
    socket.on("end", () => this.#ended("FIN"));
    socket.on("error", () => this.#ended("RST"));
  }

  /** Connects to a port of 127.0.0.1. */
  static async open(port: number): Promise<RawClient> {
    const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true, noDelay: true });
    const client = new RawClient(socket);
    await new Promise<void>((done) => {
      socket.once("connect", () => {
        client.#state = "open";
        done();
      });
      socket.once("error", () => done());
    });
    return client;
  }

  get received(): string {
    return this.#received;
  }
  get sent(): string {
    return this.#sent;
  }
  get state(): string {
    return this.#sealed === "" ? this.#state : `${this.#sealed}, ${this.#state}`;
  }

  /** Begins TLS; what it agrees on shows in the state. */
  async startTls(ask: TlsAsk, ms: number): Promise<void> {
    const raw = this.#socket;
    for (const event of ["data", "end", "error"]) raw.removeAllListeners(event);
    raw.on("error", () => {});
    const { certificate, key } = ask.identity?.() ?? {};
    const options: ConnectionOptions & { readonly allowHalfOpen: boolean } = {
      socket: raw, rejectUnauthorized: false, allowHalfOpen: true, checkServerIdentity: () => undefined,
      ...(ask.sni === undefined ? {} : { servername: ask.sni }), ...(ask.alpn === undefined ? {} : { ALPNProtocols: [...ask.alpn] }),
      ...(certificate === undefined ? {} : { cert: certificate, key }), ...(ask.ciphers === undefined ? {} : { ciphers: ask.ciphers }), ...(ask.curves === undefined ? {} : { ecdhCurve: ask.curves }),
      minVersion: ask.min ?? "TLSv1.2", maxVersion: ask.max ?? "TLSv1.3",
    };
    const socket = secure(options);
    this.#socket = socket;
    let over = false;
    socket.once("secureConnect", () => {
      over = true;
      const peer = socket.getPeerCertificate() as { subject?: { CN?: string } } | null;
      this.#sealed = `${socket.getProtocol()} ${socket.getCipher().name} alpn=${String(socket.alpnProtocol || "-")} CN=${peer?.subject?.CN ?? "-"}`;
    });
    socket.on("close", () => {
      if (!over) this.#sealed = "no TLS";
      over = true;
      this.#ended("FIN");
    });
    socket.on("data", (chunk) => {
      this.#received += chunk.toString("latin1");
      this.#lastByte = performance.now();
    });
    socket.on("end", () => this.#ended("FIN"));
    // an alert, or the close without one: which of them is not compared
    socket.on("error", () => {});
    await eventually(() => over, ms, 4);
  }
  /** Milliseconds from connecting to the other side's FIN or RST. */
  get closedAfter(): number | undefined {
    return this.#closedAfter;
  }

  /** The other side closed, but not at once: more than 60 ms after the last byte in either direction. */
  get closedLate(): boolean {
    return this.#closedLate;
  }

  send(bytes: string): void {
    this.#sent += bytes;
    this.#lastByte = performance.now();
    if (this.#state === "open" || this.#state === "FIN") this.#socket.write(Buffer.from(bytes, "latin1"));
  }

  /** FIN; reading goes on. */
  end(): void {
    this.#lastByte = performance.now();
    this.#socket.end();
  }

  reset(): void {
    this.#mine = true;
    this.#socket.resetAndDestroy();
  }

  close(): void {
    this.#mine = true;
    this.#socket.destroy();
  }

  /** Waits for `count` complete answers (interim ones not counted), or the end of the connection. */
  responses(count: number, ms: number): Promise<boolean> {
    return eventually(() => this.#over() || this.#answered() >= count, ms, 4);
  }

  #answered(): number {
    return isHttp2(this.#sent) ? endedStreams(this.#received) : countResponses(this.#received, methodsIn(this.#sent));
  }

  text(part: string, ms: number): Promise<boolean> {
    return eventually(() => this.#over() || this.#received.includes(part), ms, 4);
  }

  closed(ms: number): Promise<boolean> {
    return eventually(() => this.#over(), ms, 4);
  }

  /** Waits until nothing arrived for `ms`, or the connection ended. */
  async idle(ms: number): Promise<void> {
    let seen = -1;
    while (seen !== this.#received.length && !this.#over()) {
      seen = this.#received.length;
      await eventually(() => this.#over() || this.#received.length !== seen, ms, 4);
    }
    if (this.#over()) await delay(5);
  }

  #over(): boolean {
    return this.#state !== "open";
  }

  #ended(state: "FIN" | "RST"): void {
    if (this.#mine || this.#state === "RST" || this.#state === "refused") return;
    this.#state = state;
    this.#closedAfter ??= performance.now() - this.#born;
    this.#closedLate = performance.now() - this.#lastByte > PAUSE;
  }
}
