import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { renderReport, type Format } from "../../src/diagnostics/render.ts";
import { ALL_EXTENSIONS } from "../../src/extensions/all.ts";
import { V3 } from "../../src/schema/table.ts";
import { v2 } from "../../src/schema/v2.ts";
import { compileCheck } from "../../src/tools/check.ts";
import { migrate } from "../../src/tools/migrate.ts";
import { validate } from "../../src/tools/validate.ts";
import { damagedBytes, grown, type Input } from "./fuzz.ts";
import type { Dice } from "./random.ts";

const ROOT = join(import.meta.dirname, "../..");
const FORMATS: readonly Format[] = ["pretty", "compact", "json", "jsonl", "github", "gitlab", "junit", "sarif"];
const check = compileCheck(ALL_EXTENSIONS);

/** Files to begin with: examples, and documents of older APIs. */
export function seeds(): Input[] {
  return ["configs", "test/differential/v2"].flatMap((folder) => readdirSync(join(ROOT, folder)).filter((name) => statSync(join(ROOT, folder, name)).isFile()).map((name) => ({ name, bytes: readFileSync(join(ROOT, folder, name)) })));
}

const ROOTS = ["envoy.config.bootstrap.v3.Bootstrap", "envoy.config.route.v3.RouteConfiguration", "envoy.config.listener.v3.Listener", "envoy.config.cluster.v3.Cluster", "envoy.service.discovery.v3.DiscoveryResponse"];
const OLD_ROOTS = ["envoy.config.bootstrap.v2.Bootstrap", "envoy.api.v2.RouteConfiguration", "envoy.api.v2.Listener", "envoy.api.v2.Cluster"];

/** One input, of either sort. */
export function anyInput(dice: Dice, files: readonly Input[]): Input {
  if (dice.below(2) === 0) return damagedBytes(dice, files);
  const old = dice.below(3) === 0;
  const table = old ? v2() : V3;
  const type = table.message(dice.pick(old ? OLD_ROOTS : ROOTS));
  const tree = type === undefined ? {} : grown(dice, table, type, { left: 400 });
  return { name: dice.pick(["a.yaml", "a.json"]), bytes: new TextEncoder().encode(JSON.stringify(tree)) };
}

/** Validates, prints and migrates an input; throws where legate does, or where what it says is no finding. */
export function digest(input: Input, dice: Dice): void {
  const { findings } = validate(input, { check });
  for (const { code, message, line, column } of findings) {
    if (!/^LGT\d{4}$/.test(code) || message === "" || (line ?? 1) < 1 || (column ?? 1) < 1) throw new Error(`odd finding ${code} ${message} ${line}:${column}`);
  }
  renderReport(dice.pick(FORMATS), { findings, files: [input.name], version: "0" }, { colour: dice.below(2) === 0, width: 80 });
  const { text } = migrate(input, { check });
  if (text === undefined || dice.below(4) > 0) return;
  // what migrate prints can be read again, and needs no further upgrade of its own syntax
  const again = validate({ name: "again.yaml", bytes: new TextEncoder().encode(text) }, {});
  const broken = again.findings.find(({ code }) => code.startsWith("LGT010") && code !== "LGT0106");
  if (broken !== undefined) throw new Error(`migrate printed what cannot be read: ${broken.line}:${broken.column} ${broken.message}\n${text.slice(0, 2000)}`);
}
