import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { begunStreams, endedStreams, isHttp2 } from "./http2-render.ts";
import { delay, eventually } from "./waiting.ts";
import { parseMessages } from "./wire.ts";

/**
 * One step of an upstream. A string is sent as it is. `await: "request"` waits for one more complete request,
 * `"head"` for one more request head, a number for that many bytes in all, `"close"` for the other side's end.
 */
export type UpstreamStep = string | { readonly await: "request" | "head" | "close" | number } | { readonly wait: number } | { readonly act: "end" | "close" | "reset" };

/** `connections[k]` is what the k-th connection does (the last one serves all later ones); `loop` starts it again when it is through. */
export interface UpstreamScript {
  readonly connections: readonly (readonly UpstreamStep[])[];
  readonly loop?: boolean;
}

/** Everything one connection brought, and how the other side left it. */
export interface UpstreamConnection {
  readonly received: string;
  readonly state: "open" | "FIN" | "RST";
}

/** Answers every request of every connection with the same bytes. */
export function answering(bytes: string): UpstreamScript {
  return { connections: [[{ await: "request" }, bytes]], loop: true };
}

/** Goes through these steps once on every connection. */
export function once(...steps: UpstreamStep[]): UpstreamScript {
  return { connections: [steps] };
}

class Peer implements UpstreamConnection {
  received = "";
  state: "open" | "FIN" | "RST" = "open";
  mine = false;
  heads = 0;
  requests = 0;
  readonly socket: Socket;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk) => {
      this.received += chunk.toString("latin1");
    });
    socket.on("end", () => this.#ended("FIN"));
    socket.on("error", () => this.#ended("RST"));
  }

  #ended(state: "FIN" | "RST"): void {
    if (!this.mine && this.state !== "RST") this.state = state;
  }
}

/** A TCP server on all of 127.0.0.0/8 that plays a script and records every byte, connection by connection. */
export class ScriptedUpstream {
  readonly port: number;
  readonly #server: Server;
  #script: UpstreamScript = answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
  #peers: Peer[] = [];

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  static async start(): Promise<ScriptedUpstream> {
    let upstream: ScriptedUpstream | undefined;
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => upstream?.accept(socket));
    await new Promise<void>((done) => server.listen(0, "0.0.0.0", done));
    upstream = new ScriptedUpstream(server);
    return upstream;
  }

  get connections(): readonly UpstreamConnection[] {
    return this.#peers;
  }

  /** Sets the script for the connections to come, forgets what was recorded and drops what is still open. */
  play(script: UpstreamScript): void {
    this.#script = script;
    this.#drop();
    this.#peers = [];
  }

  /** Ends every connection and waits until the other side has let go of it, so that no pooled one is left to the next case. */
  async hangUp(ms = 500): Promise<void> {
    const open = this.#peers.filter((peer) => peer.state === "open" && !peer.mine);
    for (const peer of open) peer.socket.end();
    await eventually(() => open.every((peer) => peer.state !== "open"), ms, 3);
    this.#drop();
  }

  async stop(): Promise<void> {
    this.#drop();
    await new Promise((done) => this.#server.close(done));
  }

  #drop(): void {
    for (const peer of this.#peers) {
      peer.mine = true;
      peer.socket.destroy();
    }
  }

  accept(socket: Socket): void {
    const steps = this.#script.connections[Math.min(this.#peers.length, this.#script.connections.length - 1)] ?? [];
    const peer = new Peer(socket);
    this.#peers.push(peer);
    void this.#serve(peer, steps, this.#script.loop === true);
  }

  async #serve(peer: Peer, steps: readonly UpstreamStep[], loop: boolean): Promise<void> {
    do {
      for (const step of steps) if (!(await take(peer, step))) return;
    } while (loop);
  }
}

/** Resolves to false when the connection is over for this script. */
async function take(peer: Peer, step: UpstreamStep): Promise<boolean> {
  if (typeof step === "string") peer.socket.write(Buffer.from(step, "latin1"));
  else if ("wait" in step) await delay(step.wait);
  else if ("await" in step) return waitFor(peer, step.await);
  else {
    peer.mine = step.act !== "end";
    if (step.act === "end") peer.socket.end();
    else if (step.act === "reset") peer.socket.resetAndDestroy();
    else peer.socket.destroy();
  }
  return !peer.mine;
}

async function waitFor(peer: Peer, what: "request" | "head" | "close" | number): Promise<boolean> {
  const reached = (): boolean => {
    if (typeof what === "number") return peer.received.length >= what;
    if (what === "close") return peer.state !== "open";
    if (isHttp2(peer.received)) return what === "head" ? begunStreams(peer.received) > peer.heads : endedStreams(peer.received) > peer.requests;
    const seen = parseMessages(peer.received, "request").messages;
    return what === "head" ? seen.length > peer.heads : seen.filter((m) => m.complete).length > peer.requests;
  };
  const arrived = await eventually(() => reached() || peer.mine || peer.state === "RST" || (peer.state === "FIN" && what !== "close"), 20_000, 2);
  if (!arrived || !reached()) return false;
  if (what === "head") peer.heads++;
  if (what === "request") peer.heads = ++peer.requests;
  return true;
}
