import { Buffer } from "node:buffer";
import type { CodecError } from "../../src/codec/codec-error.ts";
import type { ByteSink } from "../../src/codec/byte-sink.ts";
import type { RequestSink } from "../../src/codec/http1-server.ts";
import type { ResponseSink } from "../../src/codec/http1-client.ts";
import type { HeaderBlock } from "../../src/http/header-block.ts";

/** `name: value` of each header, pseudo headers first. */
export function headerLines(block: HeaderBlock): string[] {
  const lines: string[] = [];
  block.forEach((name, value) => lines.push(`${name}: ${value}`));
  return lines;
}

/** Keeps what is written, as latin1 text. */
export class Written implements ByteSink {
  text = "";

  write(chunk: Buffer, start: number, end: number): boolean {
    this.text += chunk.toString("latin1", start, end);
    return true;
  }
}

/** One message as it came: its head, its body in one piece, its trailers. */
export interface Message {
  head: string[];
  body: string;
  trailers: string[] | undefined;
  ended: boolean;
}

/** Writes down what a codec reports. `after` is called after each event, with the event's kind. */
export class EventLog implements RequestSink, ResponseSink {
  readonly messages: Message[] = [];
  readonly informational: string[][] = [];
  error: CodecError | undefined = undefined;
  /** Pieces in which bodies came. */
  pieces = 0;
  after: (ended: boolean, head: HeaderBlock | undefined) => void = () => {};

  get last(): Message | undefined {
    return this.messages.at(-1);
  }

  onRequest(head: HeaderBlock, endStream: boolean): void {
    this.messages.push({ head: headerLines(head), body: "", trailers: undefined, ended: endStream });
    this.after(endStream, head);
  }

  onResponse(head: HeaderBlock, endStream: boolean): void {
    this.onRequest(head, endStream);
  }

  onInformational(head: HeaderBlock): void {
    this.informational.push(headerLines(head));
  }

  onBody(data: Buffer, endStream: boolean): void {
    const message = this.last as Message;
    if (message.ended) throw new Error("a body after the end of its message");
    message.body += data.toString("latin1");
    message.ended = endStream;
    this.pieces++;
    this.after(endStream, undefined);
  }

  onTrailers(trailers: HeaderBlock): void {
    const message = this.last as Message;
    message.trailers = headerLines(trailers);
    message.ended = true;
    this.after(true, undefined);
  }

  onError(error: CodecError): void {
    if (this.error !== undefined) throw new Error("a second error");
    this.error = error;
  }
}

/** Text as bytes, one a char. */
export function bytes(text: string): Buffer {
  return Buffer.from(text, "latin1");
}
