/**
 * Random route tables and requests, to Envoy and to the subject: the answers must be equal, and with them the chosen route (it names itself in
 * the answer's headers) and the request as the upstream saw it (the upstream sends it back).
 *
 *   LEGATE_SEED=n            repeats a run
 *   LEGATE_ROUTE_REQUESTS=n  how many requests; 20,000 unless said
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { diffLines, normalise } from "../support/comparison.ts";
import { EchoUpstream } from "../support/echo-upstream.ts";
import { askAll, type Sent } from "../support/keep-alive-client.ts";
import { freePorts } from "../support/ports.ts";
import { newDice } from "../support/random.ts";
import { referenceCommand, Subject, subjectCommand, type SubjectCommand } from "../support/subject.ts";
import { configuration } from "./generated/configuration.ts";
import { generateTable, type GeneratedTable } from "./generated/tables.ts";

const REQUESTS = Number(process.env["LEGATE_ROUTE_REQUESTS"] ?? 20_000);
const PER_TABLE = 400;
const TABLES_AT_ONCE = 25;
/** How often a request is sent whose answer chance decides; again, if that shows different answers; and how often an answer of one side must be seen to count when the other never gives it. */
const [TRIES, MORE_TRIES, OFTEN] = [40, 600, 12];
/** Told to upstreams: as a port it would be taken for one. */
const DEFAULT_TIMEOUT_MS = 15_000;
const CONNECTIONS = 4;
const SHOWN = 5;

interface Side {
  readonly subject: Subject;
  readonly listeners: readonly number[];
  readonly ports: ReadonlyMap<number, string>;
}

/** Ports are found free and taken a little later: someone else may have been quicker, so it tries again. */
async function startSide(command: SubjectCommand, tables: readonly GeneratedTable[], upstream: number, folder: string, tries = 3): Promise<Side> {
  const [admin = 0, ...listeners] = (await freePorts(2 + tables.length)).filter((port) => port !== DEFAULT_TIMEOUT_MS);
  const file = join(folder, `${command.name.replaceAll(/\W/g, "-")}.json`);
  writeFileSync(file, configuration(tables, { admin, upstream, listeners }));
  try {
    const subject = await Subject.start(command, file, admin, 60_000);
    return { subject, listeners, ports: new Map([...listeners.map((port): [number, string] => [port, "listener"]), [upstream, "upstream"]]) };
  } catch (error) {
    if (tries <= 1 || !/address (already )?in use/i.test(String(error))) throw error;
    return startSide(command, tables, upstream, folder, tries - 1);
  }
}

/** The answers of one side, each as text that does not vary. */
async function answersOf(side: Side, table: number, requests: readonly Sent[]): Promise<string[]> {
  const port = side.listeners[table] ?? 0;
  const share = Math.ceil(requests.length / CONNECTIONS);
  const raw = await Promise.all(Array.from({ length: CONNECTIONS }, (_, i) => askAll(port, requests.slice(i * share, (i + 1) * share))));
  return raw.flat().map((answer) => normalise(answer, side.ports));
}

/** A request, and the answers of the two sides where they differ. */
interface Difference {
  readonly sent: string;
  readonly wanted: string;
  readonly got: string;
}

interface Compared {
  readonly differences: readonly Difference[];
  /** How many answers name their route. */
  readonly routed: number;
}

const named = (answers: readonly string[]): number => answers.filter((answer) => /^x-route: /im.test(answer)).length;

async function compareEach(sides: readonly Side[], table: number, requests: readonly Sent[]): Promise<Compared> {
  const [wanted = [], got = []] = await Promise.all(sides.map((side) => answersOf(side, table, requests)));
  const differences = requests.map(({ text }, i) => ({ sent: text, wanted: wanted[i] ?? "", got: got[i] ?? "" })).filter((pair) => pair.wanted !== pair.got);
  return { differences, routed: named(wanted) };
}

function counted(answers: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  return counts;
}

function onlyIn(first: ReadonlyMap<string, number>, second: ReadonlyMap<string, number>, least: number): string[] {
  return [...first].filter(([answer, count]) => count >= least && !second.has(answer)).map(([answer]) => answer);
}

