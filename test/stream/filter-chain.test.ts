import { describe, expect, test } from "vitest";
import { Continue, type HttpFilter, StopAll, StopAndBuffer, StopIteration, type StreamHandle, type Verdict } from "../../src/contract/http-filter.ts";
import { nameId } from "../../src/http/names.ts";
import type { ChainEntry } from "../../src/stream/filter-chain.ts";
import { type FilterCase, httpFilterSuite } from "../contract/http-filter.suite.ts";
import { FilterStage } from "../support/filter-stage.ts";

const X = nameId("x-by");

function entry(make: (handle: StreamHandle) => HttpFilter, name = "under-test"): ChainEntry {
  return { name, create: make, routeConfig: (message) => message };
}

/** Stops a direction's headers with `verdict` until the answer comes (as ext_authz does with its check). */
function gate(verdict: Verdict, side: "decode" | "encode"): FilterCase {
  const waiting: (() => void)[] = [];
  const make = (handle: StreamHandle): HttpFilter => {
    let over = false;
    let asked = false;
    const stop = (): Verdict => {
      asked = true;
      waiting.push(() => {
        if (over) return;
        asked = false;
        if (side === "decode") handle.resumeDecoding();
        else handle.resumeEncoding();
      });
      return verdict;
    };
    const hold = (): Verdict => (asked ? StopAndBuffer : Continue);
    const onDestroy = (): void => { over = true; };
    return side === "decode" ? { decodeHeaders: stop, decodeData: hold, decodeTrailers: hold, onDestroy } : { encodeHeaders: stop, encodeData: hold, encodeTrailers: hold, onDestroy };
  };
  return { entry: entry(make), settle: () => waiting.splice(0).forEach((go) => go()) };
}

/** Takes the whole body and makes another of it. */
function rewriter(side: "decode" | "encode"): FilterCase {
  const make = (handle: StreamHandle): HttpFilter => {
    const upper = (parts: readonly Buffer[]): Buffer => Buffer.from(Buffer.concat(parts).toString("latin1").toUpperCase(), "latin1");
    const replace = (data: Buffer): void => (side === "decode" ? handle.replaceDecodedData(data) : handle.replaceEncodedData(data));
    const held = (): readonly Buffer[] => (side === "decode" ? handle.heldDecodedData() : handle.heldEncodedData());
    const onHeaders = (_headers: unknown, endStream: boolean): Verdict => (endStream ? Continue : StopIteration);
    const onData = (data: Buffer, endStream: boolean): Verdict => {
      replace(upper([data]));
      return endStream ? Continue : StopAndBuffer;
    };
    const onTrailers = (): Verdict => {
      replace(upper(held()));
      return Continue;
    };
    return side === "decode" ? { decodeHeaders: onHeaders, decodeData: onData, decodeTrailers: onTrailers } : { encodeHeaders: onHeaders, encodeData: onData, encodeTrailers: onTrailers };
  };
  return { entry: entry(make) };
}

httpFilterSuite("one that does nothing", () => ({ entry: entry(() => ({})) }));
for (const side of ["decode", "encode"] as const) {
  httpFilterSuite(`one that stops ${side} headers until an answer comes`, () => gate(StopIteration, side));
  httpFilterSuite(`one that stops all of ${side} until an answer comes`, () => gate(StopAll, side));
  httpFilterSuite(`one that rewrites the whole ${side} body`, () => rewriter(side));
}
httpFilterSuite("one that adds trailers", () => ({
  entry: entry((handle) => ({
    decodeData(_data, endStream) {
      if (endStream) handle.addDecodedTrailers().add(X, "decode");
      return Continue;
    },
    encodeData(_data, endStream) {
      if (endStream) handle.addEncodedTrailers().add(X, "encode");
      return Continue;
    },
  })),
}));

/** Notes its calls in `seen`, as `name:call`. */
function noting(name: string, seen: string[], extra: HttpFilter = {}): ChainEntry {
  const note = (call: string) => (): Verdict => {
    seen.push(`${name}:${call}`);
    return Continue;
  };
  return entry(() => ({
    decodeHeaders: note("dH"), decodeData: note("dD"), decodeTrailers: note("dT"), encodeHeaders: note("eH"), encodeData: note("eD"), encodeTrailers: note("eT"),
    onDestroy: () => void seen.push(`${name}:end`), onStreamComplete: () => void seen.push(`${name}:complete`), ...extra,
  }), name);
}

