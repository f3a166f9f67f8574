/** What a stream asks of the connection that carries it: an HTTP/1 connection, or one stream of an HTTP/2 connection. */
import type { DownstreamFacts, StreamInfo } from "../contract/stream-info.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import type { Manager } from "./manager.ts";

/** Writes the response. False: above the high watermark. */
export interface ResponseCodec {
  /** Of the request that was handed on last, as `%PROTOCOL%` prints it. */
  readonly protocol: string;
  /** The client does not want the connection to last beyond the response. */
  readonly requestWantsClose: boolean;
  encode1xx(head: HeaderBlock): boolean;
  encodeHeaders(head: HeaderBlock, endStream: boolean): boolean;
  encodeData(data: Buffer, endStream: boolean): boolean;
  encodeTrailers(trailers: HeaderBlock): boolean;
}

export interface StreamCarrier {
  readonly manager: Manager;
  readonly codec: ResponseCodec;
  readonly facts: DownstreamFacts;
  /** Other streams run beside this one: none of them is to suffer for it. */
  readonly multiplexed: boolean;
  /** No request after the one in progress: its response carries `connection: close`, or the client is sent a GOAWAY. */
  closing: boolean;
  /** The client takes no more bytes for now. */
  readonly blocked: boolean;
  /** Timers of the stream: it began, a byte moved, the request is whole, it is over. */
  armStreamTimers(): void;
  /** For this stream, ms; 0 = never. */
  setStreamIdle(ms: number): void;
  setStreamDuration(ms: number): void;
  touchStreamTimer(): void;
  requestArrived(): void;
  stopStreamTimers(): void;
  pauseReading(): void;
  resumeReading(): void;
  /** The request in progress is the last one allowed here. */
  readonly lastRequest: boolean;
  /**
   * The response has gone. `whole`: the request had come completely, so that the connection may carry another. `atOnce`: if
   * it closes now, nothing of the client's can still be on its way.
   */
  streamOver(whole: boolean, atOnce: boolean): void;
  /** What was written of the response has not gone out: `onFlushed` will be called when it has. */
  readonly holdsResponse: boolean;
  /** It has not gone out for too long. */
  giveUpResponse(): void;
  /** The request of the stream that ends begins anew: its headers, what is known of it, its body. */
  streamAgain(headers: HeaderBlock, before: StreamInfo, body: readonly Buffer[], trailers: HeaderBlock | null): void;
  /** The stream was given up: HTTP/1 can only say so by closing. */
  abort(): void;
}
