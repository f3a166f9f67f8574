import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CLIENT_DEFAULTS, SERVER_DEFAULTS, type Http1ServerOptions } from "../../src/codec/http1-options.ts";
import { Http1Client } from "../../src/codec/http1-client.ts";
import { Http1Server } from "../../src/codec/http1-server.ts";
import { HeaderBlock } from "../../src/http/header-block.ts";
import {
  AUTHORITY, CONNECTION, EXPECT, KEEP_ALIVE, METHOD, PATH, PROXY_CONNECTION, REQUEST_TRAILERS, RESPONSE_TRAILERS, TE, TRANSFER_ENCODING, UPGRADE,
} from "../../src/http/names.ts";
import { bytes, EventLog, Written } from "../support/http1-log.ts";

/** What Envoy 1.40.0 made of a connection's bytes: its log lines, and what its upstream received. */
interface Recorded {
  title: string;
  request: string;
  options?: Partial<Http1ServerOptions>;
  events: { status?: number; details?: string; method?: string; path?: string; authority?: string; protocol?: string; received?: number }[];
  upstream?: string[];
}

const recorded = JSON.parse(readFileSync(new URL("../golden/http1-requests.json", import.meta.url), "utf8")) as Recorded[];

const HOP_BY_HOP = [CONNECTION, UPGRADE, KEEP_ALIVE, PROXY_CONNECTION, TRANSFER_ENCODING];

/** The part of the connection manager that shows in what goes upstream. */
function asForwarded(head: HeaderBlock): HeaderBlock {
  for (const id of HOP_BY_HOP) head.remove(id);
  if (head.get(TE) !== "trailers") head.remove(TE);
  if (head.get(EXPECT)?.toLowerCase() === "100-continue") head.remove(EXPECT);
  return head;
}

function run({ request, options }: Recorded): { events: Recorded["events"]; upstream: string[] } {
  const events: Recorded["events"] = [];
  const upstream: string[] = [];
  let written = new Written();
  let client = new Http1Client(CLIENT_DEFAULTS, new EventLog(), written);
  let current: Recorded["events"][number] = {};
  const finish = (): void => {
    events.push(current);
    upstream.push(written.text);
    server.encodeHeaders(HeaderBlock.of([[":status", "200"]]), true);
    if (!server.requestWantsClose) server.next();
  };
  const server: Http1Server = new Http1Server({ ...SERVER_DEFAULTS, ...options }, {
    onRequest(head, ended) {
      current = { method: head.get(METHOD) ?? "-", path: head.get(PATH) ?? "-", authority: head.get(AUTHORITY) ?? "-", protocol: server.protocol, received: 0 };
      written = new Written();
      client = new Http1Client(CLIENT_DEFAULTS, new EventLog(), written);
      client.encodeHeaders(asForwarded(head), ended);
      if (ended) finish();
    },
    onBody(data, ended) {
      current.received = (current.received ?? 0) + data.length;
      client.encodeData(data, ended);
      if (ended) finish();
    },
    onTrailers(trailers) {
      client.encodeTrailers(trailers);
      finish();
    },
    onError({ status, details }) {
      events.push({ status, details, ...(current.received === undefined || current.received === 0 || events.length > 0 ? {} : { received: current.received }) });
      current = {};
    },
  }, new Written());
  server.receive(bytes(request));
  if (events.length === 0) {
    events.push(current);
    upstream.push(written.text);
  }
  return { events, upstream };
}

describe("what a client sends is taken, refused and forwarded as by Envoy 1.40.0", () => {
  test.each(recorded)("$title", (row) => {
    const { events, upstream } = run(row);
    expect(events).toEqual(row.events);
    if (row.upstream !== undefined) expect(upstream).toEqual(row.upstream);
  });
});

/** 1: with HTTP/1.0, trailers and chunked length allowed; the bytes; what Envoy 1.40.0 made of the first request in them. */
const random = JSON.parse(readFileSync(new URL("../golden/http1-random.json", import.meta.url), "utf8")) as [0 | 1, string, Recorded["events"][number]][];

