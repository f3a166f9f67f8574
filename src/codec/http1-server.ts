/**
 * The downstream side of HTTP/1: request bytes in, events out; responses in, bytes out. One request at a time is handed
 * on: what a client sends beyond it is kept and `blocked` says that reading should pause; `next` goes on after the
 * response. Answers each fault as Envoy 1.40 does.
 *
 *     HEAD -> BODY -> WAIT (for the response) -> HEAD ...      RAW after CONNECT or an upgrade      DEAD after a fault
 */
import { Buffer } from "node:buffer";
import { authorityIsValid } from "../http/authority.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { giveHeaders, takeHeaders } from "../http/header-pool.ts";
import { CONNECTION, CONTENT_LENGTH, REQUEST, REQUEST_TRAILERS, UPGRADE } from "../http/names.ts";
import type { ByteSink } from "./byte-sink.ts";
import {
  BODY_DISALLOWED, CODEC_ERROR, CONNECTION_HEADER_REJECTED, HEADERS_TOO_LARGE, HTTPS_ON_PLAINTEXT, INVALID_AUTHORITY, INVALID_SCHEME,
  INVALID_URL, LOW_VERSION, type CodecError,
} from "./codec-error.ts";
import { BodyReader, EMPTY, type BodySink } from "./http1-body.ts";
import { dropH2cUpgrade, isUpgrade, sanitizeConnection, wantsClose } from "./http1-connection.ts";
import { Http1Encoder } from "./http1-encoder.ts";
import { FAILED, Fields, INCOMPLETE } from "./http1-fields.ts";
import { FirstLine, readRequestLine } from "./http1-first-line.ts";
import { HeadBytes } from "./http1-head.ts";
import { framingError, lengthError, readLines, readTrailers } from "./http1-message.ts";
import type { Http1ServerOptions } from "./http1-options.ts";
import { parseAbsolute, parseConnect } from "./http1-target.ts";

/** Takes what a client sent: the connection manager. Heads and trailers are pooled: whoever ends the stream gives them back. */
export interface RequestSink {
  onRequest(head: HeaderBlock, endStream: boolean): void;
  onBody(data: Buffer, endStream: boolean): void;
  /** Ends the request. */
  onTrailers(trailers: HeaderBlock): void;
  /** The last event: what follows is ignored. It may come before, or in the midst of, a request. */
  onError(error: CodecError): void;
}

const HEAD = 0;
const BODY = 1;
const WAIT = 2;
const RAW = 3;
const DEAD = 4;

const SPACE = 32;

export class Http1Server implements BodySink {
  readonly #options: Http1ServerOptions;
  readonly #sink: RequestSink;
  readonly #encoder: Http1Encoder;
  readonly #body: BodyReader;
  readonly #line = new FirstLine();
  readonly #fields = new Fields();
  readonly #bytes = new HeadBytes();
  #state = HEAD;
  #head: HeaderBlock | undefined = undefined;
  /** Where the header lines begin, 0 while the first line is still to come. */
  #lines = 0;
  #reading = false;
  #kept: Buffer = EMPTY;
  #method = "";
  #responded = false;
  /** The request is HTTP/1.0 (or older, or of a version nobody knows): so is the response. */
  #http10 = false;
  /** The protocol of the request that was handed on last; HTTP/1.1 again after a fault, as Envoy logs it. */
  protocol: "HTTP/1.1" | "HTTP/1.0" = "HTTP/1.1";
  /** The client does not want the connection to last beyond the response. */
  requestWantsClose = false;

  constructor(options: Http1ServerOptions, sink: RequestSink, output: ByteSink) {
    this.#options = options;
    this.#sink = sink;
    this.#encoder = new Http1Encoder(output, options.properCase, options.enableTrailers);
    this.#body = new BodyReader(this, options.maxHeadersBytes);
  }

  /** More than one request has come: pause reading until `next`, or all that comes is kept in memory. */
  get blocked(): boolean {
    return this.#kept.length > 0;
  }

  /** The bytes that wait for `next`. */
  get keptBytes(): number {
    return this.#kept.length;
  }

  /** The request has been read to its end. */
  get requestComplete(): boolean {
    return this.#state === WAIT;
  }

  /** A head has begun to come and is not yet whole (for `request_headers_timeout`). */
  get midHead(): boolean {
    return this.#state === HEAD && this.#bytes.begun;
  }

