import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import * as F from "../../src/codec/http2-frames.ts";
import { HTTP2_SERVER_DEFAULTS, type Http2Options } from "../../src/codec/http2-options.ts";
import { Http2Server } from "../../src/codec/http2-server.ts";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { bytes } from "../support/http1-log.ts";
import { ConnectionLog, WrittenBytes } from "../support/http2-pair.ts";
import {
  data, frame, FrameTeller, framesOf, goaway, headers, hpack, PREFACE, reset, settings, SETTINGS_ACK, windowUpdate, words,
} from "../support/http2-wire.ts";

const GET: [string, string][] = [[":method", "GET"], [":scheme", "http"], [":path", "/"], [":authority", "h"]];
const POST: [string, string][] = [[":method", "POST"], [":scheme", "http"], [":path", "/"], [":authority", "h"]];
const OPEN = F.END_HEADERS;

class Client {
  readonly written = new WrittenBytes();
  readonly log = new ConnectionLog();
  readonly server: Http2Server;
  readonly #teller = new FrameTeller();
  now = 0;

  constructor(options: Partial<Http2Options> = {}) {
    this.server = new Http2Server({ ...HTTP2_SERVER_DEFAULTS, ...options }, this.log, this.log, this.written, () => this.now);
  }

  /** Sends frames, after the preface, and returns what is answered to them. */
  send(...frames: Buffer[]): string[] {
    this.server.receive(Buffer.concat(frames));
    return this.answers();
  }

  hello(values: Record<number, number> = {}): void {
    this.send(PREFACE, settings(values), SETTINGS_ACK);
  }

