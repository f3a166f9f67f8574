import { expect, test } from "vitest";
import type { RequestView } from "../../src/contract/request-view.ts";
import { explain } from "../../src/router/explain.ts";
import { PackedTable, packTable } from "../../src/router/packed-table.ts";
import { openRouteTable } from "../../src/router/route-table.ts";
import { MessageTable } from "../../src/router/table-source.ts";
import { generateTable } from "../differential/generated/tables.ts";
import type { Sent } from "../support/keep-alive-client.ts";
import { newDice, type Dice } from "../support/random.ts";
import { request } from "../support/route-tables.ts";

const RUNTIME = new Map([["share.none", 0], ["share.all", 100], ["share.half", 50], ["weights.ca", 50], ["weights.cb", 25]]);

/** The request as it stands before routing, as far as a table can tell. */
function viewOf({ method, text }: Sent, dice: Dice, weightless: boolean): RequestView {
  const [first = "", ...lines] = text.trimEnd().split("\r\n");
  const headers = lines.map((line): [string, string] => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]);
  const host = headers.find(([name]) => name === "host")?.[1] ?? "";
  const proto = headers.some(([name]) => name === "x-forwarded-proto") ? [] : [["x-forwarded-proto", "http"] as const];
  const pseudo = [[":method", method], [":authority", host], [":path", first.split(" ")[1] ?? ""], [":scheme", "http"]] as const;
  return request([...pseudo, ...headers.filter(([name]) => name !== "host"), ...proto], {
    random: BigInt(dice.below(1_000_000)), remoteIp: "127.0.0.1", runtime: { get: (key) => (weightless && key.startsWith("weights.") ? 0 : RUNTIME.get(key)) },
  });
}

test("the live choice, the plain scan and the explanation agree on generated tables, matcher trees among them", () => {
  const dice = newDice();
  let [matched, fromTrees] = [0, 0];
  for (let i = 0; i < 60; i++) {
    const { config, request: next } = generateTable(dice);
    const live = openRouteTable(new PackedTable(packTable(config)));
    const plain = openRouteTable(new MessageTable(config));
    for (let k = 0; k < 60; k++) {
      const view = viewOf(next(), dice, i % 3 === 0);
      const where = `seed ${dice.seed}, table ${i}, request ${k}: ${view.headers.authority} ${view.headers.path}`;
      const choice = live.match(view);
      const explained = explain(plain, view);
      const facts = [choice?.kind, choice?.route?.name, choice?.cluster, choice?.host.name];
      const told = explained.choice;
      expect([told?.kind, told?.route?.name, told?.cluster, told?.host.name], where).toEqual(facts);
      expect(plain.virtualHost(view.headers)?.scan(view)?.route?.name, where).toBe(choice?.route?.name);
      if (told?.route !== undefined) expect(explained.candidates.at(-1)?.route, where).toBe(told.route);
      for (const { failed } of explained.candidates.slice(0, -1)) expect(failed?.because, where).toBeTruthy();
      if (choice?.route !== undefined) matched++;
      if (choice?.route !== undefined && choice.host.message.matcher !== undefined) fromTrees++;
    }
  }
  console.log(`seed ${dice.seed}: ${matched} matched, ${fromTrees} of them through a tree`);
  expect(matched).toBeGreaterThan(1000);
  expect(fromTrees).toBeGreaterThan(20);
});
