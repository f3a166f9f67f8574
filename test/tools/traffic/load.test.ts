import { describe, expect, test } from "vitest";
import { Findings } from "../../../src/diagnostics/findings.ts";
import { Origins } from "../../../src/diagnostics/origins.ts";
import type { TrafficKind } from "../../../src/tools/traffic/kinds.ts";
import { placeOf, placeWords } from "../../../src/tools/render-replay.ts";
import { loadRequests } from "../../../src/tools/traffic/load.ts";
import { NO_DEFAULTS, type TrafficDefaults } from "../../../src/tools/traffic/traffic-request.ts";

interface Read {
  readonly requests: readonly string[];
  readonly places: readonly string[];
  readonly findings: readonly string[];
  readonly headers: readonly (readonly (readonly [string, string])[])[];
}

/** Each request as `METHOD scheme://host/path`, each finding as `line:column message`. */
function read(name: string, text: string | Uint8Array, defaults: Partial<TrafficDefaults> = {}, kind?: TrafficKind): Read {
  const origins = new Origins();
  const diagnostics = new Findings(origins);
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const tests = [...loadRequests({ name, bytes }, { origins, diagnostics, defaults: { ...NO_DEFAULTS, ...defaults }, kind })];
  const asked = tests.map((each) => (each.kind === "request" ? each.request : undefined)).filter((each) => each !== undefined);
  return {
    requests: asked.map(({ method, scheme, host, path }) => `${method} ${scheme}://${host}${path ?? ""}`), headers: asked.map((each) => each.headers),
    places: tests.map((each) => placeWords(placeOf(origins, each.at))), findings: diagnostics.resolve().map(({ line, column, message }) => `${line}:${column} ${message}`),
  };
}

const ENVOY = '[2026-01-02T03:04:05.678Z] "GET /a?b=c HTTP/1.1" 200 - 0 12 3 2 "192.0.2.1,10.0.0.9" "curl/8 "quoted"" "6f1f" "shop.example.com" "10.1.2.3:80"';

