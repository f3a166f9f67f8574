/**
 * The upstream side of HTTP/1: one request out, its response in, then the next. A fault in a response is a protocol error:
 * the request fails and the connection is closed, as with Envoy 1.40.
 */
import type { Buffer } from "node:buffer";
import type { HeaderBlock } from "../http/header-block.ts";
import { giveHeaders, takeHeaders } from "../http/header-pool.ts";
import { CONTENT_LENGTH, RESPONSE, RESPONSE_TRAILERS, TRANSFER_ENCODING, UPGRADE } from "../http/names.ts";
import { isInterim } from "../http/status.ts";
import type { ByteSink } from "./byte-sink.ts";
import { CODEC_ERROR, CONTENT_LENGTH_NOT_ALLOWED, HEADERS_TOO_LARGE, responseError, TRANSFER_ENCODING_NOT_ALLOWED, type CodecError } from "./codec-error.ts";
import { BodyReader, EMPTY, type BodySink } from "./http1-body.ts";
import { dropH2cUpgrade, isUpgrade, wantsClose } from "./http1-connection.ts";
import { Http1Encoder } from "./http1-encoder.ts";
import { FAILED, Fields, INCOMPLETE } from "./http1-fields.ts";
import { FirstLine, readStatusLine } from "./http1-first-line.ts";
import { HeadBytes } from "./http1-head.ts";
import { framingError, lengthError, readLines, readTrailers } from "./http1-message.ts";
import type { Http1ClientOptions } from "./http1-options.ts";

export type { Http1ClientOptions } from "./http1-options.ts";

/** Takes what a server sent. Heads and trailers are pooled: whoever ends the stream gives them back. */
export interface ResponseSink {
  /** A 1xx other than 101; the final response is still to come. */
  onInformational(head: HeaderBlock): void;
  onResponse(head: HeaderBlock, endStream: boolean): void;
  onBody(data: Buffer, endStream: boolean): void;
  /** Ends the response. */
  onTrailers(trailers: HeaderBlock): void;
  /** The last event: close the connection. Without a request under way it says that the server spoke unasked. */
  onError(error: CodecError): void;
}

const IDLE = 0;
const HEAD = 1;
const BODY = 2;
const RAW = 3;
const DEAD = 4;

const H = 72;

const EXTRANEOUS = responseError("http/1.1 protocol error: extraneous data after response complete");

export class Http1Client implements BodySink {
  readonly #options: Http1ClientOptions;
  readonly #sink: ResponseSink;
  readonly #encoder: Http1Encoder;
  readonly #body: BodyReader;
  readonly #line = new FirstLine();
  readonly #fields = new Fields();
  readonly #bytes = new HeadBytes();
  readonly #absolute: boolean;
  #state = IDLE;
  #head: HeaderBlock | undefined = undefined;
  /** Where the header lines begin, 0 while the status line is still to come. */
  #lines = 0;
  #method = "";
  #upgrade = false;
  #sent = true;
  #responses = 0;
  /** The connection cannot serve another request after this response. */
  closeAfter = false;
  /** The response is HTTP/1.0. */
  http10 = false;

  constructor(options: Http1ClientOptions, sink: ResponseSink, output: ByteSink) {
    this.#options = options;
    this.#sink = sink;
    this.#encoder = new Http1Encoder(output, options.properCase, options.enableTrailers);
    this.#body = new BodyReader(this, options.maxHeadersBytes);
    this.#absolute = options.absolute === true;
  }

  /** The request was written to its end. A response that ends before makes the connection useless. */
  get requestComplete(): boolean {
    return this.#sent;
  }

  /** The exchange is over on both sides, and another may follow. */
  get reusable(): boolean {
    return this.idle && !this.closeAfter;
  }

  /** Neither a request nor a response is under way. */
  get idle(): boolean {
    return this.#state === IDLE && this.#sent;
  }

  /** Some of the response has come. */
  get responseBegun(): boolean {
    return this.#state > HEAD || this.#bytes.begun;
  }

  /** After CONNECT or an upgrade was agreed to: what comes is no longer HTTP. */
  get tunnelling(): boolean {
    return this.#state === RAW;
  }

  /** Begins a request; the one before has been answered. False (here and below): above the high watermark. */
  encodeHeaders(head: HeaderBlock, endStream: boolean): boolean {
    this.#state = HEAD;
    this.#method = head.method;
    this.#upgrade = head.has(UPGRADE) && isUpgrade(head);
    this.#sent = endStream;
    this.closeAfter = false;
    return this.#encoder.request(head, endStream, this.#absolute);
  }

  encodeData(data: Buffer, endStream: boolean): boolean {
    this.#sent = endStream;
    return this.#encoder.data(data, endStream);
  }

  encodeTrailers(trailers: HeaderBlock): boolean {
    this.#sent = true;
    return this.#encoder.trailers(trailers);
  }

