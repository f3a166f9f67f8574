import { Buffer } from "node:buffer";
import { expect, test } from "vitest";
import * as F from "../../src/codec/http2-frames.ts";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { bytes } from "../support/http1-log.ts";
import { Http2Pair } from "../support/http2-pair.ts";
import { frame, headers, hpack, PREFACE, settings, windowUpdate } from "../support/http2-wire.ts";
import { newDice, type Dice } from "../support/random.ts";

const ROUNDS = Number(process.env["LEGATE_FUZZ"] ?? 400);

const GET: [string, string][] = [[":method", "GET"], [":scheme", "http"], [":path", "/"], [":authority", "h"]];

function noise(dice: Dice, most: number): Buffer {
  return Buffer.from(Array.from({ length: dice.below(most) }, () => dice.below(256)));
}

/** A frame that is mostly right. */
function someFrame(dice: Dice, kind: [string, string][]): Buffer {
  const stream = dice.below(6) * 2 + (dice.below(8) === 0 ? 0 : 1);
  switch (dice.below(10)) {
    case 0: return frame(dice.below(12), dice.below(256), stream, noise(dice, 40));
    case 1: case 2: case 3: return headers(stream, kind, dice.pick([4, 5, 0, 1, 13, 37]));
    case 4: case 5: return frame(F.DATA, dice.pick([0, 1, 8, 9]), stream, noise(dice, 100));
    case 6: return frame(F.CONTINUATION, dice.pick([0, 4]), stream, hpack(kind).subarray(0, dice.below(80)));
    case 7: return windowUpdate(dice.pick([0, stream]), dice.below(100_000));
    case 8: return settings({ [dice.below(9)]: dice.below(70_000) });
    default: return frame(F.RST_STREAM, 0, stream, Buffer.from([0, 0, 0, dice.below(12)]));
  }
}

function spoil(bytes: Buffer, dice: Dice): Buffer {
  if (dice.below(4) === 0) for (let i = dice.below(4); i > 0; i--) bytes[dice.below(bytes.length)] = dice.below(256);
  return bytes;
}

test(`whatever a peer sends, the codec neither throws nor loses count of its streams (${ROUNDS} conversations)`, () => {
  const dice = newDice();
  for (let round = 0; round < ROUNDS; round++) {
    const label = `LEGATE_SEED=${dice.seed}, round ${round}`;
    const pair = new Http2Pair({ streamErrors: dice.below(2) === 0, streamWindow: 65_535, connectionWindow: 65_535, allowConnect: dice.below(2) === 0 });
    pair.serverLog.after = (stream) => {
      if (dice.below(3) === 0) return stream.pauseReading();
      stream.encodeHeaders(HeaderBlock.of([[":status", "200"]]), dice.below(3) === 0);
      stream.encodeData(bytes("x".repeat(dice.below(100_000))), dice.below(2) === 0);
      if (dice.below(4) === 0) stream.reset(F.INTERNAL_ERROR);
    };
    pair.server.receive(Buffer.concat([PREFACE, settings()]));
    for (let i = 0; i < 5; i++) pair.open().stream.encodeHeaders(HeaderBlock.of(GET), dice.below(2) === 0);
    pair.client.receive(settings());
    for (let i = dice.below(60); i > 0; i--) {
      pair.server.receive(spoil(someFrame(dice, GET), dice));
      pair.client.receive(spoil(someFrame(dice, [[":status", "200"]]), dice));
      for (const { stream } of pair.serverLog.streams) if (dice.below(10) === 0) stream.resumeReading();
    }
    expect([pair.server.activeStreams, pair.client.activeStreams], label).toEqual([pair.serverLog.active, pair.clientLog.active]);
    pair.server.stop();
    pair.client.stop();
    expect([pair.serverLog.active, pair.serverLog.pending, pair.clientLog.active, pair.clientLog.pending], label).toEqual([0, 0, 0, 0]);
  }
}, 60_000);