describe("a filter chain", () => {
  test("runs requests in the order of the configuration and responses in the other", () => {
    const seen: string[] = [];
    const stage = new FilterStage([noting("a", seen), noting("b", seen)]);
    stage.send(["x"]);
    stage.answer(["y"], [["t", "1"]]);
    stage.chain.complete();
    stage.chain.destroy();
    expect(seen.join(" ")).toBe("a:dH b:dH a:dD b:dD b:eH a:eH b:eD a:eD b:eT a:eT a:complete b:complete a:end b:end");
  });

  test("a local reply of a filter passes the encoder filters and reaches no filter behind it", () => {
    const seen: string[] = [];
    const refusing = entry((handle) => ({
      decodeHeaders() {
        handle.localReply({ status: 403, body: "no", details: "refused" });
        return StopIteration;
      },
    }));
    const stage = new FilterStage([noting("a", seen), refusing, noting("b", seen)]);
    stage.send(["x"]);
    expect(stage.response).toMatchObject({ head: expect.arrayContaining([":status: 403"]) as string[], body: "no", ends: 1 });
    expect(seen).toContain("a:eH");
    expect(seen).not.toContain("b:dH");
    expect([stage.info.details, stage.request.events]).toEqual(["refused", []]);
  });

  test("after a local reply the request's filters are fed no more", () => {
    const seen: string[] = [];
    const refusing = entry((handle) => ({
      decodeData() {
        seen.push("data");
        handle.localReply({ status: 413, body: "", details: "too_much" });
        return StopIteration;
      },
    }));
    const stage = new FilterStage([refusing]);
    stage.send(["a", "b", "c"], [["t", "1"]]);
    expect([seen, stage.response.ends]).toEqual([["data"], 1]);
  });

  test("a local reply after the response began resets the stream", () => {
    const stage = new FilterStage([]);
    stage.send([]);
    stage.terminal.encodeHeaders(stage.requestHeaders, false);
    stage.terminal.localReply({ status: 500, body: "late", details: "too_late" });
    expect([stage.reset, stage.response.events]).toEqual(["too_late", ["H"]]);
  });

  test("StopAll holds what comes, pushes back beyond the limit, and releases on resume", () => {
    let resume = (): void => undefined;
    const stopping = entry((handle) => {
      resume = () => handle.resumeDecoding();
      return { decodeHeaders: () => StopAll };
    });
    const stage = new FilterStage([stopping], 10);
    stage.send(["12345", "67890", "x", "y"]);
    expect(stage.paused).toBeGreaterThan(0);
    expect(stage.request.events).toEqual([]);
    resume();
    expect([stage.paused, stage.request.body, stage.request.ends]).toEqual([0, "1234567890xy", 1]);
    resume();
    expect(stage.request.ends).toBe(1);
  });

  test("StopAndBuffer beyond the limit is answered 413 for a request, 500 for a response", () => {
    const whole = (side: "decode" | "encode"): ChainEntry => {
      const take = { headers: (): Verdict => StopIteration, data: (): Verdict => StopAndBuffer };
      return entry(() => (side === "decode" ? { decodeHeaders: take.headers, decodeData: take.data } : { encodeHeaders: (headers) => (headers.status === 200 ? StopIteration : Continue), encodeData: (data) => (data.toString() === "Internal Server Error" ? Continue : StopAndBuffer) }));
    };
    const request = new FilterStage([whole("decode")], 10);
    request.send(["12345678901", "x"]);
    expect(request.response).toMatchObject({ head: expect.arrayContaining([":status: 413"]) as string[], body: "Payload Too Large" });
    const response = new FilterStage([whole("encode")], 10);
    response.send([]);
    response.answer(["12345678901", "x"]);
    expect(response.response.head).toContain(":status: 500");
    expect(response.response.ends).toBe(1);
  });

  test("a filter is given its own per-route configuration", () => {
    let got: unknown;
    const stage = new FilterStage([entry((handle) => ({ decodeHeaders: () => { got = handle.routeConfig(); return Continue; } }), "mine")]);
    stage.routeConfigs = { mine: { a: 1 }, other: { b: 2 } };
    stage.send([]);
    expect(got).toEqual({ a: 1 });
  });

  test("two that stop, one behind the other, are passed one after the other", () => {
    const [first, second] = [gate(StopAll, "decode"), gate(StopIteration, "decode")];
    const stage = new FilterStage([first.entry, second.entry]);
    stage.send(["a", "b"], [["t", "1"]]);
    second.settle?.();
    expect(stage.request.events).toEqual([]);
    first.settle?.();
    expect(stage.request.events).toEqual([]);
    second.settle?.();
    expect(stage.request).toMatchObject({ body: "ab", trailers: ["t: 1"], ends: 1 });
  });

  test("injected data goes to the filters behind, headers first", () => {
    let inject = (_text: string, _end: boolean): void => undefined;
    const source = entry((handle) => {
      inject = (text, end) => handle.injectDecodedData(Buffer.from(text), end);
      return { decodeHeaders: () => StopIteration, decodeData: () => StopIteration };
    });
    const stage = new FilterStage([source]);
    stage.send(["dropped"]);
    inject("a", false);
    inject("b", true);
    expect([stage.request.events, stage.request.body]).toEqual([["H", "D", "D."], "ab"]);
  });
});
