/**
 * HTTP/1 heads: read, look at six headers, change four, write. Prints nanoseconds a message, best of several rounds.
 *
 *   bun scripts/bench-micro/http1.ts
 *
 * `strings` is the other design (a flat list of name and value strings, joined to write), without any validation.
 */
import { Buffer } from "node:buffer";
import { Fields, readFields } from "../../src/codec/http1-fields.ts";
import { Http1Client } from "../../src/codec/http1-client.ts";
import { CLIENT_DEFAULTS, SERVER_DEFAULTS } from "../../src/codec/http1-options.ts";
import { Http1Server } from "../../src/codec/http1-server.ts";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { giveHeaders, takeHeaders } from "../../src/http/header-pool.ts";
import {
  ACCEPT, AUTHORIZATION, CONNECTION, COOKIE, nameId, REQUEST, RESPONSE, USER_AGENT, X_FORWARDED_FOR, X_FORWARDED_PROTO, X_REQUEST_ID,
} from "../../src/http/names.ts";
import { writeLines } from "../../src/http/serialise.ts";

for (const name of ["sec-fetch-mode", "sec-fetch-site", "sec-fetch-dest", "accept-language", "x-added"]) nameId(name);
const X_ADDED = nameId("x-added");

const HEADS = Array.from({ length: 64 }, (_, i) => Buffer.from([
  `GET /some/path/of/the/site/${i}?q=${i * 7919} HTTP/1.1`,
  "Host: www.example.com",
  "Connection: keep-alive",
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
  "Sec-Fetch-Site: same-origin",
  "Sec-Fetch-Mode: navigate",
  "Sec-Fetch-Dest: document",
  "Accept-Encoding: gzip, deflate, br",
  "Accept-Language: en-US,en;q=0.9",
  `Cookie: session=${"0123456789abcdef".repeat(3)}${i}`,
  "", "",
].join("\r\n"), "latin1"));
const LINES_AT = HEADS.map((head) => head.indexOf("\r\n") + 2);
const RESPONSE_HEAD = Buffer.from([
  "HTTP/1.1 200 OK", "Content-Type: text/html; charset=utf-8", "Content-Length: 12", "Cache-Control: private, max-age=0", "ETag: \"33a64df551425fcc\"",
  "Last-Modified: Wed, 21 Oct 2015 07:28:00 GMT", "Vary: Accept-Encoding", "X-Frame-Options: SAMEORIGIN", "X-Content-Type-Options: nosniff",
  "Set-Cookie: a=b; Path=/", "Strict-Transport-Security: max-age=31536000", "", "hello world!",
].join("\r\n"), "latin1");

let sink = 0;
const output = { write: (_: Buffer, from: number, to: number): boolean => { sink += to - from; return true; } };
const OUT = Buffer.alloc(65536);

function look(head: HeaderBlock): void {
  for (const id of [USER_AGENT, COOKIE, AUTHORIZATION, X_FORWARDED_FOR, X_REQUEST_ID, ACCEPT]) sink += head.get(id)?.length ?? 0;
}

function change(head: HeaderBlock): void {
  head.remove(CONNECTION);
  head.set(X_FORWARDED_PROTO, "http");
  head.set(X_REQUEST_ID, "6f1f0e5e-1c9b-4e0e-8a3b-0123456789ab");
  head.append(X_ADDED, "1");
}

const fields = new Fields();
function lines(i: number, work: boolean): void {
  const b = HEADS[i & 63] as Buffer;
  const block = takeHeaders(REQUEST);
  block.bytes = b;
  fields.begin(LINES_AT[i & 63] as number);
  if (readFields(b, b.length, block, fields, CLIENT_DEFAULTS) < 0) throw new Error("the head was not read");
  if (work) {
    look(block);
    change(block);
    sink += writeLines(block, OUT, 0);
  }
  giveHeaders(block);
}

function strings(i: number): void {
  const text = (HEADS[i & 63] as Buffer).toString("latin1");
  const list: string[] = [];
  for (const line of text.split("\r\n").slice(1, -2)) {
    const colon = line.indexOf(":");
    list.push(line.slice(0, colon).toLowerCase(), line.slice(colon + 2));
  }
  for (const name of ["user-agent", "cookie", "authorization", "x-forwarded-for", "x-request-id", "accept"]) sink += list[list.indexOf(name) + 1]?.length ?? 0;
  list.splice(list.indexOf("connection"), 2);
  list.push("x-forwarded-proto", "http", "x-request-id", "6f1f0e5e-1c9b-4e0e-8a3b-0123456789ab", "x-added", "1");
  let out = "";
  for (let k = 0; k < list.length; k += 2) out += `${list[k]}: ${list[k + 1]}\r\n`;
  sink += OUT.write(out, 0, "latin1");
}

const answer = HeaderBlock.of([[":status", "200"], ["content-length", "12"], ["content-type", "text/plain"], ["server", "envoy"]]);
const BODY = Buffer.from("hello world!");
let request: HeaderBlock | undefined;
const server: Http1Server = new Http1Server(SERVER_DEFAULTS, {
  onRequest(head) { request = head; }, onBody() {}, onTrailers() {}, onError(error) { throw new Error(error.details); },
}, output);
function direct(i: number): void {
  server.receive(HEADS[i & 63] as Buffer);
  server.encodeHeaders(answer, false);
  server.encodeData(BODY, true);
  giveHeaders(request as HeaderBlock);
  server.next();
}

const client: Http1Client = new Http1Client(CLIENT_DEFAULTS, {
  onInformational() {},
  onResponse(head, end) { head.set(X_ADDED, "1"); server.encodeHeaders(head, end); giveHeaders(head); },
  onBody(data, end) { server.encodeData(data, end); }, onTrailers() {}, onError(error) { throw new Error(error.details); },
}, output);
function proxy(i: number): void {
  server.receive(HEADS[i & 63] as Buffer);
  const head = request as HeaderBlock;
  look(head);
  change(head);
  client.encodeHeaders(head, true);
  client.receive(RESPONSE_HEAD);
  giveHeaders(head);
  server.next();
}

function measure(title: string, run: (i: number) => void): void {
  const times: number[] = [];
  for (let round = 0; round < 9; round++) {
    const start = performance.now();
    for (let i = 0; i < 60_000; i++) run(i);
    times.push((performance.now() - start) / 60_000 * 1e6);
  }
  console.log(`${title.padEnd(52)} ${Math.min(...times).toFixed(0).padStart(6)} ns`);
}

measure("lines: read", (i) => lines(i, false));
measure("lines: read, 6 gets, 4 changes, written", (i) => lines(i, true));
measure("strings: read, 6 gets, 4 changes, written, unchecked", strings);
measure("server codec: request in, direct response out", direct);
measure("both codecs: request and response through", proxy);
if (sink === RESPONSE) console.log();
