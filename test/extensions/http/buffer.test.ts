import { describe, expect, test } from "vitest";
import { buffer } from "../../../src/extensions/http/buffer.ts";
import type { CompileContext } from "../../../src/contract/extension.ts";
import type { Env } from "../../../src/contract/env.ts";
import type { ChainEntry } from "../../../src/stream/filter-chain.ts";
import { httpFilterSuite } from "../../contract/http-filter.suite.ts";
import { FilterStage } from "../../support/filter-stage.ts";

function entry(maxBytes: number): ChainEntry {
  const plan = buffer.compile({ max_request_bytes: maxBytes } as never, {} as CompileContext);
  return { name: buffer.name, create: plan.open({} as Env), routeConfig: (message) => buffer.compileRoute?.(message as never, {} as CompileContext) };
}

httpFilterSuite("buffer", () => ({ entry: entry(100_000) }));

describe("buffer", () => {
  test("sends nothing on before the body is whole, and gives it a content-length", () => {
    const stage = new FilterStage([entry(100)], 1000, [["transfer-encoding", "chunked"]]);
    stage.chain.decode.startHeaders(stage.requestHeaders, false);
    stage.data("abc", false);
    expect(stage.request.events).toEqual([]);
    stage.data("de", true);
    expect(stage.request).toMatchObject({ body: "abcde", ends: 1 });
    expect(stage.request.head).toContain("content-length: 5");
    expect(stage.request.head.join()).not.toContain("transfer-encoding");
  });

  test("answers 413 to more than max_request_bytes, at the first byte beyond", () => {
    const exact = new FilterStage([entry(5)]);
    exact.send(["abc", "de"]);
    expect([exact.request.body, exact.response.events]).toEqual(["abcde", []]);
    const large = new FilterStage([entry(5)]);
    large.send(["abc", "def", "g"]);
    expect([large.request.events, large.info.details]).toEqual([[], "request_payload_too_large"]);
    expect(large.response).toMatchObject({ head: expect.arrayContaining([":status: 413"]) as string[], body: "Payload Too Large", ends: 1 });
  });

  test("a route turns it off, or gives it another limit", () => {
    const off = new FilterStage([entry(5)]);
    off.routeConfigs = { [buffer.name]: { disabled: true } };
    off.send(["abcdefgh", "i"]);
    expect(off.request.events).toEqual(["H", "D", "D."]);
    const wider = new FilterStage([entry(5)]);
    wider.routeConfigs = { [buffer.name]: { buffer: { max_request_bytes: 10 } } };
    wider.send(["abcdefgh", "i"]);
    expect(wider.request).toMatchObject({ body: "abcdefghi", ends: 1 });
  });
});
