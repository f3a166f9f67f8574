/** The writing half of an HTTP/1 codec: heads, bodies, trailers, byte for byte as Envoy writes them. */
import { Buffer } from "node:buffer";
import type { HeaderBlock } from "../http/header-block.ts";
import { writeLatin1 } from "../http/latin1.ts";
import { hasNoBody } from "../http/methods.ts";
import { CONTENT_LENGTH, UPGRADE } from "../http/names.ts";
import { PROPER_CASE, type NameFormat } from "../http/name-format.ts";
import { linesRoom, writeField, writeFormattedLines, writeLines } from "../http/serialise.ts";
import { reasonPhrase } from "../http/status.ts";
import type { ByteSink } from "./byte-sink.ts";
import { isUpgrade } from "./http1-connection.ts";

/** All heads of a thread are built here: the sink copies what it keeps. */
const OUT = Buffer.alloc(128 * 1024);
/** Room for what a head has beside its lines, target and authority. */
const SPARE = 256;
/** A chunk up to this size is copied between its size and its line end, to go out as one piece. */
const SMALL_CHUNK = 16 * 1024;

const CRLF = Buffer.from("\r\n");
const LAST_CHUNK = Buffer.from("0\r\n\r\n");
const statusLines: (Buffer | undefined)[] = [];

function statusLine(status: number, http10: boolean): Buffer {
  const at = status * 2 + (http10 ? 1 : 0);
  const cached = statusLines[at];
  if (cached !== undefined) return cached;
  const line = Buffer.from(`HTTP/1.${http10 ? 0 : 1} ${status} ${reasonPhrase(status)}\r\n`, "latin1");
  if (status < 1000) statusLines[at] = line;
  return line;
}

export class Http1Encoder {
  readonly #output: ByteSink;
  readonly #format: NameFormat | undefined;
  readonly #trailers: boolean;
  /** The body that is being sent goes out in chunks. */
  #chunked = false;

  constructor(output: ByteSink, properCase: boolean, trailers: boolean) {
    this.#output = output;
    this.#format = properCase ? PROPER_CASE : undefined;
    this.#trailers = trailers;
  }

  /** Writes a response's head. `http10`: to a client of 1.0; `toHead`, `toConnect`: in answer to such a request. */
  response(head: HeaderBlock, endStream: boolean, http10: boolean, toHead: boolean, toConnect: boolean): boolean {
    const { status } = head;
    const out = this.#room(linesRoom(head));
    let at = statusLine(status, http10).copy(out, 0);
    at = this.#lines(head, out, at);
    const noFraming = status < 200 || status === 204 || status === 304;
    this.#chunked = false;
    if (noFraming || head.has(CONTENT_LENGTH)) return this.#finish(out, at);
    const connected = toConnect && status < 300;
    if (endStream && !toHead) at = this.#field(head, "content-length", "0", out, at);
    else if (!http10 && !connected) {
      at = this.#field(head, "transfer-encoding", "chunked", out, at);
      this.#chunked = !toHead && !(head.has(UPGRADE) && isUpgrade(head));
    }
    return this.#finish(out, at);
  }

  /** Writes a request's head. `absolute`: with an absolute-form target (`scheme://authority/path`), for a forward proxy. */
  request(head: HeaderBlock, endStream: boolean, absolute: boolean): boolean {
    const { method, authority } = head;
    const connect = method === "CONNECT";
    const path = head.path ?? "";
    const host = authority ?? "";
    const out = this.#room(linesRoom(head) + path.length + host.length * 2);
    let at = writeLatin1(out, method, 0);
    out[at++] = 32;
    if (connect) at = writeLatin1(out, host, at);
    else {
      if (absolute) at = writeLatin1(out, `${head.scheme ?? "http"}://${host}`, at);
      at = writeLatin1(out, path, at);
    }
    at = writeLatin1(out, " HTTP/1.1\r\n", at);
    if (authority !== null) at = this.#field(head, "host", authority, out, at);
    at = this.#lines(head, out, at);
    this.#chunked = false;
    if (head.has(CONTENT_LENGTH) || connect || (head.has(UPGRADE) && isUpgrade(head))) return this.#finish(out, at);
    if (endStream) {
      if (!hasNoBody(method)) at = this.#field(head, "content-length", "0", out, at);
    } else {
      at = this.#field(head, "transfer-encoding", "chunked", out, at);
      this.#chunked = true;
    }
    return this.#finish(out, at);
  }

  /** Writes a piece of a body. */
  data(data: Buffer, endStream: boolean): boolean {
    let room = true;
    if (data.length > 0) room = this.#chunked ? this.#chunk(data) : this.#output.write(data, 0, data.length);
    if (endStream && this.#chunked) room = this.#output.write(LAST_CHUNK, 0, LAST_CHUNK.length);
    return room;
  }

  /** Ends the body with trailers, which go out only in chunks and only where trailers are enabled. */
  trailers(trailers: HeaderBlock): boolean {
    if (!this.#chunked) return true;
    if (!this.#trailers) return this.#output.write(LAST_CHUNK, 0, LAST_CHUNK.length);
    const out = this.#room(linesRoom(trailers));
    return this.#finish(out, writeLines(trailers, out, writeLatin1(out, "0\r\n", 0)));
  }

  #chunk(data: Buffer): boolean {
    let at = writeLatin1(OUT, data.length.toString(16), 0);
    at = writeLatin1(OUT, "\r\n", at);
    if (data.length <= SMALL_CHUNK) {
      at += data.copy(OUT, at);
      return this.#output.write(OUT, 0, writeLatin1(OUT, "\r\n", at));
    }
    this.#output.write(OUT, 0, at);
    this.#output.write(data, 0, data.length);
    return this.#output.write(CRLF, 0, 2);
  }

  #room(variable: number): Buffer {
    return variable + SPARE <= OUT.length ? OUT : Buffer.allocUnsafe(variable + SPARE);
  }

  #lines(head: HeaderBlock, out: Buffer, at: number): number {
    const format = head.format ?? this.#format;
    return format === undefined ? writeLines(head, out, at) : writeFormattedLines(head, out, at, format);
  }

  #field(head: HeaderBlock, name: string, value: string, out: Buffer, at: number): number {
    const format = head.format ?? this.#format;
    return writeField(format === undefined ? name : format.format(name), value, out, at);
  }

  #finish(out: Buffer, at: number): boolean {
    out[at++] = 13;
    out[at++] = 10;
    return this.#output.write(out, 0, at);
  }
}
