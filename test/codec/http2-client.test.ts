import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import { Http2Client, type Http2ClientStream } from "../../src/codec/http2-client.ts";
import * as F from "../../src/codec/http2-frames.ts";
import { HTTP2_CLIENT_DEFAULTS, type Http2Options } from "../../src/codec/http2-options.ts";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { bytes } from "../support/http1-log.ts";
import { ConnectionLog, StreamLog, WrittenBytes } from "../support/http2-pair.ts";
import { data, frame, FrameTeller, framesOf, goaway, headers, PREFACE, reset, settings, windowUpdate } from "../support/http2-wire.ts";

const OPEN = F.END_HEADERS;
const OK: [string, string][] = [[":status", "200"]];

class Server {
  readonly written = new WrittenBytes();
  readonly log = new ConnectionLog();
  readonly client: Http2Client;
  readonly #teller = new FrameTeller();

  constructor(options: Partial<Http2Options> = {}) {
    this.client = new Http2Client({ ...HTTP2_CLIENT_DEFAULTS, ...options }, this.log, this.log, this.written);
    this.client.start();
    this.written.take();
    this.send(settings());
  }

  request(method = "GET", end = true, more: [string, string][] = []): { stream: Http2ClientStream; log: StreamLog } {
    const log = new StreamLog();
    const stream = this.client.newStream(log);
    stream.encodeHeaders(HeaderBlock.of([[":authority", "h"], [":path", "/"], [":method", method], [":scheme", "http"], ...more]), end);
    return { stream, log };
  }

  send(...frames: Buffer[]): string[] {
    this.client.receive(Buffer.concat(frames));
    return this.answers();
  }

