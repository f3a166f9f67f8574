import { expect, test } from "vitest";
import type { Env } from "../../src/contract/env.ts";
import { AsyncClient } from "../../src/forward/async-client.ts";
import type { AsyncSink } from "../../src/forward/async-stream.ts";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { SeededRandom } from "../../src/platform/seeded-random.ts";
import { ForwardStage } from "../support/forwarding.ts";

class Heard implements AsyncSink {
  readonly events: string[] = [];
  onHeaders(headers: HeaderBlock, endStream: boolean): void { this.events.push(`${headers.status}${endStream ? " end" : ""}`); }
  onData(data: Buffer, endStream: boolean): void { this.events.push(`${data.toString()}${endStream ? " end" : ""}`); }
  onTrailers(): void { this.events.push("trailers"); }
  onReset(details: string): void { this.events.push(`reset ${details}`); }
  onBlocked(blocked: boolean): void { this.events.push(blocked ? "blocked" : "free"); }
}

function asking(endStream = true) {
  const stage = new ForwardStage("route: { cluster: u }");
  const heard = new Heard();
  const env = { clock: stage.clock, random: new SeededRandom(1), runtime: { get: () => undefined }, machineAddress: null } as unknown as Env;
  const client = new AsyncClient(env, stage.create);
  const headers = HeaderBlock.of([[":method", "POST"], [":path", "/p"], [":authority", "s"], [":scheme", "http"]]);
  const begin = (cluster = "u") => client.start(cluster, headers, endStream, { timeoutMs: 500, bufferLimit: 100 }, heard);
  return { stage, heard, begin };
}

test("a request without a downstream gets its response", () => {
  const { stage, heard, begin } = asking(false);
  const stream = begin();
  stream.sendData(Buffer.from("q"), true);
  expect(stage.cluster.stream.sent).toEqual(["POST s/p", "q end"]);
  stage.cluster.stream.respond(200, [], "r");
  expect([heard.events, stage.clock.pending]).toEqual([["200", "r end"], 0]);
});

test("where there is no response, one is made", () => {
  const late = asking();
  late.begin();
  late.stage.clock.advance(500);
  expect(late.heard.events).toEqual(["504", "upstream request timeout end"]);
  const lost = asking();
  lost.begin("nowhere");
  expect(lost.heard.events).toEqual(["503 end"]);
});

test("a response that breaks off is reset", () => {
  const { stage, heard, begin } = asking();
  begin();
  stage.cluster.stream.begin(200);
  stage.cluster.stream.fail("remote reset");
  expect(heard.events).toEqual(["200", "reset upstream_reset_after_response_started{remote_reset}"]);
});

test("after cancel the exchange is over and the sink hears nothing", () => {
  const { stage, heard, begin } = asking();
  begin().cancel();
  expect([stage.cluster.stream.wasReset, heard.events, stage.clock.pending]).toEqual([true, [], 0]);
});
