import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Http1Client, type Http1ClientOptions } from "../../src/codec/http1-client.ts";
import { Http1Server } from "../../src/codec/http1-server.ts";
import { CLIENT_DEFAULTS, SERVER_DEFAULTS } from "../../src/codec/http1-options.ts";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { CONNECTION, KEEP_ALIVE, PROXY_CONNECTION, REQUEST_TRAILERS, SERVER, TRANSFER_ENCODING, UPGRADE } from "../../src/http/names.ts";
import { bytes, EventLog, Written } from "../support/http1-log.ts";

/** What Envoy 1.40.0 made of an upstream's bytes: its fault, or what its client received. */
interface Recorded {
  title: string;
  method: string;
  steps: string[];
  trailers?: boolean;
  http10?: boolean;
  fault?: "before" | "after" | "connection termination";
  answer?: string;
}

const recorded = JSON.parse(readFileSync(new URL("../golden/http1-responses.json", import.meta.url), "utf8")) as Recorded[];

function run({ method, steps, trailers = false, http10 = false }: Recorded): { fault: string | undefined; answer: string } {
  const written = new Written();
  const server = new Http1Server({ ...SERVER_DEFAULTS, enableTrailers: trailers, acceptHttp10: http10 }, new EventLog(), written);
  server.receive(bytes(`${method} / HTTP/1.${http10 ? 0 : 1}\r\nHost: h\r\n\r\n`));
  let fault: string | undefined;
  let begun = false;
  let over = false;
  const client = new Http1Client({ ...CLIENT_DEFAULTS, enableTrailers: trailers }, {
    onInformational() {},
    onResponse(head, ended) {
      begun = true;
      over = ended;
      for (const id of [CONNECTION, UPGRADE, KEEP_ALIVE, PROXY_CONNECTION, TRANSFER_ENCODING, SERVER]) head.remove(id);
      server.encodeHeaders(head, ended);
    },
    onBody(data, ended) {
      over = ended;
      server.encodeData(data, ended);
    },
    onTrailers(block) {
      over = true;
      server.encodeTrailers(block);
    },
    onError() {
      if (!over) fault = begun ? "after" : "before";
    },
  }, new Written());
  client.encodeHeaders(HeaderBlock.of([[":method", method], [":path", "/"], ["host", "h"]]), true);
  for (const step of steps) {
    if (fault !== undefined) break;
    if (step !== "close" && step !== "rst") client.receive(bytes(step));
    else if (client.end() && !over) fault = "connection termination";
  }
  return { fault, answer: written.text };
}

describe("what an upstream sends is taken, refused and passed on as by Envoy 1.40.0", () => {
  test.each(recorded)("$title", (row) => {
    const { fault, answer } = run(row);
    expect(fault).toBe(row.fault);
    if (row.answer !== undefined) expect(answer).toBe(row.answer);
  });
});

function connect(options: Partial<Http1ClientOptions> = {}, absolute = false): { client: Http1Client; log: EventLog; written: Written } {
  const log = new EventLog();
  const written = new Written();
  return { client: new Http1Client({ ...CLIENT_DEFAULTS, ...options, absolute }, log, written), log, written };
}

function request(method = "GET", ...more: [string, string][]): HeaderBlock {
  return HeaderBlock.of([[":method", method], [":path", "/p?q"], [":authority", "h:8"], [":scheme", "http"], ...more]);
}

describe("requests", () => {
  test("without a body get content-length 0 only where the method might have one", () => {
    const text = (method: string): string => {
      const { client, written } = connect();
      client.encodeHeaders(request(method), true);
      return written.text;
    };
    for (const method of ["GET", "HEAD", "DELETE", "TRACE"]) expect(text(method)).toBe(`${method} /p?q HTTP/1.1\r\nhost: h:8\r\n\r\n`);
    for (const method of ["POST", "PUT", "OPTIONS"]) expect(text(method)).toBe(`${method} /p?q HTTP/1.1\r\nhost: h:8\r\ncontent-length: 0\r\n\r\n`);
  });

  test("with a body of unknown length go out in chunks, with trailers if enabled", () => {
    const { client, written } = connect({ enableTrailers: true });
    client.encodeHeaders(request("POST", ["x-a", "1"]), false);
    client.encodeData(bytes("abc"), false);
    client.encodeTrailers(HeaderBlock.of([["x-t", "1"]], REQUEST_TRAILERS));
    expect(written.text).toBe("POST /p?q HTTP/1.1\r\nhost: h:8\r\nx-a: 1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx-t: 1\r\n\r\n");
  });

  test("CONNECT and upgrades are raw from the start", () => {
    const connected = connect();
    connected.client.encodeHeaders(HeaderBlock.of([[":method", "CONNECT"], [":authority", "h:443"]]), false);
    connected.client.encodeData(bytes("raw"), false);
    expect(connected.written.text).toBe("CONNECT h:443 HTTP/1.1\r\nhost: h:443\r\n\r\nraw");
    connected.client.receive(bytes("HTTP/1.1 200 OK\r\n\r\nback"));
    connected.client.receive(bytes("more"));
    expect(connected.client.end()).toBe(true);
    expect(connected.log.last).toMatchObject({ body: "backmore", ended: true });
    const upgraded = connect();
    upgraded.client.encodeHeaders(request("GET", ["connection", "upgrade"], ["upgrade", "websocket"]), false);
    upgraded.client.encodeData(bytes("raw"), false);
    expect(upgraded.written.text).toBe("GET /p?q HTTP/1.1\r\nhost: h:8\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nraw");
    upgraded.client.receive(bytes("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nframe"));
    expect([upgraded.log.last?.body, upgraded.client.reusable]).toEqual(["frame", false]);
  });

  test("a forward proxy gets the whole URL", () => {
    const { client, written } = connect({}, true);
    client.encodeHeaders(request(), true);
    expect(written.text).toBe("GET http://h:8/p?q HTTP/1.1\r\nhost: h:8\r\n\r\n");
  });
});

