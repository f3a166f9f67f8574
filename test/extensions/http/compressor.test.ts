import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Extension } from "../../../src/contract/extension.ts";
import { compressor } from "../../../src/extensions/http/compressor.ts";
import { decompressor } from "../../../src/extensions/http/decompressor.ts";
import { HeaderBlock } from "../../../src/http/header-block.ts";
import { httpFilterSuite } from "../../contract/http-filter.suite.ts";
import { filterEntry } from "../../support/filter-entry.ts";
import { FilterStage } from "../../support/filter-stage.ts";

const EXT = "type.googleapis.com/envoy.extensions.compression.gzip";
const GZIP = { compressor_library: { name: "lib", typed_config: { "@type": `${EXT}.compressor.v3.Gzip` } }, request_direction_config: {}, response_direction_config: {} };
const GUNZIP = { decompressor_library: { name: "lib", typed_config: { "@type": `${EXT}.decompressor.v3.Gzip` } } };
const TEXT = "to be or not to be ".repeat(50);

httpFilterSuite("compressor of what clients do not accept", () => ({ entry: filterEntry(compressor, { ...GZIP, request_direction_config: undefined }) }));
httpFilterSuite("decompressor of plain messages", () => ({ entry: filterEntry(decompressor, GUNZIP) }));

/** Waits until the work off this thread is done. */
async function until(done: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !done(); i++) await new Promise((resolve) => { setTimeout(resolve, 2); });
}

/** A request's body in pieces through a filter; its trailers behind it. */
async function sent(extension: Extension<"envoy.filters.http">, config: object, pieces: readonly Buffer[], headers: readonly (readonly [string, string])[], trailers = false): Promise<FilterStage> {
  const stage = new FilterStage([filterEntry(extension, config)], 1000, headers);
  stage.send(pieces.map((piece) => piece.toString("latin1")), trailers ? [["x-end", "1"]] : undefined);
  await until(() => stage.request.ends > 0);
  return stage;
}

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

describe("compression of bodies", () => {
  test.each([1, 3])("a body in %d pieces comes out whole, and ends once, with trailers and without", async (count) => {
    const pieces = Array.from({ length: count }, (_, i) => bytes(TEXT.slice((i * TEXT.length) / count, ((i + 1) * TEXT.length) / count)));
    for (const trailers of [false, true]) {
      const stage = await sent(compressor, GZIP, pieces, [["content-type", "text/plain"]], trailers);
      expect([gunzipSync(bytes(stage.request.body)).toString(), stage.request.ends, stage.request.trailers.length, stage.paused]).toEqual([TEXT, 1, trailers ? 1 : 0, 0]);
    }
  });

  test("the response to a client that accepts gzip is compressed, once for the whole chain", async () => {
    const stage = new FilterStage([filterEntry(compressor, GZIP), filterEntry(compressor, GZIP)], 1000, [["accept-encoding", "br, gzip;q=0.5"]]);
    stage.send([]);
    stage.terminal.encodeHeaders(HeaderBlock.of([[":status", "200"], ["content-type", "text/html; charset=utf-8"], ["etag", '"strong"']]), false);
    stage.terminal.encodeData(bytes(TEXT), true);
    await until(() => stage.response.ends > 0);
    expect(gunzipSync(bytes(stage.response.body)).toString()).toBe(TEXT);
    expect(stage.response.head).toEqual([":status: 200", "content-type: text/html; charset=utf-8", "content-encoding: gzip", "vary: Accept-Encoding"]);
  });

  test("a stream that ends meanwhile hears nothing more", async () => {
    const stage = new FilterStage([filterEntry(compressor, GZIP)], 10, [["content-type", "text/plain"]]);
    stage.chain.decode.startHeaders(stage.requestHeaders, false);
    for (let i = 0; i < 5; i++) stage.data(TEXT, false);
    expect(stage.paused).toBe(1);
    stage.chain.destroy();
    await new Promise((resolve) => { setTimeout(resolve, 20); });
    expect([stage.paused, stage.late]).toEqual([0, 0]);
  });
});

describe("decompression of bodies", () => {
  const CODED = [["content-encoding", "gzip"]] as const;

  test.each([1, 4])("a body in %d pieces comes out whole, its sizes in trailers", async (count) => {
    const whole = gzipSync(TEXT);
    const pieces = Array.from({ length: count }, (_, i) => whole.subarray((i * whole.length) / count, ((i + 1) * whole.length) / count));
    const stage = await sent(decompressor, GUNZIP, pieces, CODED);
    expect([stage.request.body, stage.request.trailers]).toEqual([TEXT, [`x-envoy-decompressor-lib-compressed-bytes: ${whole.length}`, `x-envoy-decompressor-lib-uncompressed-bytes: ${TEXT.length}`]]);
    expect(stage.request.head.some((line) => line.startsWith("content-encoding"))).toBe(false);
  });

  test("a bomb does not unfold, nor does garbage, and the request ends all the same", async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000));
    for (const pieces of [[bomb], [bomb.subarray(0, 9000), bomb.subarray(9000)], [bytes("no gzip")], [bytes("no "), bytes("gzip at all")]]) {
      const stage = await sent(decompressor, GUNZIP, pieces, CODED);
      expect([stage.request.ends, stage.request.body.length < 2_000_000]).toEqual([1, true]);
    }
  });
});
