import { expect, test } from "vitest";
import { Findings } from "../../src/diagnostics/findings.ts";
import { Origins } from "../../src/diagnostics/origins.ts";
import { ReplayTally, resultWords } from "../../src/tools/replay-tally.ts";
import { loadForSimulation } from "../../src/tools/simulate-load.ts";
import type { SimulatedRequest } from "../../src/tools/simulated-request.ts";
import { Simulators } from "../../src/tools/simulators.ts";
import { loadRequests } from "../../src/tools/traffic/load.ts";
import { TRAFFIC_KINDS } from "../../src/tools/traffic/kinds.ts";
import { NO_DEFAULTS } from "../../src/tools/traffic/traffic-request.ts";
import { configuration } from "../differential/generated/configuration.ts";
import { generateTable } from "../differential/generated/tables.ts";
import type { Sent } from "../support/keep-alive-client.ts";
import { newDice } from "../support/random.ts";

const TABLES = 30;
const REQUESTS = 100;

/** Without what only one of the two tells: why a request was refused, which cluster is missing. */
function plain(words: string): string {
  return words.replace(/ \(.*\)$/s, "");
}

/** The request of raw bytes; undefined where no client can send it, or reads end before it. */
function simulated({ text }: Sent, random: bigint): SimulatedRequest | undefined {
  const origins = new Origins();
  const [first] = [...loadRequests({ name: "r.http", bytes: Buffer.from(text, "latin1") }, { origins, diagnostics: new Findings(origins), defaults: { ...NO_DEFAULTS, random }, kind: "http" })];
  return first?.kind === "request" ? first.request : undefined;
}

test("the short way of traffic comes to what the whole simulation comes to, on random tables", () => {
  const dice = newDice();
  let compared = 0;
  for (let at = 0; at < TABLES; at++) {
    const table = generateTable(dice);
    const origins = new Origins();
    const text = configuration([table], { admin: 1, upstream: 2, listeners: [3] });
    const loaded = loadForSimulation({ name: "g.json", bytes: new TextEncoder().encode(text) }, { origins, diagnostics: new Findings(origins) });
    if (loaded === undefined) throw new Error(`seed ${dice.seed}: the configuration was not read`);
    const simulators = new Simulators(loaded, origins);
    for (let i = 0; i < REQUESTS; i++) {
      const request = simulated(table.request(), BigInt(dice.below(1_000_000)));
      if (request === undefined) continue;
      compared++;
      const entrance = simulators.entrance(request, { listener: undefined, routeTable: undefined });
      if (entrance.kind !== "table") throw new Error(`seed ${dice.seed}: ${entrance.kind}`);
      const tally = new ReplayTally(origins, loaded.facts);
      const { choice, rejection } = simulators.simulator(entrance.found).verdict(request);
      tally.verdict(choice, rejection);
      const run = simulators.run(request, entrance, false);
      if (run.simulation.filters.some(({ did }) => did === "answered")) continue;
      expect([plain(tally.destinations[0]?.words ?? ""), tally.destinations[0]?.route?.name], `seed ${dice.seed}: ${JSON.stringify(request, (_key, value: unknown) => (typeof value === "bigint" ? String(value) : value))}`)
        .toEqual([plain(resultWords(run.simulation.result)), rejection === null ? run.simulation.route?.name : undefined]);
    }
  }
  expect(compared).toBeGreaterThan((TABLES * REQUESTS) / 2);
});

const SAMPLES: readonly string[] = [
  '[2026-01-02T03:04:05.678Z] "GET /a?b=c HTTP/1.1" 200 - 0 12 3 2 "192.0.2.1" "curl/8" "6f1f" "shop.example.com" "10.1.2.3:80"\n',
  '192.0.2.7 - - [02/Jan/2026:03:04:05 +0000] "GET /a\\x22b HTTP/1.1" 200 12 "https://ref.example/" "Mozilla"\n',
  "curl -sSL 'https://a.example/x' -H \"a: b\" --data-raw $'c\\n' \\\n  -X PUT\n", "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc\nGET http://y/ HTTP/1.1\n\n###\n",
  '{"log": {"entries": [{"request": {"method": "GET", "url": "http://x/", "headers": [{"name": "a", "value": "b"}]}}]}}', '{"method": "GET", "path": "/", "authority": "x", "status": 200}\n',
  '{"url": "http://x/", "expect": {"cluster": "a"}}\n', "- { url: http://x/a, headers: { a: [b, c] }, expect: { status: 200 } }\n",
  '{"tests": [{"test_name": "B", "input": {"authority": "x", "path": "/b", "method": "GET"}, "validate": {"cluster_name": "c"}}]}',
];

test("damaged files of requests are reported, whatever is wrong with them, and nothing else happens", () => {
  const dice = newDice();
  for (let i = 0; i < 3000; i++) {
    let text = dice.pick(SAMPLES).repeat(1 + dice.below(3));
    for (let n = dice.below(4); n >= 0; n--) {
      const at = dice.below(text.length + 1);
      text = text.slice(0, at) + dice.pick(["", '"', "'", "\\", "\n", "{", "}", "\0", "\u00e9", "[", " ", ":", dice.pick(SAMPLES).slice(0, dice.below(40))]) + text.slice(at + dice.below(3));
    }
    const origins = new Origins();
    const diagnostics = new Findings(origins);
    const kind = dice.below(3) === 0 ? dice.pick(TRAFFIC_KINDS) : undefined;
    const read = (): unknown => [...loadRequests({ name: dice.pick(["a", "a.json", "a.yaml", "<stdin>"]), bytes: new TextEncoder().encode(text) }, { origins, diagnostics, defaults: NO_DEFAULTS, kind })].map((each) => each.name);
    expect(read, `seed ${dice.seed}: ${JSON.stringify(text)}`).not.toThrow();
    expect(() => diagnostics.resolve()).not.toThrow();
  }
});