describe("the connection after a response", () => {
  const answer = (head: string, body = "", method = "GET"): { client: Http1Client; log: EventLog } => {
    const { client, log } = connect();
    client.encodeHeaders(request(method), true);
    client.receive(bytes(`${head}\r\n\r\n${body}`));
    return { client, log };
  };

  test("serves another request, or not", () => {
    expect(answer("HTTP/1.1 200 OK\r\ncontent-length: 2", "ok").client.reusable).toBe(true);
    expect(answer("HTTP/1.1 200 OK\r\ncontent-length: 2", "o").client.reusable).toBe(false);
    expect(answer("HTTP/1.1 200 OK\r\nconnection: Close\r\ncontent-length: 2", "ok").client.reusable).toBe(false);
    expect(answer("HTTP/1.1 200 OK\r\nproxy-connection: close\r\ncontent-length: 0").client.reusable).toBe(false);
    expect(answer("HTTP/1.0 200 OK\r\ncontent-length: 2", "ok").client.reusable).toBe(false);
    expect(answer("HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2", "ok").client.reusable).toBe(true);
  });

  test("is useless if the response came before the request was whole", () => {
    const { client, log } = connect();
    client.encodeHeaders(request("POST"), false);
    client.receive(bytes("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"));
    expect([log.last?.ended, client.requestComplete, client.reusable]).toEqual([true, false, false]);
  });

  test("is at fault if more comes than was asked for", () => {
    const { client, log } = answer("HTTP/1.1 200 OK\r\ncontent-length: 2", "okHTTP/1.1 200 OK\r\n\r\n");
    expect([log.last?.body, log.error?.flag, client.reusable]).toEqual(["ok", "UPE", false]);
    const unasked = connect();
    unasked.client.receive(bytes("HTTP/1.1 408 Request Timeout\r\n\r\n"));
    expect(unasked.log.error?.flag).toBe("UPE");
  });

  test("is known to be at fault when the response ends", () => {
    for (const text of ["content-length: 0\r\n\r\nX", "content-length: 1\r\n\r\naX", "transfer-encoding: chunked\r\n\r\n0\r\n\r\nX", "transfer-encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\nX"]) {
      const { client, log } = connect();
      const reusable: boolean[] = [];
      log.after = (ended) => { if (ended) reusable.push(client.reusable); };
      client.encodeHeaders(request(), true);
      client.receive(bytes(`HTTP/1.1 200 OK\r\n${text}`));
      expect(reusable, text).toEqual([false]);
    }
  });

  test("never takes left-over bytes for the answer to the next request", () => {
    const { client, log } = connect();
    log.after = (ended) => {
      if (ended && log.messages.length === 1) client.encodeHeaders(request(), true);
    };
    client.encodeHeaders(request(), true);
    client.receive(bytes("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil"));
    expect([log.messages.length, log.error?.flag]).toEqual([1, "UPE"]);
  });

  test("informational responses are told apart from the final one", () => {
    const { log } = answer("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0");
    expect(log.informational).toEqual([[":status: 100"], [":status: 103", "link: a"]]);
    expect(log.messages).toEqual([{ head: [":status: 200", "content-length: 0"], body: "", trailers: undefined, ended: true }]);
  });

  test("a response head is limited in size and number", () => {
    expect(answer(`HTTP/1.1 200 OK\r\nx: ${"a".repeat(81_920)}`).log.error?.details).toBe("http1.headers_too_large");
    expect(answer(`HTTP/1.1 200 OK${Array.from({ length: 101 }, (_, i) => `\r\nx-${i}: 1`).join("")}`).log.error?.details).toBe("http1.too_many_headers");
  });
});
