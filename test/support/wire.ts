/** Cuts what a socket delivered into HTTP/1 messages, so that answers can be counted and compared whatever the chunk boundaries were. */

export type Framing = "none" | "length" | "chunked" | "until-close" | "tunnel";

export interface WireMessage {
  /** Start line and header lines as they stood, without the empty line. */
  readonly head: string;
  readonly framing: Framing;
  /** The body without chunk framing. */
  readonly body: string;
  /** Trailer lines of a chunked message. */
  readonly trailers: string;
  readonly complete: boolean;
  /** Offset just after the message. */
  readonly end: number;
}

interface Body {
  readonly body: string;
  readonly trailers: string;
  readonly complete: boolean;
  readonly end: number;
}

/** All bytes are latin1 strings. `methods` are those of the requests that a list of responses answers (HEAD has no body). */
export function parseMessages(bytes: string, kind: "request" | "response", methods: readonly string[] = []): { messages: WireMessage[]; rest: string } {
  const messages: WireMessage[] = [];
  let at = 0;
  let answered = 0;
  while (at < bytes.length) {
    const message = parseOne(bytes, at, kind, methods[answered] ?? "GET");
    if (message === undefined) break;
    messages.push(message);
    at = message.end;
    if (kind === "response" && !isInterim(message.head)) answered++;
    if (!message.complete) break;
  }
  return { messages, rest: bytes.slice(at) };
}

/** True for 100 and 103 and their like: a response that is not yet the answer. */
export function isInterim(head: string): boolean {
  return /^HTTP\/1\.[01] 1(?!01)\d\d/.test(head);
}

/** Complete answers, interim ones not counted. */
export function countResponses(bytes: string, methods: readonly string[]): number {
  return parseMessages(bytes, "response", methods).messages.filter((m) => m.complete && !isInterim(m.head)).length;
}

/** The methods of the request lines found in what a client sent. */
export function methodsIn(bytes: string): string[] {
  return [...bytes.matchAll(/(?:^|\n)([A-Za-z-]+)[ \t]+\S[^\r\n]*HTTP\/\d/g)].map((m) => m[1] ?? "");
}

function parseOne(bytes: string, at: number, kind: "request" | "response", method: string): WireMessage | undefined {
  const headEnd = bytes.indexOf("\r\n\r\n", at);
  if (headEnd < 0) return undefined;
  const head = bytes.slice(at, headEnd);
  const start = headEnd + 4;
  const framing = kind === "request" ? requestFraming(head) : responseFraming(head, method);
  return { head, framing, ...readBody(bytes, start, framing, head) };
}

function readBody(bytes: string, start: number, framing: Framing, head: string): Body {
  if (framing === "none") return { body: "", trailers: "", complete: true, end: start };
  if (framing === "chunked") return readChunks(bytes, start);
  if (framing === "length") {
    const length = Number(field(head, "content-length"));
    const body = bytes.slice(start, start + length);
    return { body, trailers: "", complete: body.length === length, end: start + body.length };
  }
  return { body: bytes.slice(start), trailers: "", complete: framing === "tunnel", end: bytes.length };
}

function readChunks(bytes: string, start: number): Body {
  let at = start;
  let body = "";
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return { body: body + bytes.slice(at), trailers: "", complete: false, end: bytes.length };
    const size = Number.parseInt(bytes.slice(at, lineEnd), 16);
    if (Number.isNaN(size)) return { body: body + bytes.slice(at), trailers: "", complete: false, end: bytes.length };
    if (size === 0) return readTrailers(bytes, lineEnd + 2, body);
    body += bytes.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
    if (at > bytes.length) return { body, trailers: "", complete: false, end: bytes.length };
  }
}

function readTrailers(bytes: string, start: number, body: string): Body {
  if (bytes.startsWith("\r\n", start)) return { body, trailers: "", complete: true, end: start + 2 };
  const end = bytes.indexOf("\r\n\r\n", start);
  if (end < 0) return { body, trailers: bytes.slice(start), complete: false, end: bytes.length };
  return { body, trailers: bytes.slice(start, end), complete: true, end: end + 4 };
}

function requestFraming(head: string): Framing {
  if (/\bchunked\b/i.test(field(head, "transfer-encoding") ?? "")) return "chunked";
  return field(head, "content-length") === undefined ? "none" : "length";
}

function responseFraming(head: string, method: string): Framing {
  const status = /^HTTP\/1\.[01] (\d\d\d)/.exec(head)?.[1] ?? "";
  if (status === "101" || (method === "CONNECT" && status.startsWith("2"))) return "tunnel";
  if (method === "HEAD" || status.startsWith("1") || status === "204" || status === "304") return "none";
  if (/\bchunked\b/i.test(field(head, "transfer-encoding") ?? "")) return "chunked";
  return field(head, "content-length") === undefined ? "until-close" : "length";
}

function field(head: string, name: string): string | undefined {
  return new RegExp(`\\r\\n${name}:[ \\t]*([^\\r\\n]*)`, "i").exec(head)?.[1];
}
