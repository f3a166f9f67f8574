import { describe, expect, test } from "vitest";
import type { CodecError } from "../../src/codec/codec-error.ts";
import { BodyReader, type BodySink } from "../../src/codec/http1-body.ts";
import { bytes } from "../support/http1-log.ts";

class Pieces implements BodySink {
  readonly pieces: string[] = [];
  trailers: string | undefined = undefined;
  ended = false;

  onBody(data: Buffer): void {
    this.pieces.push(data.toString("latin1"));
  }

  onBodyEnd(data: Buffer, trailers: Buffer | undefined): CodecError | undefined {
    if (data.length > 0) this.onBody(data);
    this.ended = true;
    this.trailers = trailers?.toString("latin1");
    return undefined;
  }
}

function chunked(text: string, limit = 1000): { sink: Pieces; reader: BodyReader; used: number } {
  const sink = new Pieces();
  const reader = new BodyReader(sink, limit);
  reader.beginChunked();
  return { sink, reader, used: reader.read(bytes(text), 0, text.length) };
}

describe("a chunked body", () => {
  test("comes as one piece a read, ends exactly, and leaves what follows", () => {
    const text = "3\r\nabc\r\n0002;x=\"y;z\"\r\nde\r\n0\r\n\r\nNEXT";
    const { sink, reader, used } = chunked(text);
    expect([sink.pieces, sink.ended, reader.done, text.slice(used)]).toEqual([["abcde"], true, true, "NEXT"]);
  });

  test("takes sizes up to 2^64 - 1 and any number of leading zeros", () => {
    expect(chunked(`${"0".repeat(300)}1\r\nx\r\n0\r\n\r\n`).sink.pieces).toEqual(["x"]);
    expect(chunked("FFFFFFFFFFFFFFFF\r\nx").reader.error).toBeUndefined();
    expect(chunked("10000000000000000\r\nx").reader.error?.status).toBe(400);
  });

  test.each(["x\r\n", "\r\n", " 1\r\n", "-1\r\n", "0x1\r\n", "1g\r\n", "1\nx", "1\r\r\nx", "1;a\rb\r\nx", "1;a\nx"])("refuses %j", (text) => {
    expect(chunked(text).reader.error?.details).toBe("http1.codec_error");
  });

  test("hands over trailers byte for byte, and limits them", () => {
    expect(chunked("0\r\nA: 1\r\n b\r\n\r\nNEXT").sink.trailers).toBe("A: 1\r\n b\r\n\r\n");
    expect(chunked("0\r\nA: 1\n\nNEXT").sink.trailers).toBe("A: 1\n\n");
    expect(chunked("0\r\nA: 12345\r\n\r\n", 12).sink.ended).toBe(true);
    expect(chunked("0\r\nA: 123456\r\n\r\n", 12).reader.error?.status).toBe(431);
  });
});

describe("a body by length", () => {
  test("ends with its last byte", () => {
    const sink = new Pieces();
    const reader = new BodyReader(sink, 0);
    reader.beginLength(5);
    expect(reader.read(bytes("abc"), 0, 3)).toBe(3);
    expect(reader.close()).toBe(false);
    expect(reader.read(bytes("xdeNEXT"), 1, 7)).toBe(3);
    expect([sink.pieces, sink.ended]).toEqual([["abc", "de"], true]);
  });
});

test("a body without length ends with the connection", () => {
  const sink = new Pieces();
  const reader = new BodyReader(sink, 0);
  reader.beginUntilClose();
  reader.read(bytes("abc"), 0, 3);
  expect([reader.untilClose, reader.close(), sink.pieces, sink.ended, reader.done]).toEqual([true, true, ["abc"], true, true]);
});