describe("an Envoy access log", () => {
  test("in the default format gives method, path, host, client and headers of each line", () => {
    const { requests, headers, places, findings } = read("access.log", `${ENVOY}\r\n\n${ENVOY.replace("GET /a?b=c HTTP/1.1", "POST /x y HTTP/2").replaceAll('"6f1f"', '"-"')}\n`);
    expect(requests).toEqual(["GET http://shop.example.com/a?b=c"]);
    expect(headers[0]).toEqual([["x-forwarded-for", "192.0.2.1,10.0.0.9"], ["user-agent", 'curl/8 "quoted"'], ["x-request-id", "6f1f"]]);
    expect(places).toEqual(["access.log:1:1"]);
    expect(findings).toEqual(['3:1 the path "/x y" holds a space or control character; write it as %XX.']);
  });

  test("may begin with what is none of it", () => {
    expect(read("access.log", `half a line" 200\n\n${ENVOY}\n`)).toMatchObject({ requests: ["GET http://shop.example.com/a?b=c"], findings: ["1:1 this is no line of Envoy's default access log format."] });
  });

  test("as Istio writes it is read too, with more between and behind", () => {
    expect(read("l", '[2020-11-25T21:26:18.409Z] "GET /status/418 HTTP/1.1" 418 - via_upstream - "-" 0 135 3 1 "-" "curl/7" "84961386" "httpbin:8000" "127.0.0.1:80"\n').requests).toEqual(["GET http://httpbin:8000/status/418"]);
  });

  test("lines that tell of no request have a place, and the rest goes on; of very many the number is said", () => {
    const { requests, findings } = read("access.log", `${ENVOY}\n[2026-01-02T03:04:05.678Z] "- - HTTP/1.1" 400 DPE 0 11 0 - "-" "-" "-" "-" "-"\nrubbish\n${ENVOY}\n`);
    expect(requests).toHaveLength(2);
    expect(findings).toEqual(["2:1 the line tells of a request that was never read.", "3:1 this is no line of Envoy's default access log format."]);
    expect(read("access.log", `${ENVOY}\n${"rubbish\n".repeat(50)}`).findings).toHaveLength(21);
  });

  test("of JSON lines is read by the usual names of the keys, nested or not", () => {
    const lines = [
      { start_time: "x", method: "GET", "x-envoy-original-path": "/orig", path: "/new", authority: "a.example", response_code: 200, xff: "-", user_agent: "u" },
      { ":method": "PUT", ":path": "/p", ":authority": "b.example", "x-forwarded-proto": "https", response_code: 1 },
      { http: { request: { method: "POST" } }, url: { path: "/n", domain: "c.example" }, status: 3 },
      { message: "started" },
    ];
    const { requests, headers, findings } = read("access.json", lines.map((line) => `${JSON.stringify(line)}\n`).join("") + "{oops\n");
    expect(requests).toEqual(["GET http://a.example/orig", "PUT https://b.example/p", "POST http://c.example/n"]);
    expect(headers[0]).toEqual([["user-agent", "u"]]);
    expect(findings[0]).toMatch(/^4:1 the line has no method under any of the names /);
    expect(findings[1]).toMatch(/^5:1 the line is not JSON: /);
  });

  test("may stand among the lines of Envoy's own log", () => {
    const own = "[2026-01-02 03:04:05.678][1][info][main] [source/server/server.cc:1010] starting \"main\" dispatch loop\n";
    expect(read("l", `${own}${own}${ENVOY}\n${own}`)).toMatchObject({ requests: ["GET http://shop.example.com/a?b=c"], findings: [] });
    expect(read("l", `${own}{"method": "GET", "path": "/", "authority": "x"}\n${own}`)).toMatchObject({ requests: ["GET http://x/"], findings: [] });
  });

  test("with bytes that are no UTF-8 is read all the same", () => {
    expect(read("access.log", Buffer.from(`${ENVOY.replace("curl/8", "\xff\xfe")}\n`, "latin1")).requests).toEqual(["GET http://shop.example.com/a?b=c"]);
  });
});

describe("an nginx log in the combined format", () => {
  const line = String.raw`192.0.2.7 - bob [02/Jan/2026:03:04:05 +0000] "GET /a\x22b HTTP/1.1" 200 12 "https://ref.example/" "Mozilla \x22x\x22"`;

  test("needs a host, which it does not hold", () => {
    expect(read("n.log", `${line}\n`)).toMatchObject({ requests: [], findings: ["1:1 the request has no host; --host gives one to all that have none."] });
    const { requests, headers } = read("n.log", `${line}\n`, { host: "h.example", tls: true });
    expect([requests, headers]).toEqual([['GET https://h.example/a"b'], [[["referer", "https://ref.example/"], ["user-agent", 'Mozilla "x"']]]]);
  });

  test("with a line that is none goes on", () => {
    expect(read("n.log", `${line}\n${line.replace(/"GET.*?1.1"/, String.raw`"\x16\x03"`)}\n`, { host: "h" }).findings).toEqual([String.raw`2:1 "\u0016\u0003" is no request line.`]);
  });
});