/** Chance chooses: what one side answers often, the other must answer at all. */
async function compareSets(sides: readonly Side[], table: number, request: Sent): Promise<Compared> {
  const ask = (times: number): Promise<string[][]> => Promise.all(sides.map((side) => answersOf(side, table, Array.from({ length: times }, () => request))));
  const [first = [], second = []] = await ask(TRIES);
  let [wanted, got] = [counted(first), counted(second)];
  if (onlyIn(wanted, got, 1).length + onlyIn(got, wanted, 1).length > 0) {
    const [moreFirst = [], moreSecond = []] = await ask(MORE_TRIES);
    [wanted, got] = [counted([...first, ...moreFirst]), counted([...second, ...moreSecond])];
  }
  const [missing, extra] = [onlyIn(wanted, got, OFTEN).join("\n"), onlyIn(got, wanted, OFTEN).join("\n")];
  return { differences: missing + extra === "" ? [] : [{ sent: `by chance: ${request.text}`, wanted: missing, got: extra }], routed: named(first) };
}

async function compareTable(sides: readonly Side[], i: number, table: GeneratedTable): Promise<Compared> {
  if (!table.random) return compareEach(sides, i, Array.from({ length: PER_TABLE }, () => table.request()));
  const differences: Difference[] = [];
  let routed = 0;
  for (let k = 0; k < PER_TABLE / TRIES; k++) {
    const compared = await compareSets(sides, i, table.request());
    differences.push(...compared.differences);
    routed += compared.routed;
  }
  return { differences, routed };
}

/** The routes that an answer names, as they stand in the table; the whole tree where they stand in one. */
function namedRoutes(table: GeneratedTable, answers: string): string {
  const names = new Set([...answers.matchAll(/^x-route: (\S+)/gim)].map((found) => found[1]));
  const routes = (table.config.virtual_hosts ?? []).flatMap((host) => host.routes ?? []).filter((route) => names.has(route.name));
  const trees = (table.config.virtual_hosts ?? []).filter((host) => host.matcher !== undefined && [...names].some((name) => name?.startsWith(`${host.name}r`)));
  const { virtual_hosts: _, ...rest } = table.config;
  return [...routes, ...trees, table.manager, rest].map((one) => JSON.stringify(one)).join("\n");
}

const reference = referenceCommand();

if ("missing" in reference) {
  console.error(`\nSKIPPED, the comparison of generated route tables: there is no Envoy to compare with.\n${reference.missing}\n`);
  test.skip(`no Envoy to compare with: ${reference.missing}`, () => {});
} else {
  const subject = subjectCommand(reference);
  describe(`${subject.name} routes generated tables like ${reference.name}`, () => {
    let upstream: EchoUpstream;
    let folder: string;
    const dice = newDice();
    beforeAll(async () => {
      upstream = await EchoUpstream.start();
      folder = mkdtempSync(join(tmpdir(), "legate-routes-"));
    });
    afterAll(async () => {
      await upstream.stop();
      rmSync(folder, { recursive: true });
    });

    const rounds = Math.ceil(REQUESTS / PER_TABLE / TABLES_AT_ONCE);
    for (let round = 0; round < rounds; round++) {
      test(`round ${round + 1} of ${rounds}`, async () => {
        const tables = Array.from({ length: TABLES_AT_ONCE }, () => generateTable(dice));
        const sides = await Promise.all([reference, subject].map((command) => startSide(command, tables, upstream.port, folder)));
        const failures: string[] = [];
        let routed = 0;
        try {
          for (const [i, table] of tables.entries()) {
            const compared = await compareTable(sides, i, table);
            routed += compared.routed;
            failures.push(...compared.differences.map(({ sent, wanted, got }) => `table ${i}: ${sent}${diffLines(wanted, got)}\n${namedRoutes(table, `${wanted}\n${got}`)}`));
          }
        } finally {
          for (const side of sides) await side.subject.stop();
        }
        console.log(`seed ${dice.seed}, round ${round + 1}: ${routed} answers name their route, ${failures.length} differ`);
        expect(failures.slice(0, SHOWN).join("\n\n"), `seed ${dice.seed}: ${failures.length} answers differ`).toBe("");
      }, 600_000);
    }
  });
}
