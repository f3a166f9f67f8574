import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Http1Client } from "../../src/codec/http1-client.ts";
import { CLIENT_DEFAULTS, SERVER_DEFAULTS, type Http1ServerOptions } from "../../src/codec/http1-options.ts";
import { Http1Server } from "../../src/codec/http1-server.ts";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { bytes, EventLog, Written } from "../support/http1-log.ts";
import { newDice, type Dice } from "../support/random.ts";

interface Conversation {
  title: string;
  request: string;
  options?: Partial<Http1ServerOptions>;
}

const conversations = (JSON.parse(readFileSync(new URL("../golden/http1-requests.json", import.meta.url), "utf8")) as Conversation[])
  .filter(({ request }) => request.length < 2000);

/** Everything that can be seen of a server's reading, with each request answered as soon as it is whole. */
function served(pieces: readonly string[], options: Partial<Http1ServerOptions> = {}): unknown {
  const log = new EventLog();
  const server = new Http1Server({ ...SERVER_DEFAULTS, ...options }, log, new Written());
  log.after = (ended) => {
    if (!ended) return;
    server.encodeHeaders(HeaderBlock.of([[":status", "204"]]), true);
    server.next();
  };
  for (const piece of pieces) server.receive(bytes(piece));
  return { messages: log.messages.map((m) => (log.error === undefined ? m : { ...m, body: "" })), error: log.error };
}

function answered(pieces: readonly string[], method: string, close: boolean): unknown {
  const log = new EventLog();
  const client = new Http1Client({ ...CLIENT_DEFAULTS, enableTrailers: true }, log, new Written());
  client.encodeHeaders(HeaderBlock.of([[":method", method], [":path", "/"], ["host", "h"]]), true);
  for (const piece of pieces) client.receive(bytes(piece));
  if (close) client.end();
  return { messages: log.messages.map((m) => (log.error === undefined ? m : { ...m, body: "" })), informational: log.informational, error: log.error, reusable: client.reusable };
}

function cut(text: string, dice: Dice): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const size = 1 + dice.below(dice.pick([1, 3, 20, 200]));
    pieces.push(text.slice(at, at + size));
    at += size;
  }
  return pieces;
}

const dice = newDice();

test(`requests cut at any place give the same events (LEGATE_SEED=${dice.seed})`, () => {
  for (const { title, request, options } of conversations) {
    const whole = served([request], options);
    expect(served([...request], options), `${title}, a byte at a time`).toEqual(whole);
    for (let i = 0; i < 4; i++) {
      const pieces = cut(request, dice);
      expect(served(pieces, options), `${title}: ${JSON.stringify(pieces)}`).toEqual(whole);
    }
  }
});

test("every single cut of a pipelined conversation gives the same events", () => {
  const text = "POST /a HTTP/1.1\r\nHost: h\r\nAccept: 1\r\nX-A:  b \r\nAccept: 2\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n11;x=y\r\n0123456789abcdef!\r\n0\r\nX-T: 1\r\n\r\n"
    + "GET /b HTTP/1.1\nHost: h\nX-C: d\n e\n\nPUT /c HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nabcde\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n";
  const whole = served([text], { enableTrailers: true });
  for (let at = 1; at < text.length; at++) expect(served([text.slice(0, at), text.slice(at)], { enableTrailers: true }), `cut at ${at}`).toEqual(whole);
});

test("every single cut of a response gives the same events", () => {
  const responses = [
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nVary: a\r\nVary: b\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.0 200 OK\r\n\r\nuntil the end",
    "HTTP/1.1 200 OK\nX-A: 1\n 2\nContent-Length: 5\n\nhelloEXTRA",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
  ];
  for (const text of responses) {
    const whole = answered([text], "GET", true);
    for (let at = 1; at < text.length; at++) expect(answered([text.slice(0, at), text.slice(at)], "GET", true), `${JSON.stringify(text)} cut at ${at}`).toEqual(whole);
  }
});

const WORDS = [
  "GET", "POST", "CONNECT", " ", " ", "/", "/a?b", "http://h/p", "HTTP/1.1", "HTTP/1.0", "\r\n", "\r\n", "\r\n", "\n", "\r", "\t", ":", ": ", "Host", "Host: h",
  "Content-Length", "Content-Length: 3", "Transfer-Encoding: chunked", "Connection: close", "Connection: te, x", "Upgrade: x", "Accept: 1", "x", "abc", "0", "3",
  "3\r\nabc\r\n", "0\r\n\r\n", "a:b", "\0", "\x7f", "\xff", "_", "x_y: 1", "\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\n", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n",
  "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
];

test(`junk never throws, never gives events after an error, and reads the same in pieces (LEGATE_SEED=${dice.seed})`, () => {
  for (let i = 0; i < 1500; i++) {
    const text = Array.from({ length: 1 + dice.below(14) }, () => dice.pick(WORDS)).join("");
    const whole = served([text]);
    expect(served(cut(text, dice)), JSON.stringify(text)).toEqual(whole);
    const response = `HTTP/1.1 200 OK\r\n${text}`;
    expect(answered(cut(response, dice), "GET", true), JSON.stringify(response)).toEqual(answered([response], "GET", true));
  }
});
