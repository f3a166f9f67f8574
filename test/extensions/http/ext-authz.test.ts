import { describe, expect, test } from "vitest";
import { extAuthz } from "../../../src/extensions/http/ext-authz.ts";
import { Ask } from "../../../src/forward/ask.ts";
import type { AsyncClient } from "../../../src/forward/async-client.ts";
import type { AsyncSink, AsyncStream } from "../../../src/forward/async-stream.ts";
import { HeaderBlock } from "../../../src/http/header-block.ts";
import { compileService, questionFor, verdictOf } from "../../../src/match/authz-service.ts";
import { httpFilterSuite } from "../../contract/http-filter.suite.ts";
import { filterEntry } from "../../support/filter-entry.ts";
import { FilterStage } from "../../support/filter-stage.ts";

const CONFIG = { http_service: { server_uri: { uri: "http://a", cluster: "nowhere", timeout: { seconds: 1, nanos: 0 } } } };
const QUIET = { report: () => undefined };
const lines = (headers: HeaderBlock): string[] => {
  const all: string[] = [];
  headers.forEach((name, value) => all.push(`${name}: ${value}`));
  return all;
};

httpFilterSuite("ext_authz", () => ({ entry: filterEntry(extAuthz, { ...CONFIG, failure_mode_allow: true }) }));

describe("external authorization", () => {
  test("a service that is not there refuses, unless failures allow", () => {
    const run = (config: object): FilterStage => {
      const stage = new FilterStage([filterEntry(extAuthz, config)]);
      stage.route = () => ({ kind: "forward", cluster: "" }) as never;
      stage.send(["body"]);
      return stage;
    };
    const refused = run(CONFIG);
    expect([refused.response.head[0], refused.info.details, refused.info.flags, refused.request.body]).toEqual([":status: 403", "ext_authz_error", ["UAEX"], ""]);
    const allowed = run({ ...CONFIG, failure_mode_allow: true, failure_mode_allow_header_add: true });
    expect([allowed.request.head.at(-1), allowed.request.body]).toEqual(["x-envoy-auth-failure-mode-allowed: true", "body"]);
  });

  test("the question has the headers that it may have", () => {
    const request = HeaderBlock.of([[":method", "POST"], [":path", "/p"], [":authority", "h"], ["authorization", "me"], ["x-a", "1"], ["x-a", "\xff"], ["x-b", "2"], ["content-length", "5"], ["x-envoy-auth-partial-body", "no"]]);
    const plan = compileService({ path_prefix: "/check" }, { patterns: [{ prefix: "x-" }] }, { patterns: [{ exact: "x-b" }] }, QUIET);
    expect(lines(questionFor(plan, request, { length: 3, isPartial: true }, false))).toEqual([
      ":authority: h", ":path: /check/p", ":method: POST", "content-length: 3", "authorization: me", "x-a: 1,!", "x-envoy-auth-partial-body: true",
    ]);
    expect(lines(questionFor(plan, request, null, true))).toEqual([":authority: h", ":path: /check/p", ":method: POST", "content-length: 0", "authorization: me", "x-a: 1", "x-a: \xff"]);
  });

  test("the answer says what is done", () => {
    const plan = compileService({ authorization_response: { allowed_upstream_headers: { patterns: [{ prefix: "" }] }, dynamic_metadata_from_headers: { patterns: [{ exact: "x-m" }] } } }, undefined, undefined, QUIET);
    const answer = (status: string): HeaderBlock => HeaderBlock.of([[":status", status], ["x-m", "v"], ["x-envoy-auth-headers-to-remove", "X-A, ,x-b"]]);
    expect(verdictOf(plan, answer("200"))).toEqual({ allowed: true, status: 200, set: [["x-m", "v"]], add: [], remove: ["x-a", "x-b"], response: [], metadata: { "x-m": "v" } });
    expect(verdictOf(plan, answer("401"))).toEqual({ allowed: false, status: 401, set: [["x-m", "v"]], add: [], remove: [], response: [], metadata: { "x-m": "v" } });
    expect(verdictOf(plan, answer("500"))).toBeNull();
  });

  test("an endless answer ends", () => {
    const told: unknown[] = [];
    let sink: AsyncSink | null = null;
    let cancelled = 0;
    const client = { start: (...[, , , , given]: Parameters<AsyncClient["start"]>): AsyncStream => ((sink = given), { cancel: () => cancelled++, sendData: () => undefined } as unknown as AsyncStream) };
    const asked = new Ask(client as unknown as AsyncClient, { cluster: "c", headers: new HeaderBlock(), body: null, options: { timeoutMs: 0, bufferLimit: 0 }, most: 1000 }, (answer) => told.push(answer));
    const started = sink as unknown as AsyncSink;
    started.onHeaders(HeaderBlock.of([[":status", "200"]]), false);
    for (let i = 0; i < 20; i++) started.onData(Buffer.alloc(100), false);
    asked.cancel();
    expect([told, cancelled]).toEqual([["too large"], 1]);
  });
});
