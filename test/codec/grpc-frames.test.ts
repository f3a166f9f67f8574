import { Buffer } from "node:buffer";
import { expect, test } from "vitest";
import { FrameReader, FrameScanner, grpcFrame } from "../../src/codec/grpc-frames.ts";

const BODY = Buffer.concat([grpcFrame(0, Buffer.from("hello")), grpcFrame(1, Buffer.alloc(0)), grpcFrame(0, Buffer.alloc(300, "x"))]);

test("a frame is flags, length and message", () => {
  expect([...grpcFrame(1, Buffer.from("hi"))]).toEqual([1, 0, 0, 0, 2, 104, 105]);
});

test("frames are counted and read alike wherever the body is cut", () => {
  for (let size = 1; size <= BODY.length; size++) {
    const scanner = new FrameScanner();
    const reader = new FrameReader();
    const frames: Buffer[] = [];
    let counted = 0;
    for (let at = 0; at < BODY.length; at += size) {
      const piece = BODY.subarray(at, at + size);
      counted += scanner.scan(piece);
      frames.push(...reader.read(piece).frames);
    }
    expect([counted, frames.length, Buffer.concat(frames).equals(BODY)], `pieces of ${size}`).toEqual([3, 3, true]);
  }
});

test("a frame counts once it begins", () => {
  const scanner = new FrameScanner();
  expect([scanner.scan(Buffer.from([0])), scanner.scan(Buffer.from([0, 0, 0, 0])), scanner.scan(Buffer.from([0]))]).toEqual([1, 0, 1]);
});

test("a reader refuses unknown flags, and says so", () => {
  const { frames, refused } = new FrameReader().read(Buffer.concat([BODY.subarray(0, 10), Buffer.from([0x80, 0, 0, 0, 0])]));
  expect([frames.length, refused]).toEqual([1, true]);
});