describe("curl command lines", () => {
  const curl = (text: string): Read => read("c.sh", text);

  test.each([
    ["curl https://a.example", ["GET https://a.example/"], []],
    ["curl -sSL -XDELETE 'http://a.example:8080/x y?z#f'", [], []],
    ["curl -X PUT a.example/x", ["PUT http://a.example/x"], []],
    ["curl -I a.example", ["HEAD http://a.example/"], []],
    ["curl a.example -d 'a=b' -d c=d", ["POST http://a.example/"], [["content-type", "application/x-www-form-urlencoded"]]],
    ["curl -G a.example/s -d q=1 -d r=2", ["GET http://a.example/s?q=1&r=2"], []],
    [String.raw`curl 'https://a.example/' -H 'X-A: b c' -H "Cookie: d=\"e\"" --compressed`, ["GET https://a.example/"], [["X-A", "b c"], ["Cookie", 'd="e"'], ["accept-encoding", "deflate, gzip, br, zstd"]]],
    [String.raw`curl a.example -H $'x: \'q\' \u00e9' -H 'gone:' -H 'empty;' -A me -b k=v -e r -u u:p -o out`, ["GET http://a.example/"], [["x", "'q' é"], ["empty", ""], ["user-agent", "me"], ["cookie", "k=v"], ["referer", "r"], ["authorization", "Basic dTpw"]]],
    ["curl -H 'Host: other.example' http://10.0.0.1/x", ["GET http://other.example/x"], []],
    ["curl --request=PATCH --url http://a.example/ --json '{}'", ["PATCH http://a.example/"], [["content-type", "application/json"], ["accept", "application/json"]]],
  ])("%s", (text, requests, headers) => {
    const found = curl(text);
    expect(found.requests).toEqual(requests);
    if (requests.length > 0) expect(found.headers[0]).toEqual(headers);
  });

  test("may go over several lines, by backslashes and open quotes; comments stand between them", () => {
    expect(curl("# first\ncurl 'http://a.example/' \\\n  -H 'a: b' \\\n  --data-raw 'line one\nline two'\n\ncurl b.example\n")).toMatchObject({ requests: ["POST http://a.example/", "GET http://b.example/"], places: ["c.sh:2:1", "c.sh:7:1"] });
  });

  test.each([
    ["curl ftp://x/", '1:1 "ftp://x/" is neither http:// nor https://.'], ["curl -s", "1:1 the command names no URL."], ["curl a.example 'x", "1:1 a quote is not closed."],
    ["curl a.example -H 'no colon'", "1:1 -H \"no colon\" is not 'Name: value'."], ["curl a.example b.example", '1:1 the command names more than one URL: "b.example".'], ["curl a.example -H", "1:1 -H needs a value."],
    ["curl a.example -H $'x: a\\nb'", "1:1 the value of header x holds a line break or NUL."],
  ])("%s is refused", (text, finding) => {
    expect(curl(text)).toMatchObject({ requests: [], findings: [finding] });
  });
});

describe("raw HTTP requests", () => {
  test("stand one after the other, each with its body", () => {
    const { requests, headers, places } = read("r.txt", "POST /a HTTP/1.1\r\nHost: x.example\r\nContent-Length: 5\r\n\r\nGET /GET /b HTTP/1.1\r\nhost: y.example\r\nx-a:  b \r\n\r\n");
    expect(requests).toEqual(["POST http://x.example/a", "GET http://y.example/b"]);
    expect(headers).toEqual([[["Content-Length", "5"]], [["x-a", "b"]]]);
    expect(places).toEqual(["r.txt:1:1", "r.txt:5:6"]);
  });

  test("as editors keep them: separators, comments, absolute URLs, no protocol", () => {
    expect(read("r.http", "### one\n# note\nGET https://a.example/x\naccept: */*\n\n### two\nPOST http://b.example/y HTTP/1.1\n\n{ \"a\": 1 }\n\n###\nCONNECT c.example:443 HTTP/1.1\n").requests).toEqual(["GET https://a.example/x", "POST http://b.example/y", "CONNECT http://c.example:443"]);
  });

  test("with an absolute target beside a Host header is as it came over the wire", () => {
    expect(read("r.txt", "GET http://b.example/x HTTP/1.1\nHost: a.example\n\nGET ftp://b.example/x HTTP/1.1\nHost: a.example\n\n").requests).toEqual(["GET http://a.examplehttp://b.example/x", "GET http://a.exampleftp://b.example/x"]);
  });

  test("with nonsense in between say where", () => {
    expect(read("r.http", "GET /a HTTP/1.1\nhost: x\n folded\n\nGET /b HTTP/1.1\nhost: y\n\nGET ftp://z HTTP/1.1\n")).toMatchObject({
      requests: ["GET http://y/b"], findings: ["3:1 a header line begins with white space (obs-fold), which Envoy does not take.", '8:1 "ftp://z" is neither a path nor an http:// or https:// URL.'],
    });
    expect(read("r.http", "GET /a HTTP/1.1\n\n")).toMatchObject({ requests: [], findings: ["1:1 the request has no host; --host gives one to all that have none."] });
  });
});

