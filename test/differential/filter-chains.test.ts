/**
 * Random filter chains and connections: Envoy says by its answer which chain it chose, and that is the one that the matcher chooses, which serves
 * live connections and tells `simulate-route`.
 *
 *   LEGATE_SEED=n   repeats a run
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FilterChainMatcher } from "../../src/downstream/filter-chain-match.ts";
import { checked } from "../support/checked.ts";
import { freePorts } from "../support/ports.ts";
import { newDice } from "../support/random.ts";
import { referenceCommand, Subject } from "../support/subject.ts";
import { randomConnection, randomListener } from "./generated/filter-chains.ts";

const LISTENERS = 60;
const CONNECTIONS = 60;

/** All that comes back until the other side closes. */
function ask(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let said = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(Buffer.from(bytes, "latin1")));
    socket.setTimeout(5000, () => socket.destroy());
    socket.on("data", (chunk: Buffer) => { said += chunk.toString(); });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(said));
  });
}

test("Envoy serves each connection by the chain that the matcher chooses", async (context) => {
  const reference = referenceCommand();
  if ("missing" in reference) return context.skip(`Envoy is not here: ${reference.missing}`);
  const dice = newDice();
  const [admin = 0, ...ports] = await freePorts(1 + LISTENERS);
  const listeners = ports.map((port) => randomListener(dice, port, (listener) => checked("envoy.config.listener.v3.Listener", JSON.stringify(listener)).length === 0));
  const folder = mkdtempSync(join(tmpdir(), "legate-chains-"));
  const file = join(folder, "envoy.json");
  writeFileSync(file, JSON.stringify({ admin: { address: { socket_address: { address: "127.0.0.1", port_value: admin } } }, static_resources: { listeners } }));
  const envoy = await Subject.start(reference, file, admin, 60_000);
  const answers = { named: 0, closed: 0, byDefault: 0 };
  try {
    for (const [at, listener] of listeners.entries()) {
      const matcher = new FilterChainMatcher(listener);
      const connections = Array.from({ length: CONNECTIONS }, () => randomConnection(dice));
      const said = await Promise.all(connections.map(({ bytes }) => ask(ports[at] ?? 0, bytes)));
      for (const [i, { facts }] of connections.entries()) {
        const wanted = said[i] ?? "";
        const chosen = matcher.choose(facts)?.name ?? "";
        const told = chosen === wanted ? "" : JSON.stringify({ seed: dice.seed, facts, explained: matcher.explain(facts), matches: (listener.filter_chains ?? []).map(({ name, filter_chain_match: match }) => ({ name, match })) }, undefined, 1);
        expect(chosen, told).toBe(wanted);
        answers[wanted === "" ? "closed" : wanted === "default" ? "byDefault" : "named"]++;
      }
    }
  } finally {
    await envoy.stop();
    rmSync(folder, { recursive: true });
  }
  console.log(`filter chains: seed ${dice.seed}; ${answers.named} connections by a chain, ${answers.byDefault} by the default one, ${answers.closed} closed`);
  expect(answers.named).toBeGreaterThan(LISTENERS);
}, 120_000);