test(`${random.length} heads put together at random are judged as by Envoy 1.40.0`, () => {
  for (const [lenient, request, first] of random) {
    const options = lenient === 1 ? { acceptHttp10: true, enableTrailers: true, allowChunkedLength: true } : {};
    expect(run({ title: "", request, options, events: [] }).events[0], JSON.stringify(request)).toMatchObject(first);
  }
});

function serve(options: Partial<Http1ServerOptions> = {}): { server: Http1Server; log: EventLog; written: Written } {
  const log = new EventLog();
  const written = new Written();
  return { server: new Http1Server({ ...SERVER_DEFAULTS, ...options }, log, written), log, written };
}

const GET = "GET /x HTTP/1.1\r\nHost: h\r\n";

describe("limits", () => {
  const size = 60 * 1024;
  const head = (length: number): string => `${GET}X: ${"a".repeat(length - GET.length - 7)}\r\n\r\n`;

  test("a head of exactly the limit passes, a byte more is 431", () => {
    const fits = serve();
    fits.server.receive(bytes(head(size)));
    expect([fits.log.messages.length, fits.log.error]).toEqual([1, undefined]);
    const tooLong = serve();
    tooLong.server.receive(bytes(head(size + 1)));
    expect(tooLong.log.error).toMatchObject({ status: 431, details: "http1.headers_too_large", body: "Request Header Fields Too Large", flag: "DPE" });
  });

  test("a head that goes on for ever is refused at the limit, in whatever pieces it comes", () => {
    const { server, log } = serve();
    server.receive(bytes(`${GET}X: `));
    for (let i = 0; i < 70 && log.error === undefined; i++) server.receive(bytes("a".repeat(1000)));
    expect(log.error?.details).toBe("http1.headers_too_large");
  });

  test("a large body behind a small head does not count", () => {
    const { server, log } = serve();
    server.receive(bytes(`POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n${"b".repeat(100_000)}`));
    expect([log.error, log.last?.body.length, log.last?.ended]).toEqual([undefined, 100_000, true]);
  });

  test("100 headers pass, 101 are 431, and joined lines count once", () => {
    const many = (n: number, name: (i: number) => string): string => `${GET}${Array.from({ length: n }, (_, i) => `${name(i)}: 1\r\n`).join("")}\r\n`;
    const outcome = (text: string): string | undefined => {
      const { server, log } = serve();
      server.receive(bytes(text));
      return log.error?.details;
    };
    expect(outcome(many(99, (i) => `x-${i}`))).toBeUndefined();
    expect(outcome(many(100, (i) => `x-${i}`))).toBe("http1.too_many_headers");
    expect(outcome(many(300, () => "accept"))).toBeUndefined();
  });

  test("trailers over the limit are 431 even where trailers are dropped", () => {
    const { server, log } = serve();
    server.receive(bytes(`POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ${"a".repeat(61 * 1024)}\r\n\r\n`));
    expect(log.error?.details).toBe("http1.headers_too_large");
  });
});