test("a HAR file gives the requests that reach a proxy", () => {
  const entry = (url: string, headers: readonly object[] = []): object => ({ request: { method: "GET", url, headers } });
  const har = JSON.stringify({ log: { version: "1.2", entries: [entry("https://a.example/x?y#z", [{ name: ":authority", value: "a.example" }, { name: "Accept", value: "*/*" }]), entry("wss://a.example/ws"), entry("data:text/plain,x"), { request: { url: "http://b" } }] } }, undefined, 1);
  const { requests, headers, findings } = read("a.har", har);
  expect(requests).toEqual(["GET https://a.example/x?y", "GET https://a.example/ws"]);
  expect(headers[0]).toEqual([["Accept", "*/*"]]);
  expect(findings.map((each) => each.replace(/^\d+:\d+ /, ""))).toEqual(['"data:text/plain,x" is neither http:// nor https://: it never reaches a proxy.', "The request has no method."]);
});

describe("legate's own list", () => {
  test("may be JSON lines; a trailing comma is fine, a broken line has a place and the rest goes on", () => {
    const { requests, findings, places } = read("t.jsonl", '{"url": "http://a.example/", "expect": {"cluster": "a",}}\n{"url": }\n{"url": "http://b.example/", "sni": "c", "alpn": ["h2"], "dest": "10.0.0.1:443"}\n{"url": "http://d/", "dest": "here"}\n');
    expect(requests).toEqual(["GET http://a.example/", "GET http://b.example/"]);
    expect(places).toEqual(["t.jsonl:1:1", "t.jsonl:3:1"]);
    expect(findings[0]).toMatch(/^2:9 /);
    expect(findings[1]).toMatch(/^4:\d+ "here" is neither IP:PORT nor a port\.$/);
  });

  test("takes from the flags what its items leave open", () => {
    expect(read("t.yaml", "- url: /a\n- { url: /b, host: own.example }\n", { host: "flag.example", tls: true }).requests).toEqual(["GET https://flag.example/a", "GET https://own.example/b"]);
  });
});

test("a file that is of no known kind, or of another than was said, is refused", () => {
  expect(read("x.txt", "hello\n").findings.join()).toContain("This is no file of requests");
  expect(read("x.yaml", "a: b\n").findings[0]).toContain("This is no file of requests");
  expect(read("x.yaml", "- url: http://x/\n", {}, "har").findings[0]).toContain("This is not a HAR file");
  expect(read("x.log", `${ENVOY}\n`, { host: "h" }, "nginx-log").findings[0]).toContain("this is no line of nginx's combined log format");
});

test("recorded traffic draws numbers by its place, the same in every run, and spread over the whole range", () => {
  const origins = new Origins();
  const drawn = [...loadRequests({ name: "l", bytes: new TextEncoder().encode(`${ENVOY}\n`.repeat(1000)) }, { origins, diagnostics: new Findings(origins), defaults: NO_DEFAULTS, kind: undefined })]
    .map((each, index) => { if (each.kind === "request") (each.request as unknown as { index: number }).index = index; return each.kind === "request" ? each.request.random : 0n; });
  expect(new Set(drawn).size).toBe(1000);
  const low = drawn.filter((each) => each % 100n < 10n).length;
  expect(low).toBeGreaterThan(60);
  expect(low).toBeLessThan(140);
});
