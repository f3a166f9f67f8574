import { describe, expect, test } from "vitest";
import type { ChainEntry } from "../../src/stream/filter-chain.ts";
import { FilterStage } from "../support/filter-stage.ts";
import { type Dice, newDice } from "../support/random.ts";

/** A filter under test, made afresh for each stream. */
export interface FilterCase {
  readonly entry: ChainEntry;
  /** Lets come what the filter waits for (an answer, a timer); it may be asked again and again. */
  settle?(): void;
}

const BODY = "The quick brown fox jumps over the lazy dog; ".repeat(40);
const TRAILERS: readonly (readonly [string, string])[] = [["x-end", "1"], ["x-sum", "2"]];

/** Cuts a text into pieces, some of them empty. */
function cut(text: string, dice: Dice): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const size = dice.below(4) === 0 ? 0 : 1 + dice.below(200);
    pieces.push(text.slice(at, at + size));
    at += size;
  }
  return pieces;
}

/** One exchange through the filter, to its end. */
function exchange(made: FilterCase, request: readonly string[], response: readonly string[], trailers: typeof TRAILERS | undefined): FilterStage {
  const stage = new FilterStage([made.entry]);
  stage.send(request, trailers);
  made.settle?.();
  if (stage.response.ends === 0) stage.answer(response, trailers);
  made.settle?.();
  stage.chain.complete();
  stage.chain.destroy();
  return stage;
}

/** What every HTTP filter must do; `make` gives one that lets requests pass. */
export function httpFilterSuite(name: string, make: () => FilterCase): void {
  describe(`${name} as an HTTP filter`, () => {
    test.each([["with trailers", TRAILERS], ["without trailers", undefined]])("does the same however a message %s is cut", (_what, trailers) => {
      const dice = newDice();
      const whole = exchange(make(), [BODY], [BODY], trailers);
      expect(whole.request.ends + whole.response.ends).toBe(2);
      for (let i = 0; i < 40; i++) {
        const cutUp = exchange(make(), cut(BODY, dice), cut(BODY, dice), trailers);
        expect([cutUp.request.whole, cutUp.response.whole], `LEGATE_SEED=${dice.seed}`).toEqual([whole.request.whole, whole.response.whole]);
      }
    });

    test("lets messages without a body pass, and trailers behind none", () => {
      for (const trailers of [undefined, TRAILERS]) {
        const stage = exchange(make(), [], [], trailers);
        expect([stage.request.ends, stage.response.ends]).toEqual([1, 1]);
        expect([stage.request.events[0]?.[0], stage.response.events[0]?.[0]]).toEqual(["H", "H"]);
      }
    });

    test("keeps the order: head, data, trailers, and nothing behind the end", () => {
      const stage = exchange(make(), ["a", "b"], ["c", "d"], TRAILERS);
      for (const { events } of [stage.request, stage.response]) expect(events.join("")).toMatch(/^(H\.|HD*(D\.|T\.))$/);
    });

    test("hears of its end once, and of nothing after it, at whatever step that comes", () => {
      const steps: ((stage: FilterStage) => void)[] = [
        (stage) => stage.chain.decode.startHeaders(stage.requestHeaders, false),
        (stage) => stage.data("a", false),
        (stage) => stage.data("b", true),
        (stage) => stage.terminal.encodeHeaders(stage.requestHeaders, false),
        (stage) => stage.terminal.encodeData(Buffer.from("c"), false),
        (stage) => stage.terminal.encodeData(Buffer.from("d"), true),
      ];
      for (let end = 0; end <= steps.length; end++) {
        const made = make();
        const stage = new FilterStage([made.entry]);
        for (const step of steps.slice(0, end)) step(stage);
        stage.chain.destroy();
        stage.chain.destroy();
        const before = [stage.request.events.length, stage.response.events.length];
        for (const step of steps.slice(end)) step(stage);
        made.settle?.();
        expect([end, stage.destroyed, stage.late]).toEqual([end, [1, 1], 0]);
        expect([stage.request.events.length, stage.response.events.length]).toEqual(before);
      }
    });

    test("a local reply behind it ends the stream once, and releases what was held", () => {
      const made = make();
      const stage = new FilterStage([made.entry], 64);
      stage.chain.decode.startHeaders(stage.requestHeaders, false);
      made.settle?.();
      stage.terminal.localReply({ status: 503, body: "no", details: "test" });
      made.settle?.();
      stage.data(BODY, true);
      expect([stage.response.body.toLowerCase(), stage.response.ends]).toEqual(["no", 1]);
      stage.chain.destroy();
      expect(stage.paused).toBe(0);
    });

    test("leaves reading as it found it when all is through", () => {
      const made = make();
      const stage = new FilterStage([made.entry], 64);
      stage.chain.decode.startHeaders(stage.requestHeaders, false);
      for (let i = 0; i < 4; i++) stage.data("x".repeat(10), false);
      stage.data("", true);
      made.settle?.();
      if (stage.response.ends === 0) stage.answer(["x".repeat(40)]);
      made.settle?.();
      expect([stage.paused, stage.response.ends]).toEqual([0, 1]);
    });
  });
}