describe("one request at a time", () => {
  test("what comes behind a request waits for the end of its response", () => {
    const { server, log, written } = serve();
    server.receive(bytes(`${GET}\r\n${GET}A: 2\r\n\r\n`));
    expect([log.messages.length, server.blocked, server.keptBytes]).toEqual([1, true, GET.length + 8]);
    server.receive(bytes(`${GET}A: 3\r\n\r\n`));
    server.next();
    expect(log.messages.length).toBe(1);
    for (let i = 2; i <= 4; i++) {
      server.encodeHeaders(HeaderBlock.of([[":status", "204"]]), true);
      server.next();
      expect(log.messages.length).toBe(Math.min(i, 3));
    }
    expect(log.messages.map((m) => m.head.at(-1))).toEqual([":method: GET", "a: 2", "a: 3"]);
    expect([server.blocked, written.text]).toEqual([false, "HTTP/1.1 204 No Content\r\n\r\n".repeat(3)]);
  });

  test("a thousand pipelined requests answered at once do not nest", () => {
    const { server, log } = serve();
    log.after = () => {
      server.encodeHeaders(HeaderBlock.of([[":status", "204"]]), true);
      server.next();
    };
    server.receive(bytes(`${GET}\r\n`.repeat(1000)));
    expect(log.messages.length).toBe(1000);
  });

  test("after an early response the rest of the request is ignored", () => {
    const { server, log } = serve();
    server.receive(bytes("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc"));
    server.encodeHeaders(HeaderBlock.of([[":status", "200"]]), true);
    server.receive(bytes("defghij\r\n\r\nJUNK"));
    server.next();
    expect([log.last?.body, log.error, server.blocked]).toEqual(["abc", undefined, false]);
  });

  test("stop within an event silences the rest of the read", () => {
    const { server, log } = serve();
    log.after = () => server.stop();
    server.receive(bytes("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcJUNK"));
    expect([log.messages.length, log.last?.body, log.error]).toEqual([1, "", undefined]);
  });

  test("a half-read head is told from an idle connection", () => {
    const { server } = serve();
    expect(server.midHead).toBe(false);
    server.receive(bytes("\r\n"));
    expect(server.midHead).toBe(false);
    server.receive(bytes("GE"));
    expect(server.midHead).toBe(true);
    server.receive(bytes("T / HTTP/1.1\r\nHost: h\r\n\r\n"));
    expect([server.midHead, server.requestComplete]).toEqual([false, true]);
  });
});

describe("raw connections", () => {
  test("after an upgrade all bytes are body, chunks are not made", () => {
    const { server, log, written } = serve();
    server.receive(bytes(`${GET}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\nraw1`));
    server.receive(bytes("raw2"));
    server.encodeHeaders(HeaderBlock.of([[":status", "101"], ["connection", "Upgrade"], ["upgrade", "websocket"]]), false);
    server.encodeData(bytes("down"), false);
    expect([log.last?.body, log.last?.ended]).toEqual(["raw1raw2", false]);
    expect(written.text).toBe("HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\ndown");
  });

  test("a CONNECT that succeeds has no framing, one that fails has", () => {
    const answer = (status: string): string => {
      const { server, written } = serve();
      server.receive(bytes("CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n"));
      server.encodeHeaders(HeaderBlock.of([[":status", status]]), false);
      server.encodeData(bytes("x"), false);
      return written.text;
    };
    expect(answer("200")).toBe("HTTP/1.1 200 OK\r\n\r\nx");
    expect(answer("403")).toBe("HTTP/1.1 403 Forbidden\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n");
  });
});