  answers(): string[] {
    return framesOf(this.written.take()).frames.map((one) => this.#teller.tell(one));
  }
}

test("the first words of a client are those of Envoy's, and push is refused", () => {
  const written = new WrittenBytes();
  new Http2Client(HTTP2_CLIENT_DEFAULTS, new ConnectionLog(), new ConnectionLog(), written).start();
  const all = written.take();
  expect(all.subarray(0, 24).equals(PREFACE)).toBe(true);
  const teller = new FrameTeller();
  expect(framesOf(all.subarray(24)).frames.map((one) => teller.tell(one))).toEqual(["SETTINGS 0 2=0 1=4096 8=0 3=1024 4=16777216", "WINDOW_UPDATE 0 25100289"]);
});

test("requests are numbered as their heads go out", () => {
  const server = new Server();
  const first = server.client.newStream(new StreamLog());
  server.request();
  first.encodeHeaders(HeaderBlock.of([[":authority", "h"], [":path", "/2"], [":method", "GET"], [":scheme", "http"]]), true);
  expect(server.answers().slice(-2)).toEqual([
    "HEADERS 1 end :authority: h | :path: / | :method: GET | :scheme: http", "HEADERS 3 end :authority: h | :path: /2 | :method: GET | :scheme: http",
  ]);
});

test("a stream given up before its head went out leaves no trace", () => {
  const server = new Server();
  server.answers();
  const stream = server.client.newStream(new StreamLog());
  stream.reset(F.CANCEL);
  stream.encodeHeaders(HeaderBlock.of([[":authority", "h"]]), true);
  expect(server.answers()).toEqual([]);
});

test("interim responses, the response, its body and its trailers", () => {
  const server = new Server();
  const { log } = server.request();
  server.send(headers(1, [[":status", "103"], ["link", "x"]], OPEN), headers(1, OK, OPEN), data(1, "abc"), headers(1, [["t", "1"]]));
  expect(log.informational).toEqual([[":status: 103", "link: x"]]);
  expect(log.message).toEqual({ head: [":status: 200"], body: "abc", trailers: ["t: 1"], ended: true });
  expect(server.log.active).toBe(0);
});

describe("a malformed response ends the connection, or its stream only where that is configured", () => {
  test.each<[string, Buffer[]]>([
    ["no status", [headers(1, [["x", "y"]])]],
    ["status 101", [headers(1, [[":status", "101"]])]],
    ["a status of two digits", [headers(1, [[":status", "20"]])]],
    ["a pseudo header of requests", [headers(1, [...OK, [":path", "/"]])]],
    ["connection", [headers(1, [...OK, ["connection", "close"]])]],
    ["an interim response that ends the stream", [headers(1, [[":status", "100"]])]],
    ["an interim response with a length", [headers(1, [[":status", "100"], ["content-length", "1"]], OPEN)]],
    ["trailers that do not end the stream", [headers(1, OK, OPEN), headers(1, [["x", "y"]], OPEN)]],
    ["a length without a body", [headers(1, [...OK, ["content-length", "3"]])]],
  ])("%s", (_what, frames) => {
    const strict = new Server();
    strict.request();
    strict.answers();
    expect(strict.send(...frames)).toEqual([]);
    expect(strict.log.error).toMatchObject({ silent: true });
    const lenient = new Server({ streamErrors: true });
    const { log } = lenient.request();
    lenient.answers();
    expect(lenient.send(...frames)).toEqual(["RST_STREAM 1 1"]);
    expect(log.reset).toMatchObject({ reason: "protocol error" });
    expect(lenient.log.error).toBeUndefined();
  });
});

describe("faults of the connection", () => {
  test.each<[string, number, Buffer[]]>([
    ["PUSH_PROMISE", F.PROTOCOL_ERROR, [frame(F.PUSH_PROMISE, OPEN, 1, "\0\0\0\x02")]],
    ["ENABLE_PUSH", F.PROTOCOL_ERROR, [settings({ 2: 1 })]],
    ["HEADERS on a stream that nobody opened", F.PROTOCOL_ERROR, [headers(3, OK)]],
    ["HEADERS on a stream of the server", F.PROTOCOL_ERROR, [headers(2, OK)]],
    ["DATA before the head", F.PROTOCOL_ERROR, [data(1, "x")]],
    ["DATA after the end", F.STREAM_CLOSED, [headers(1, OK), data(1, "x")]],
  ])("%s", (_what, code, frames) => {
    const server = new Server();
    server.request();
    expect(server.send(...frames).at(-1)).toBe(`GOAWAY 0 last 0 code ${code}`);
    expect(server.log.error).toMatchObject({ code });
  });
});

test("answers that have no body: HEAD with a length, 204, 304", () => {
  const server = new Server();
  const { log } = server.request("HEAD");
  server.send(headers(1, [...OK, ["content-length", "5"]]));
  expect(log.message).toMatchObject({ head: [":status: 200", "content-length: 5"], ended: true });
  const { log: second } = server.request();
  server.send(headers(3, [[":status", "304"], ["content-length", "5"]]));
  expect(second.message.ended).toBe(true);
});

test("a server that refuses, resets, or goes away tells which streams it has not touched", () => {
  const server = new Server();
  const logs = [1, 2, 3, 4].map(() => server.request().log);
  server.send(reset(1, F.REFUSED_STREAM), reset(3, F.CANCEL), goaway(5, 0));
  expect(logs.map(({ reset }) => reset?.reason)).toEqual(["remote refused stream reset", "remote reset", undefined, "remote refused stream reset"]);
  expect(server.log.goaway).toBe(0);
  server.send(headers(5, OK));
  expect(logs[2]?.message.ended).toBe(true);
});

test("RST_STREAM with NO_ERROR after a whole response is told apart", () => {
  const server = new Server();
  const { stream, log } = server.request("POST", false);
  server.send(headers(1, OK), reset(1, 0));
  expect(log.message.ended).toBe(true);
  expect(log.reset).toEqual({ reason: "remote reset no error", details: "" });
  expect(stream.encodeData(bytes("x"), true)).toBe(true);
});

test("an upgrade goes out as an extended CONNECT, and the 200 comes back as a 101; CONNECT has neither scheme nor path", () => {
  const server = new Server();
  server.answers();
  const { log } = server.request("GET", false, [["upgrade", "websocket"], ["connection", "Upgrade"], ["x", "y"]]);
  server.request("CONNECT", false);
  expect(server.answers()).toEqual([
    "HEADERS 1 :authority: h | :path: / | :method: CONNECT | :scheme: http | :protocol: websocket | x: y", "HEADERS 3 :authority: h | :method: CONNECT",
  ]);
  server.send(headers(1, OK, OPEN));
  expect(log.message.head).toEqual([":status: 101", "upgrade: websocket", "connection: upgrade"]);
});

test("the server's limit of streams and its windows are taken up", () => {
  const server = new Server();
  server.send(settings({ 3: 7, 4: 3 }));
  expect(server.client.peer.maxConcurrentStreams).toBe(7);
  server.answers();
  const { stream } = server.request("POST", false);
  stream.encodeData(bytes("abcde"), true);
  expect(server.answers().slice(-1)).toEqual(["DATA 1 abc"]);
  expect(server.send(windowUpdate(1, 10))).toEqual(["DATA 1 end de"]);
});
