import { Buffer } from "node:buffer";
import { expect, test } from "vitest";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { bytes } from "../support/http1-log.ts";
import { Http2Pair } from "../support/http2-pair.ts";
import { newDice, type Dice } from "../support/random.ts";

const METHODS = ["GET", "POST", "PUT"] as const;

/** A conversation of many streams, written down by what both sides saw of it. */
function conversation(dice: Dice, cut: () => number): unknown {
  const pair = new Http2Pair({ streamWindow: 65_535, connectionWindow: 65_535 }, { streamWindow: 65_535, connectionWindow: 65_535 });
  pair.serverLog.after = (stream) => {
    stream.encodeHeaders(HeaderBlock.of([[":status", "200"], ["x-id", String(stream.id)]]), false);
    stream.encodeData(bytes("b".repeat((stream.id * 7919) % 90_000)), false);
    stream.encodeTrailers(HeaderBlock.of([["t", "1"]], 3));
  };
  const logs = Array.from({ length: 8 }, (_, i) => {
    const { stream, log } = pair.open();
    const body = dice.below(60_000);
    stream.encodeHeaders(HeaderBlock.of([[":authority", "h"], [":path", `/${i}`], [":method", dice.pick(METHODS)], [":scheme", "http"], ["x-long", "y".repeat(dice.below(30_000))]]), body === 0);
    if (body > 0) stream.encodeData(bytes("a".repeat(body)), true);
    return log;
  });
  for (;;) {
    const [up, down] = [pair.up.take(), pair.down.take()];
    if (up.length + down.length === 0) break;
    inPieces(up, cut, (piece) => pair.server.receive(piece));
    inPieces(down, cut, (piece) => pair.client.receive(piece));
  }
  expect([pair.serverLog.error, pair.clientLog.error, pair.serverLog.active, pair.clientLog.active, pair.clientLog.pending]).toEqual([undefined, undefined, 0, 0, 0]);
  return { requests: pair.serverLog.streams.map(({ log }) => log.message), responses: logs.map(({ message }) => message) };
}

function inPieces(all: Buffer, cut: () => number, give: (piece: Buffer) => void): void {
  for (let at = 0; at < all.length;) {
    const size = cut();
    give(Buffer.from(all.subarray(at, at + size)));
    at += size;
  }
}

test("wherever the bytes are cut, both sides see the same", () => {
  const { seed } = newDice();
  const whole = conversation(newDice(seed), () => Number.MAX_SAFE_INTEGER);
  for (let i = 0; i < 6; i++) {
    const knife = newDice(seed + i);
    const most = knife.pick([3, 40, 1000, 20_000]);
    expect(conversation(newDice(seed), () => 1 + knife.below(most)), `LEGATE_SEED=${seed}`).toEqual(whole);
  }
}, 60_000);