describe("responses", () => {
  function respond(request: string, head: [string, string][], pieces: string[], options: Partial<Http1ServerOptions> = {}, trailers?: [string, string][]): string {
    const { server, written } = serve(options);
    server.receive(bytes(request));
    const only = pieces.length === 0 && trailers === undefined;
    server.encodeHeaders(HeaderBlock.of(head), only);
    pieces.forEach((piece, i) => server.encodeData(bytes(piece), i === pieces.length - 1 && trailers === undefined));
    if (trailers !== undefined) server.encodeTrailers(HeaderBlock.of(trailers, RESPONSE_TRAILERS));
    return written.text;
  }
  const OK: [string, string] = [":status", "200"];

  test("framing is chosen as Envoy chooses it", () => {
    expect(respond(`${GET}\r\n`, [OK], [])).toBe("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    expect(respond(`${GET}\r\n`, [OK, ["content-length", "2"]], ["ok"])).toBe("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    expect(respond(`${GET}\r\n`, [OK], ["ab", "0123456789abcdef!", ""]))
      .toBe("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n11\r\n0123456789abcdef!\r\n0\r\n\r\n");
    expect(respond(`${GET}\r\n`, [[":status", "204"]], [])).toBe("HTTP/1.1 204 No Content\r\n\r\n");
    expect(respond(`${GET}\r\n`, [[":status", "304"], ["content-length", "9"]], [])).toBe("HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n");
    expect(respond(`${GET}\r\n`, [[":status", "777"]], [])).toBe("HTTP/1.1 777 Unknown\r\ncontent-length: 0\r\n\r\n");
  });

  test("HEAD gets the header of a body and no body", () => {
    const HEAD = "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n";
    expect(respond(HEAD, [OK], [])).toBe("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
    expect(respond(HEAD, [OK, ["content-length", "5"]], [])).toBe("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n");
  });

  test("HTTP/1.0 gets its own status line and no chunks", () => {
    const request = "GET / HTTP/1.0\r\nHost: h\r\n\r\n";
    expect(respond(request, [OK, ["connection", "close"]], ["abc"], { acceptHttp10: true })).toBe("HTTP/1.0 200 OK\r\nconnection: close\r\n\r\nabc");
    expect(respond(request, [[":status", "426"]], [])).toBe("HTTP/1.1 426 Upgrade Required\r\ncontent-length: 0\r\n\r\n");
  });

  test("trailers go out only where they are enabled and the body is chunked", () => {
    const trailers: [string, string][] = [["grpc-status", "0"], ["x-t", "1"]];
    expect(respond(`${GET}\r\n`, [OK], ["a"], { enableTrailers: true }, trailers))
      .toBe("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\ngrpc-status: 0\r\nx-t: 1\r\n\r\n");
    expect(respond(`${GET}\r\n`, [OK], ["a"], {}, trailers)).toBe("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n");
    expect(respond(`${GET}\r\n`, [OK, ["content-length", "1"]], ["a"], { enableTrailers: true }, trailers)).toBe("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na");
  });

  test("proper_case_words writes every name so", () => {
    expect(respond(`${GET}\r\n`, [OK, ["x-a1-b_c", "1"]], [], { properCase: true })).toBe("HTTP/1.1 200 OK\r\nX-A1-B_C: 1\r\nContent-Length: 0\r\n\r\n");
  });

  test("100 Continue comes before the response and leaves it alone", () => {
    const { server, written } = serve();
    server.receive(bytes(`${GET}\r\n`));
    server.encode1xx(HeaderBlock.of([[":status", "100"]]));
    server.encodeHeaders(HeaderBlock.of([OK]), true);
    expect(written.text).toBe("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  });

  test("a large chunk and a head beyond the scratch buffer come out whole", () => {
    const body = "b".repeat(200_000);
    const text = respond(`${GET}\r\n`, [OK, ["x", "v".repeat(200_000)]], [body]);
    expect(text).toBe(`HTTP/1.1 200 OK\r\nx: ${"v".repeat(200_000)}\r\ntransfer-encoding: chunked\r\n\r\n30d40\r\n${body}\r\n0\r\n\r\n`);
  });
});

test("with preserve_case a request goes upstream with the names it came with", () => {
  const forwarded = (preserveCase: "DEFAULT" | "PROPER_CASE", pieces: string[]): string => {
    const log = new EventLog();
    const written = new Written();
    const server = new Http1Server({ ...SERVER_DEFAULTS, preserveCase }, log, new Written());
    log.after = (_, head) => {
      head?.addNamed("x-added", "1");
      new Http1Client(CLIENT_DEFAULTS, new EventLog(), written).encodeHeaders(head as HeaderBlock, true);
    };
    for (const piece of pieces) server.receive(bytes(piece));
    return written.text;
  };
  const text = "GET / HTTP/1.1\r\nHOST: h\r\nx-aB:1\r\nX-AB: 2\r\n\r\n";
  expect(forwarded("DEFAULT", [text])).toBe("GET / HTTP/1.1\r\nHOST: h\r\nx-aB: 1\r\nx-aB: 2\r\nx-added: 1\r\n\r\n");
  expect(forwarded("PROPER_CASE", [...text])).toBe("GET / HTTP/1.1\r\nHOST: h\r\nx-aB: 1\r\nx-aB: 2\r\nX-Added: 1\r\n\r\n");
});

test("request trailers are handed on where they are enabled", () => {
  const { server, log } = serve({ enableTrailers: true });
  server.receive(bytes("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\nHost: t\r\n x\r\n\r\n"));
  expect(log.last).toMatchObject({ body: "abc", ended: true, trailers: ["x-t: 1", "host: t x"] });
  expect(REQUEST_TRAILERS).toBe(2);
});