  /** Ignores what comes from now on; for an owner that is about to close. */
  stop(): void {
    this.#state = DEAD;
    this.#bytes.clear();
    if (this.#head !== undefined) giveHeaders(this.#head);
    this.#head = undefined;
  }

  /** Takes bytes from the server; not from within an event. The head keeps the chunk, which must not change afterwards. */
  receive(chunk: Buffer): void {
    const before = this.#responses;
    let p = 0;
    while (p < chunk.length && this.#state !== DEAD) {
      // What follows a response is nobody's answer, even if its sink has begun another request at once.
      if (this.#responses !== before) this.#fail(EXTRANEOUS);
      else if (this.#state === HEAD) {
        this.#bytes.add(chunk, p);
        const rest = this.#readHead();
        if (rest < 0) return;
        p = chunk.length - rest;
      } else if (this.#state === BODY) {
        p = this.#body.read(chunk, p, chunk.length);
        if (this.#body.error !== undefined && this.#state === BODY) this.#fail(this.#body.error);
      } else if (this.#state === RAW) {
        this.#sink.onBody(p === 0 ? chunk : chunk.subarray(p), false);
        return;
      } else this.#fail(EXTRANEOUS);
    }
  }

  /**
   * The server has closed its side. True: that was the response's proper end, or nothing was under way or begun (the caller
   * knows why). False: it was cut off, and `onError` has been called.
   */
  end(): boolean {
    if (this.#state === RAW) {
      this.#state = IDLE;
      this.closeAfter = true;
      this.#sink.onBody(EMPTY, true);
      return true;
    }
    if (this.#state === BODY ? this.#body.close() : !this.#bytes.begun || this.#state !== HEAD) return true;
    this.#fail(CODEC_ERROR);
    return false;
  }

  onBody(data: Buffer): void {
    if (this.#state === BODY) this.#sink.onBody(data, false);
  }

  onBodyEnd(data: Buffer, trailers: Buffer | undefined, rest: number): CodecError | undefined {
    if (this.#state !== BODY) return undefined;
    const block = trailers === undefined ? null : readTrailers(trailers, RESPONSE_TRAILERS, this.#fields, this.#options);
    if (block !== null && "details" in block) return block;
    this.#state = IDLE;
    this.#responses++;
    this.closeAfter ||= rest > 0;
    if (block === null) this.#sink.onBody(data, true);
    else this.#sink.onTrailers(block);
    return undefined;
  }

  /** Reads the head as far as it has come. Returns the number of bytes behind it, or -1 if it is unfinished or wrong. */
  #readHead(): number {
    const bytes = this.#bytes;
    if (!bytes.begun && bytes.bytes[bytes.start] !== H) return this.#fail(CODEC_ERROR);
    bytes.begun = true;
    this.#head ??= takeHeaders(RESPONSE);
    const most = bytes.start + this.#options.maxHeadersBytes;
    const end = this.#parse(this.#head, Math.min(bytes.end, most));
    if (end === INCOMPLETE && bytes.end < most) {
      if (bytes.keep()) {
        this.#lines = 0;
        this.#head.reset(RESPONSE);
      }
      return -1;
    }
    if (end === INCOMPLETE) return this.#fail(HEADERS_TOO_LARGE);
    if (end < 0) return this.#fail(this.#line.error ?? this.#fields.error ?? CODEC_ERROR);
    const rest = bytes.end - end;
    this.#complete(this.#head, rest);
    return rest;
  }

  /** The position after the head in the bytes up to `stop`, INCOMPLETE, or FAILED. */
  #parse(head: HeaderBlock, stop: number): number {
    const bytes = this.#bytes;
    if (this.#lines === 0) {
      const after = readStatusLine(bytes.bytes, bytes.start, stop, this.#line);
      if (after < 0) return INCOMPLETE;
      if (this.#line.error !== undefined) return FAILED;
      this.#lines = after;
      this.#fields.begin(after);
    }
    return readLines(bytes, this.#lines, stop, head, this.#fields, this.#options);
  }

  /** The head is whole: judges it and hands it on. */
  #complete(head: HeaderBlock, rest: number): void {
    const { status } = this.#line;
    this.#bytes.clear();
    this.#lines = 0;
    this.#head = undefined;
    head.status = status;
    this.http10 = !this.#line.http11;
    const raw = this.#isRaw(head, status);
    const error = this.#check(head, status);
    if (error !== undefined) {
      giveHeaders(head);
      this.#fail(error);
    } else if (isInterim(status)) this.#sink.onInformational(head);
    else this.#begin(head, status, raw, rest);
  }

  #begin(head: HeaderBlock, status: number, raw: boolean, rest: number): void {
    const { chunked, length } = this.#fields;
    this.closeAfter = wantsClose(head, this.http10);
    const empty = this.#method === "HEAD" || status === 204 || status === 304 || status < 200 || (length === 0 && !chunked);
    if (raw) {
      this.#state = RAW;
      this.closeAfter = true;
    } else if (empty) {
      this.#state = IDLE;
      this.#responses++;
      this.closeAfter ||= rest > 0;
    } else {
      this.#state = BODY;
      if (chunked) this.#body.beginChunked();
      else if (length > 0) this.#body.beginLength(length);
      else {
        this.#body.beginUntilClose();
        this.closeAfter = true;
      }
    }
    this.#sink.onResponse(head, this.#state === IDLE);
  }

  #isRaw(head: HeaderBlock, status: number): boolean {
    if (this.#upgrade && head.has(UPGRADE) && isUpgrade(head)) {
      dropH2cUpgrade(head);
      if (isUpgrade(head)) return true;
    }
    return this.#method === "CONNECT" && status >= 200 && status < 300;
  }

  /** What is wrong with a whole head, in Envoy's order. */
  #check(head: HeaderBlock, status: number): CodecError | undefined {
    const bodiless = status < 200 || status === 204 || status === 304;
    const framing = (bodiless ? undefined : lengthError(this.#fields)) ?? framingError(head, this.#fields, false, this.#options);
    if (framing !== undefined || (status >= 200 && status !== 204)) return framing;
    if (head.has(TRANSFER_ENCODING)) return TRANSFER_ENCODING_NOT_ALLOWED;
    const length = head.get(CONTENT_LENGTH);
    if (length !== null && length !== "0") return CONTENT_LENGTH_NOT_ALLOWED;
    head.remove(CONTENT_LENGTH);
    return undefined;
  }

  #fail(error: CodecError): -1 {
    this.stop();
    this.#sink.onError(error.flag === "UPE" ? error : responseError(error.details));
    return -1;
  }
}
