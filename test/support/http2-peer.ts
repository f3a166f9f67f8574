import { Buffer } from "node:buffer";
import * as F from "../../src/codec/http2-frames.ts";
import type { Peer, ProxyWorld } from "./proxy-world.ts";
import { data, frame, FrameTeller, framesOf, headers, PREFACE, settings, SETTINGS_ACK } from "./http2-wire.ts";

/** One end of a connection in memory, as a speaker of HTTP/2: a client, or (`server`) an upstream. */
export class Http2Peer {
  readonly peer: Peer;
  readonly #world: ProxyWorld;
  readonly #teller = new FrameTeller();
  #read: number;

  constructor(world: ProxyWorld, peer: Peer, server: boolean) {
    this.#world = world;
    this.peer = peer;
    this.#read = server ? PREFACE.length : 0;
  }

  static async client(world: ProxyWorld, values: Readonly<Record<number, number>> = {}): Promise<Http2Peer> {
    const client = new Http2Peer(world, await world.client(), false);
    await client.send(PREFACE, settings(values), SETTINGS_ACK);
    return client;
  }

  async send(...frames: Buffer[]): Promise<void> {
    this.peer.send(Buffer.concat(frames).toString("latin1"));
    await this.#world.settle();
  }

  ask(stream: number, path = "/", flags = F.END_HEADERS | F.END_STREAM): Promise<void> {
    return this.send(headers(stream, [[":method", "GET"], [":scheme", "http"], [":path", path], [":authority", "x"]], flags));
  }

  answer(stream: number, body = "ok", greeting = false): Promise<void> {
    return this.send(...(greeting ? [settings(), SETTINGS_ACK] : []), headers(stream, [[":status", "200"]], F.END_HEADERS), data(stream, body, F.END_STREAM));
  }

  ping(): Promise<void> {
    return this.send(frame(F.PING, 0, 0, "12345678"));
  }

  /** What has come since the last time: only the frames' names, streams and ends, without SETTINGS and windows. */
  heard(): string[] {
    const { frames, rest } = framesOf(Buffer.from(this.peer.received.slice(this.#read), "latin1"));
    this.#read = this.peer.received.length - rest.length;
    const told = frames.map((one) => this.#teller.tell(one)).filter((line) => !/^(SETTINGS|WINDOW_UPDATE)/.test(line));
    return told.map((line) => line.replace(/^(HEADERS \d+(?: end)?) (?:.*(:status: \d+|:path: \S+))?.*/, "$1 $2"));
  }
}