  /**
   * Takes bytes from the client; not from within an event. The head keeps the chunk, which must not change afterwards;
   * names in it become lower case.
   */
  receive(chunk: Buffer): void {
    if (this.#state === WAIT) this.#keep(chunk, 0);
    else this.#read(chunk);
  }

  /** After the response has ended: goes on with the next request. Without effect while request or response is under way. */
  next(): void {
    if (this.#state !== WAIT || !this.#responded) return;
    this.#state = HEAD;
    this.#responded = false;
    if (this.#reading) return;
    const kept = this.#kept;
    this.#kept = EMPTY;
    if (kept.length > 0) this.#read(kept);
  }

  /** Ignores what comes from now on; for an owner that is about to close. */
  stop(): void {
    this.#state = DEAD;
    this.#kept = EMPTY;
  }

  /** Writes a 1xx response; the final one is still to come. */
  encode1xx(head: HeaderBlock): boolean {
    return this.#encoder.response(head, false, this.#answers10(), false, false);
  }

  /** Writes the response's head. False (here and below): above the high watermark. */
  encodeHeaders(head: HeaderBlock, endStream: boolean): boolean {
    const room = this.#encoder.response(head, endStream, this.#answers10(), this.#method === "HEAD", this.#method === "CONNECT");
    if (endStream) this.#end();
    return room;
  }

  encodeData(data: Buffer, endStream: boolean): boolean {
    const room = this.#encoder.data(data, endStream);
    if (endStream) this.#end();
    return room;
  }

  encodeTrailers(trailers: HeaderBlock): boolean {
    const room = this.#encoder.trailers(trailers);
    this.#end();
    return room;
  }

  onBody(data: Buffer): void {
    if (this.#state === BODY) this.#sink.onBody(data, false);
  }

  onBodyEnd(data: Buffer, trailers: Buffer | undefined): CodecError | undefined {
    if (this.#state !== BODY) return undefined;
    const block = trailers === undefined ? null : readTrailers(trailers, REQUEST_TRAILERS, this.#fields, this.#options);
    if (block !== null && "details" in block) return block;
    this.#state = WAIT;
    if (block === null) this.#sink.onBody(data, true);
    else this.#sink.onTrailers(block);
    return undefined;
  }

  #answers10(): boolean {
    return this.#http10 && this.#options.acceptHttp10;
  }

  #end(): void {
    this.#responded = true;
    if (this.#state !== WAIT) this.stop();
  }

  #read(chunk: Buffer): void {
    this.#reading = true;
    let p = 0;
    while (p < chunk.length && this.#state !== DEAD) {
      if (this.#state === HEAD) {
        this.#bytes.add(chunk, p);
        // The head may now lie in a copy that has more bytes behind it: these are the rest of the chunk.
        const rest = this.#readHead();
        if (rest < 0) break;
        p = chunk.length - rest;
      } else if (this.#state === BODY) {
        p = this.#body.read(chunk, p, chunk.length);
        if (this.#body.error !== undefined && this.#state === BODY) this.#fail(this.#body.error);
      } else if (this.#state === RAW) {
        this.#sink.onBody(p === 0 ? chunk : chunk.subarray(p), false);
        break;
      } else {
        this.#keep(chunk, p);
        break;
      }
    }
    this.#reading = false;
  }

  #keep(chunk: Buffer, from: number): void {
    const rest = from === 0 ? chunk : chunk.subarray(from);
    this.#kept = this.#kept.length === 0 ? rest : Buffer.concat([this.#kept, rest]);
  }

  /** Reads the head as far as it has come. Returns the number of bytes behind it, or -1 if it is unfinished or wrong. */
  #readHead(): number {
    const bytes = this.#bytes;
    if (!bytes.skipLineEnds()) {
      bytes.clear();
      return -1;
    }
    this.#head ??= takeHeaders(REQUEST);
    const most = bytes.start + this.#options.maxHeadersBytes;
    const end = this.#parse(this.#head, Math.min(bytes.end, most));
    if (end === INCOMPLETE && bytes.end < most) {
      if (bytes.keep()) this.#restart();
      return -1;
    }
    if (end < 0) {
      this.#http10 = false;
      return this.#fail(end === INCOMPLETE ? HEADERS_TOO_LARGE : (this.#line.error ?? this.#fields.error ?? CODEC_ERROR));
    }
    const rest = bytes.end - end;
    this.#complete(this.#head);
    return this.#state === DEAD ? -1 : rest;
  }

  #restart(): void {
    this.#lines = 0;
    this.#head?.reset(REQUEST);
  }

  /** The position after the head in the bytes up to `stop`, INCOMPLETE, or FAILED. */
  #parse(head: HeaderBlock, stop: number): number {
    const bytes = this.#bytes;
    const line = this.#line;
    if (this.#lines === 0) {
      if ((bytes.bytes[bytes.start] as number) <= SPACE) {
        line.error = CODEC_ERROR;
        return FAILED;
      }
      const after = readRequestLine(bytes.bytes, bytes.start, stop, line, this.#options.customMethods === true);
      if (after < 0) return INCOMPLETE;
      if (line.error !== undefined) return FAILED;
      this.#lines = after;
      this.#fields.begin(after);
      if (line.bare) return after;
    }
    return readLines(bytes, this.#lines, stop, head, this.#fields, this.#options);
  }

  /** The head is whole: judges it and hands it on. */
  #complete(head: HeaderBlock): void {
    const { method } = this.#line;
    this.#bytes.clear();
    this.#lines = 0;
    this.#head = undefined;
    this.#method = "";
    head.method = method;
    this.#http10 = !this.#line.http11;
    const raw = this.#isRaw(head, method === "CONNECT");
    const error = lengthError(this.#fields) ?? this.#check(head, raw);
    if (error !== undefined) {
      giveHeaders(head);
      this.#fail(error);
      return;
    }
    this.#method = method;
    const { chunked, length } = this.#fields;
    if (raw) this.#state = RAW;
    else if (chunked || length > 0) {
      this.#state = BODY;
      if (chunked) this.#body.beginChunked();
      else this.#body.beginLength(length);
    } else this.#state = WAIT;
    this.protocol = this.#http10 ? "HTTP/1.0" : "HTTP/1.1";
    this.requestWantsClose = wantsClose(head, this.#http10);
    this.#sink.onRequest(head, this.#state === WAIT);
  }

  #isRaw(head: HeaderBlock, connect: boolean): boolean {
    if (head.has(UPGRADE) && isUpgrade(head)) {
      dropH2cUpgrade(head);
      if (isUpgrade(head)) return true;
    }
    return connect;
  }

  /** What is wrong with a whole head, in Envoy's order. */
  #check(head: HeaderBlock, raw: boolean): CodecError | undefined {
    const options = this.#options;
    const connect = head.method === "CONNECT";
    if (connect && head.has(CONTENT_LENGTH)) {
      if (head.get(CONTENT_LENGTH) !== "0") return BODY_DISALLOWED;
      head.remove(CONTENT_LENGTH);
    }
    const framing = framingError(head, this.#fields, connect, options);
    if (framing !== undefined) return framing;
    if (!raw && head.has(CONNECTION) && !sanitizeConnection(head)) return CONNECTION_HEADER_REJECTED;
    const target = this.#setTarget(head, connect);
    if (target !== undefined) return target;
    if (this.#http10) {
      if (!options.acceptHttp10) return LOW_VERSION;
      if (head.authority === null && options.defaultHostForHttp10 !== "") head.authority = options.defaultHostForHttp10;
    }
    return head.authority !== null && !authorityIsValid(head.authority) ? INVALID_AUTHORITY : undefined;
  }

  #setTarget(head: HeaderBlock, connect: boolean): CodecError | undefined {
    const { target } = this.#line;
    if (connect) {
      const authority = parseConnect(target);
      if (authority === undefined) return INVALID_URL;
      head.authority = authority;
      return undefined;
    }
    if (target[0] === "/" || (target[0] === "*" && head.method === "OPTIONS") || !this.#options.allowAbsoluteUrl) {
      head.path = target;
      return undefined;
    }
    const absolute = parseAbsolute(target);
    if (absolute === undefined) return INVALID_URL;
    head.authority = absolute.authority;
    head.scheme = absolute.scheme;
    if (absolute.scheme !== "http" && absolute.scheme !== "https") return INVALID_SCHEME;
    if (absolute.scheme === "https" && this.#options.refuseHttpsTarget === true) return HTTPS_ON_PLAINTEXT;
    head.path = absolute.path;
    return undefined;
  }

  #fail(error: CodecError): -1 {
    this.#bytes.clear();
    if (this.#head !== undefined) giveHeaders(this.#head);
    this.#head = undefined;
    if (this.#state === HEAD) this.protocol = "HTTP/1.1";
    this.stop();
    this.#sink.onError(error);
    return -1;
  }
}