  answers(): string[] {
    return framesOf(this.written.take()).frames.map((one) => this.#teller.tell(one));
  }
}

function connected(options: Partial<Http2Options> = {}, values: Record<number, number> = {}): Client {
  const client = new Client(options);
  client.hello(values);
  return client;
}

test("the first words of a server are those of Envoy's", () => {
  expect(new Client().send(PREFACE)).toEqual(["SETTINGS 0 1=4096 8=0 3=1024 4=16777216", "WINDOW_UPDATE 0 25100289"]);
  const custom = new Client({ customSettings: [{ id: 16, value: 7 }], allowConnect: true, connectionWindow: 65_535, maxConcurrentStreams: 5 });
  expect(custom.send(PREFACE)).toEqual(["SETTINGS 0 16=7 1=4096 8=1 3=5 4=16777216"]);
});

describe("faults of the connection end it, and the GOAWAY says why", () => {
  const bodyOf = (n: number): string => "x".repeat(n);
  test.each<[string, number, Buffer[]]>([
    ["SETTINGS must come first", F.PROTOCOL_ERROR, [frame(F.PING, 0, 0, bodyOf(8))]],
    ["DATA on stream 0", F.PROTOCOL_ERROR, [settings(), data(0, "x")]],
    ["DATA on a stream that was never open", F.PROTOCOL_ERROR, [settings(), data(5, "x")]],
    ["DATA after the end of the request", F.STREAM_CLOSED, [settings(), headers(1, GET), data(1, "x")]],
    ["HEADERS after the end of the request", F.STREAM_CLOSED, [settings(), headers(1, GET), headers(1, GET)]],
    ["HEADERS on an even stream", F.PROTOCOL_ERROR, [settings(), headers(2, GET)]],
    ["HEADERS on a lower stream", F.PROTOCOL_ERROR, [settings(), headers(5, GET), headers(3, GET)]],
    ["padding longer than the frame", F.PROTOCOL_ERROR, [settings(), headers(1, POST, OPEN), frame(F.DATA, F.PADDED, 1, "\x09abc")]],
    ["padding of HEADERS longer than the frame", F.PROTOCOL_ERROR, [settings(), frame(F.HEADERS, F.PADDED | OPEN, 1, "\x09abc")]],
    ["a frame that is too large", F.FRAME_SIZE_ERROR, [settings(), Buffer.from([0, 0x40, 1, 0, 0, 0, 0, 0, 1])]],
    ["PING of seven bytes", F.FRAME_SIZE_ERROR, [settings(), frame(F.PING, 0, 0, bodyOf(7))]],
    ["PING on a stream", F.PROTOCOL_ERROR, [settings(), frame(F.PING, 0, 1, bodyOf(8))]],
    ["RST_STREAM on an idle stream", F.PROTOCOL_ERROR, [settings(), reset(1, 0)]],
    ["RST_STREAM of three bytes", F.FRAME_SIZE_ERROR, [settings(), headers(1, POST, OPEN), frame(F.RST_STREAM, 0, 1, "xxx")]],
    ["WINDOW_UPDATE of 0", F.PROTOCOL_ERROR, [settings(), windowUpdate(0, 0)]],
    ["WINDOW_UPDATE beyond 2^31 - 1", F.FLOW_CONTROL_ERROR, [settings(), windowUpdate(0, 0x7fffffff)]],
    ["WINDOW_UPDATE on an idle stream", F.PROTOCOL_ERROR, [settings(), windowUpdate(3, 1)]],
    ["SETTINGS on a stream", F.PROTOCOL_ERROR, [frame(F.SETTINGS, 0, 1)]],
    ["SETTINGS of five bytes", F.FRAME_SIZE_ERROR, [frame(F.SETTINGS, 0, 0, "xxxxx")]],
    ["a SETTINGS ACK with a payload", F.FRAME_SIZE_ERROR, [settings(), frame(F.SETTINGS, F.ACK, 0, "xxxxxx")]],
    ["ENABLE_PUSH of 2", F.PROTOCOL_ERROR, [settings({ 2: 2 })]],
    ["an initial window beyond 2^31 - 1", F.FLOW_CONTROL_ERROR, [settings({ 4: 0x80000000 })]],
    ["a maximal frame below 16384", F.PROTOCOL_ERROR, [settings({ 5: 16_383 })]],
    ["GOAWAY on a stream", F.PROTOCOL_ERROR, [settings(), frame(F.GOAWAY, 0, 1, bodyOf(8))]],
    ["PUSH_PROMISE", F.PROTOCOL_ERROR, [settings(), frame(F.PUSH_PROMISE, OPEN, 1, bodyOf(8))]],
    ["CONTINUATION without HEADERS", F.PROTOCOL_ERROR, [settings(), frame(F.CONTINUATION, OPEN, 1, "")]],
    ["another frame within a head", F.PROTOCOL_ERROR, [settings(), headers(1, GET, F.END_STREAM), frame(F.PING, 0, 0, bodyOf(8))]],
    ["a block that is not HPACK", F.COMPRESSION_ERROR, [settings(), frame(F.HEADERS, OPEN | F.END_STREAM, 1, "\xff\xff\xff\xff\xff\xff\xff")]],
    ["a block that ends within a field", F.COMPRESSION_ERROR, [settings(), frame(F.HEADERS, OPEN | F.END_STREAM, 1, "\x82\x00\x05ab")]],
    ["a stream that depends on itself", F.PROTOCOL_ERROR, [settings(), frame(F.PRIORITY, 0, 3, Buffer.concat([words(3), Buffer.from([1])]))]],
  ])("%s", (_what, code, frames) => {
    const client = new Client();
    client.send(PREFACE);
    const answers = client.send(...frames);
    expect(answers.at(-1)).toMatch(new RegExp(`^GOAWAY 0 last \\d+ code ${code}$`));
    expect(client.log.error).toMatchObject({ code, silent: false });
    expect(client.send(headers(7, GET))).toEqual([]);
  });
});

describe("a malformed request ends the connection without a word, or its stream only where that is configured", () => {
  test.each<[string, [string, string][], string]>([
    ["no authority", GET.slice(0, 3), "http2.violation.of.messaging.rule"],
    ["no method", GET.slice(1), "http2.violation.of.messaging.rule"],
    ["a relative path", [...GET.slice(0, 2), [":path", "x"], [":authority", "h"]], "http2.violation.of.messaging.rule"],
    ["an empty path", [...GET.slice(0, 2), [":path", ""], [":authority", "h"]], "http2.invalid.header.field"],
    ["two methods", [...GET, [":method", "GET"]], "http2.invalid.header.field"],
    ["a pseudo header after others", [["x", "y"], ...GET], "http2.invalid.header.field"],
    ["a pseudo header of responses", [...GET, [":status", "200"]], "http2.invalid.header.field"],
    ["an unknown pseudo header", [...GET, [":x", "y"]], "http2.invalid.header.field"],
    [":protocol where it was not offered", [[":method", "CONNECT"], [":protocol", "websocket"], ...GET.slice(1)], "http2.invalid.header.field"],
    ["upper case in a name", [...GET, ["X-A", "y"]], "http2.invalid.header.field"],
    ["connection", [...GET, ["connection", "close"]], "http2.invalid.header.field"],
    ["transfer-encoding", [...GET, ["transfer-encoding", "chunked"]], "http2.invalid.header.field"],
    ["a space in a name", [...GET, ["x a", "1"]], "http2.invalid.header.field"],
    ["an empty name", [...GET, ["", "1"]], "http2.invalid.header.field"],
    ["a control character in a value", [...GET, ["x", "a\x01"]], "http2.invalid.header.field"],
    ["userinfo in the authority", [...GET.slice(0, 3), [":authority", "me@h"]], "http2.invalid.header.field"],
    ["te other than trailers", [...GET, ["te", "gzip"]], "http2.invalid.header.field"],
    ["two lengths", [...GET, ["content-length", "1"], ["content-length", "1"]], "http2.invalid.header.field"],
    ["a length that is no number", [...GET, ["content-length", "1x"]], "http2.invalid.header.field"],
    ["a length without a body", [...GET, ["content-length", "1"]], "http2.violation.of.messaging.rule"],
    ["CONNECT with a path", [[":method", "CONNECT"], ...GET.slice(1)], "http2.violation.of.messaging.rule"],
  ])("%s", (_what, entries, details) => {
    const strict = connected();
    expect(strict.send(headers(1, entries))).toEqual([]);
    expect(strict.log.error).toMatchObject({ silent: true, details });
    expect(strict.log.bad).toEqual([details]);
    const lenient = connected({ streamErrors: true });
    expect(lenient.send(headers(1, entries))).toEqual(["RST_STREAM 1 1"]);
    expect(lenient.log.error).toBeUndefined();
    lenient.send(headers(3, GET));
    expect(lenient.log.streams.length).toBe(1);
    expect(lenient.log.counters.rx_messaging_error).toBe(1);
  });
});

test("host stands in for :authority, and is dropped beside it; cookies are joined at the end", () => {
  const client = connected();
  client.send(headers(1, [...GET, ["host", "other"], ["cookie", "a=1"], ["x", "y"], ["cookie", "b=2"]]));
  expect(client.log.last.log.message.head).toEqual([":authority: h", ":path: /", ":method: GET", ":scheme: http", "x: y", "cookie: a=1; b=2"]);
  client.send(headers(3, [...GET.slice(0, 3), ["host", "other"]]));
  expect(client.log.last.log.message.head).toContain(":authority: other");
});

test("limits of a head reset its stream and leave the connection alone", () => {
  const client = connected({ maxHeadersCount: 5, maxHeadersBytes: 200, underscores: "REJECT_REQUEST" });
  expect(client.send(headers(1, [...GET, ["a", "1"], ["b", "1"]]))).toEqual(["RST_STREAM 1 2"]);
  expect(client.send(headers(3, [...GET, ["a", "1".repeat(200)]]))).toEqual(["RST_STREAM 3 2"]);
  expect(client.send(headers(5, [...GET, ["a_b", "1"]]))).toEqual(["RST_STREAM 5 2"]);
  expect(client.log.bad).toEqual(["http2.too_many_headers", "http2.header_list_size_too_large", "http2.unexpected_underscore"]);
  expect(client.log.counters).toMatchObject({ header_overflow: 1, header_list_size_too_large: 1, requests_rejected_with_underscores_in_headers: 1 });
  client.send(headers(7, GET));
  expect(client.log.streams.length).toBe(1);
});

test("a head in many frames is one head; fragments may be cut within a field", () => {
  const client = connected({ limits: { ...HTTP2_SERVER_DEFAULTS.limits, consecutiveEmptyFrames: 1000 } });
  const block = hpack([...GET, ["x-long", "y".repeat(300)]]);
  const frames = [frame(F.HEADERS, F.END_STREAM, 1, block.subarray(0, 1))];
  for (let at = 1; at < block.length; at++) frames.push(frame(F.CONTINUATION, at === block.length - 1 ? F.END_HEADERS : 0, 1, block.subarray(at, at + 1)));
  client.send(...frames);
  expect(client.log.last.log.message).toMatchObject({ ended: true, head: expect.arrayContaining([`x-long: ${"y".repeat(300)}`]) });
});

describe("floods cut the connection off without a word", () => {
  const many = (n: number, one: Buffer): Buffer => Buffer.concat(Array.from({ length: n }, () => one));
  test.each<[string, Buffer, Buffer, string]>([
    ["empty DATA", many(1, data(1, "")), data(1, ""), "inbound_empty_frames_flood"],
    ["PRIORITY", many(200, frame(F.PRIORITY, 0, 1, "\0\0\0\0x")), frame(F.PRIORITY, 0, 1, "\0\0\0\0x"), "inbound_priority_frames_flood"],
    ["WINDOW_UPDATE", many(7, windowUpdate(0, 1)), windowUpdate(0, 1), "inbound_window_update_frames_flood"],
    ["PING", many(999, frame(F.PING, 0, 0, "12345678")), many(2, frame(F.PING, 0, 0, "12345678")), "outbound_control_flood"],
    ["SETTINGS", many(999, settings()), many(2, settings()), "outbound_control_flood"],
  ])("%s", (_what, allowed, beyond, counter) => {
    const client = connected();
    client.send(headers(1, POST, OPEN));
    client.written.buffered = 1e9;
    client.send(allowed);
    expect(client.log.error).toBeUndefined();
    client.send(beyond);
    expect(client.log.error).toMatchObject({ silent: true });
    expect(client.log.counters).toMatchObject({ [counter]: 1 });
  });

  test("513 CONTINUATION frames", () => {
    const client = connected();
    const one = frame(F.CONTINUATION, 0, 1, hpack([["a", "b"]]));
    client.send(headers(1, GET, F.END_STREAM), many(512, one));
    expect(client.log.error).toBeUndefined();
    client.send(one);
    expect(client.log.error).toMatchObject({ silent: true });
  });

  test("a thousand resets at once, and then 33 a second", () => {
    const client = connected();
    let id = 1;
    const open = (n: number): Buffer => Buffer.concat(Array.from({ length: n }, () => Buffer.concat([headers(id, POST, OPEN), reset((id += 2) - 2, F.CANCEL)])));
    client.send(open(1000));
    expect(client.log.error).toBeUndefined();
    client.now = 1000;
    client.send(open(33));
    expect(client.log.error).toBeUndefined();
    expect(client.send(open(1)).at(-1)).toMatch(/code 2$/);
    expect(client.log.counters.rx_reset).toBe(1034);
  });
});

describe("more streams than allowed", () => {
  test("are refused while our SETTINGS may still be on their way", () => {
    const client = new Client({ maxConcurrentStreams: 1 });
    client.send(PREFACE, settings());
    client.send(headers(1, POST, OPEN));
    expect(client.send(headers(3, GET))).toEqual(["RST_STREAM 3 7"]);
    expect(client.log.counters.stream_refused_errors).toBe(1);
  });

  test("end the connection afterwards", () => {
    const client = connected({ maxConcurrentStreams: 1 });
    expect(client.send(headers(1, POST, OPEN), headers(3, GET)).at(-1)).toBe("GOAWAY 0 last 3 code 1");
  });
});

describe("frames for a stream that is over", () => {
  test("which the client reset: that stream is told so again", () => {
    const client = connected();
    expect(client.send(headers(1, POST, OPEN), reset(1, F.CANCEL), data(1, "x"))).toEqual(["RST_STREAM 1 5"]);
    expect(client.log.last.log.reset).toEqual({ reason: "remote reset", details: "http2.remote_reset" });
  });

  test("which was reset here: nothing, for the client could not know; its window is given back", () => {
    const client = connected({ connectionWindow: 65_535 });
    client.send(headers(1, POST, OPEN));
    client.log.last.stream.reset(F.INTERNAL_ERROR);
    expect(client.send(data(1, "x".repeat(16_384)), data(1, "x".repeat(16_384)), headers(1, [["x", "y"]]))).toEqual(["RST_STREAM 1 2", "WINDOW_UPDATE 0 32768"]);
  });

  test("which both sides ended: the connection", () => {
    const client = connected();
    client.send(headers(1, GET));
    client.log.last.stream.encodeHeaders(HeaderBlock.of([[":status", "200"]]), true);
    expect(client.send(data(1, "x")).at(-1)).toBe("GOAWAY 0 last 1 code 5");
  });
});

test("a body that is not as long as was said resets its stream", () => {
  const client = connected();
  const post = [...POST, ["content-length", "3"]] as [string, string][];
  expect(client.send(headers(1, post, OPEN), data(1, "abcd"))).toEqual(["RST_STREAM 1 1"]);
  expect(client.send(headers(3, post, OPEN), data(3, "ab", F.END_STREAM))).toEqual(["RST_STREAM 3 1"]);
  expect(client.log.last.log.reset).toEqual({ reason: "protocol error", details: "http2.remote_reset" });
});

test("padding is taken off, and counts against the windows", () => {
  const client = connected({ streamWindow: 65_535 });
  client.send(frame(F.HEADERS, F.PADDED | F.HAS_PRIORITY | OPEN, 1, Buffer.concat([Buffer.from([4]), words(0), Buffer.from([16]), hpack(POST), Buffer.alloc(4)])));
  for (let i = 0; i < 127; i++) client.send(frame(F.DATA, F.PADDED, 1, Buffer.concat([Buffer.from([255]), Buffer.from("ab"), Buffer.alloc(255)])));
  expect(client.log.last.log.message.body).toBe("ab".repeat(127));
  expect(client.send(frame(F.DATA, F.PADDED, 1, Buffer.concat([Buffer.from([255]), Buffer.alloc(255)])))).toEqual(["WINDOW_UPDATE 1 33022"]);
});

test("a response goes out as far as the windows allow, streams taking turns", () => {
  const client = connected({}, { 4: 10 });
  client.send(headers(1, GET), headers(3, GET));
  for (const { stream } of client.log.streams) {
    stream.encodeHeaders(HeaderBlock.of([[":status", "200"]]), false);
    stream.encodeData(bytes("a".repeat(25)), false);
    stream.encodeTrailers(HeaderBlock.of([["x", "y"]], 3));
  }
  expect(client.answers()).toEqual(["HEADERS 1 :status: 200", `DATA 1 ${"a".repeat(10)}`, "HEADERS 3 :status: 200", `DATA 3 ${"a".repeat(10)}`]);
  expect(client.send(windowUpdate(3, 20))).toEqual([`DATA 3 ${"a".repeat(15)}`, "HEADERS 3 end x: y"]);
  expect(client.send(settings({ 4: 20 }))).toEqual(["SETTINGS 0 ack", `DATA 1 ${"a".repeat(10)}`]);
  expect(client.send(settings({ 4: 0 }), windowUpdate(1, 5))).toEqual(["SETTINGS 0 ack"]);
  expect(client.send(windowUpdate(1, 20))).toEqual([`DATA 1 ${"a".repeat(5)}`, "HEADERS 1 end x: y"]);
  expect(client.log.active).toBe(0);
});

test("a writer is held back above the limit, and let go on below half of it", () => {
  const client = connected({ sendLimit: 100 }, { 4: 0 });
  client.send(headers(1, GET));
  const { stream, log } = client.log.last;
  stream.encodeHeaders(HeaderBlock.of([[":status", "200"]]), false);
  expect(stream.encodeData(bytes("a".repeat(100)), false)).toBe(true);
  expect(stream.encodeData(bytes("a"), false)).toBe(false);
  client.send(windowUpdate(1, 40));
  expect(log.blocked).toEqual([true]);
  client.send(windowUpdate(1, 20));
  expect(log.blocked).toEqual([true, false]);
});

test("while reading is paused no window is given back; then all of it at once", () => {
  const client = connected({ streamWindow: 65_535, connectionWindow: 65_535 });
  client.send(headers(1, POST, OPEN));
  const { stream } = client.log.last;
  stream.pauseReading();
  const piece = data(1, "x".repeat(16_000));
  expect(client.send(piece, piece, piece, piece)).toEqual([]);
  stream.resumeReading();
  expect(client.answers()).toEqual(["WINDOW_UPDATE 0 64000", "WINDOW_UPDATE 1 64000"]);
  stream.pauseReading();
  expect(client.send(piece, piece, piece, piece, data(1, "x".repeat(2000)))).toEqual(["GOAWAY 0 last 1 code 3"]);
});

test("a graceful end: first a promise, then the last stream; what is new afterwards is not taken", () => {
  const client = connected();
  client.send(headers(1, POST, OPEN));
  client.server.announceShutdown();
  expect(client.answers()).toEqual(["GOAWAY 0 last 2147483647 code 0"]);
  client.send(headers(3, POST, OPEN));
  client.server.goAway();
  expect(client.answers()).toEqual(["GOAWAY 0 last 3 code 0"]);
  expect(client.send(headers(5, GET), data(1, "x", F.END_STREAM))).toEqual([]);
  expect(client.log.streams.map(({ log }) => log.message.ended)).toEqual([true, false]);
});

test("an extended CONNECT is an upgrade inside, and its 101 a 200", () => {
  const client = connected({ allowConnect: true });
  client.send(headers(1, [[":method", "CONNECT"], [":protocol", "websocket"], ...GET.slice(1)], OPEN));
  expect(client.log.last.log.message.head).toEqual([":authority: h", ":path: /", ":method: GET", ":scheme: http", "upgrade: websocket", "connection: upgrade"]);
  client.log.last.stream.encodeHeaders(HeaderBlock.of([[":status", "101"], ["upgrade", "websocket"], ["connection", "upgrade"]]), false);
  expect(client.answers()).toEqual(["HEADERS 1 :status: 200"]);
});

test("the peer's settings, its PING and its GOAWAY are heard", () => {
  const client = connected();
  expect(client.send(frame(F.PING, 0, 0, "12345678"))).toEqual(["PING 0 ack 12345678"]);
  client.send(frame(F.PING, F.ACK, 0, "12345678"), goaway(0, 0), frame(99, 0, 0, "unknown frames are ignored"));
  expect(client.log).toMatchObject({ pongs: 1, goaway: 0, settings: 1, error: undefined });
});

test("trailers after trailers, and trailers that do not end the request, are malformed", () => {
  const client = connected();
  expect(client.send(headers(1, POST, OPEN), headers(1, [["x", "y"]], OPEN))).toEqual([]);
  expect(client.log.error).toMatchObject({ details: "http2.violation.of.messaging.rule" });
  expect(client.log.counters.trailers).toBe(1);
});

test("a large head goes out in frames no larger than the peer takes", () => {
  const client = connected();
  client.send(headers(1, GET));
  client.log.last.stream.encodeHeaders(HeaderBlock.of([[":status", "200"], ["x", "y".repeat(40_000)]]), true);
  const { frames } = framesOf(client.written.take());
  expect(frames.map(({ type, flags, payload }) => [type, flags, payload.length <= 16_384])).toEqual([[1, 1, true], [9, 0, true], [9, 4, true]]);
});
