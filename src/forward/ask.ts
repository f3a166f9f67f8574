/** One request to another service, with its whole answer: what filters ask of others. */
import { Buffer } from "node:buffer";
import type { HeaderBlock } from "../http/header-block.ts";
import type { AsyncClient, AsyncOptions } from "./async-client.ts";
import type { AsyncSink, AsyncStream } from "./async-stream.ts";

export interface Answer {
  readonly headers: HeaderBlock;
  readonly body: Buffer;
}

/** Why there is none. */
export type Unanswered = "reset" | "too large";

interface Question {
  readonly cluster: string;
  readonly headers: HeaderBlock;
  readonly body: Buffer | null;
  readonly options: AsyncOptions;
  /** Bytes of body that an answer may have. */
  readonly most: number;
}

export class Ask implements AsyncSink {
  private readonly most: number;
  private readonly done: (answer: Answer | Unanswered) => void;
  private readonly pieces: Buffer[] = [];
  private length = 0;
  private headers: HeaderBlock | null = null;
  private stream: AsyncStream | null = null;
  private over = false;

  /** `done` may be called before this returns. */
  constructor(client: AsyncClient, { cluster, headers, body, options, most }: Question, done: (answer: Answer | Unanswered) => void) {
    this.most = most;
    this.done = done;
    const stream = client.start(cluster, headers, body === null, options, this);
    if (body !== null) stream.sendData(body, true);
    if (this.over) stream.cancel();
    else this.stream = stream;
  }

  /** Nobody wants the answer any more. */
  cancel(): void {
    this.over = true;
    this.stream?.cancel();
    this.stream = null;
  }

  onHeaders(headers: HeaderBlock, endStream: boolean): void {
    this.headers = headers;
    if (endStream) this.finish();
  }

  onData(data: Buffer, endStream: boolean): void {
    this.length += data.length;
    if (this.length > this.most) return this.end("too large");
    this.pieces.push(Buffer.from(data));
    if (endStream) this.finish();
  }

  onTrailers(): void {
    this.finish();
  }

  onReset(): void {
    this.end("reset");
  }

  onBlocked(): void {}

  private finish(): void {
    this.end(this.headers === null ? "reset" : { headers: this.headers, body: Buffer.concat(this.pieces) });
  }

  private end(answer: Answer | Unanswered): void {
    if (this.over) return;
    this.cancel();
    this.done(answer);
  }
}
