/**
 * Makes src/schema/generated/ from the locked Go modules. `--check` compares instead of writing and exits 1 if a file differs.
 *
 *   bun scripts/schema/generate.ts [--check]
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { closure, isV2, isV3, readFiles, registryOf } from "./descriptor-set.ts";
import { extensionModule } from "./extensions.ts";
import { downloadModules, hasGo } from "./modules.ts";
import { tableText, textModule } from "./table.ts";
import { typeModules } from "./types.ts";

const OUT = join(import.meta.dirname, "../../src/schema/generated");

/** Names that the tables need besides what configurations use: FieldMask, and OTLP's collectors for exporting. */
const isRoot = (name: string): boolean => isV3(name) || name === "google/protobuf/field_mask.proto" || name.startsWith("opentelemetry/proto/");

/** Returns every generated file's text by its path below generated/. */
export function generate(): Map<string, string> {
  const files = readFiles(downloadModules());
  const linked = new Set(readFileSync(join(import.meta.dirname, "linked.txt"), "utf8").trim().split("\n"));
  const v3Files = closure(files, isRoot);
  const v3 = registryOf(v3Files);
  const v3Names = new Set(v3Files.map((f) => f.name));
  const v2 = registryOf(closure(files, (name) => isV2(name) || isV3(name)));
  const out = typeModules(v3);
  out.set("v3-table.ts", textModule("V3_TABLE", "The v3 API, contrib's and what both import.", tableText(v3, () => true, linked)));
  out.set("v2-table.ts", textModule("V2_TABLE", "The frozen v2 API, without the types that v3 has too.", tableText(v2, (name) => !v3Names.has(name), new Set([...v2.files].map((f) => `${f.name}.proto`)))));
  out.set("extensions.ts", extensionModule());
  return out;
}

function existing(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((e) => e.isFile()).map((e) => join(e.parentPath, e.name));
}

/** Returns one line a difference between `files` and what stands in `folder`. */
export function differences(files: ReadonlyMap<string, string>, folder: string): string[] {
  const stale = existing(folder).filter((path) => !files.has(path.slice(folder.length + 1))).map((path) => `${path}: is not generated any more`);
  const changed = [...files].flatMap(([name, text]) => {
    const path = join(folder, name);
    if (!existsSync(path)) return [`${path}: is missing`];
    return readFileSync(path, "utf8") === text ? [] : [`${path}: differs`];
  });
  return [...stale, ...changed];
}

function write(files: ReadonlyMap<string, string>): void {
  rmSync(OUT, { recursive: true, force: true });
  for (const [name, text] of files) {
    mkdirSync(dirname(join(OUT, name)), { recursive: true });
    writeFileSync(join(OUT, name), text);
  }
}

if (import.meta.main) {
  if (!hasGo()) {
    console.log("schema: SKIPPED, no go command to download the descriptors with");
  } else if (process.argv.includes("--check")) {
    const problems = differences(generate(), OUT);
    for (const problem of problems) console.log(problem);
    console.log(problems.length === 0 ? "schema: generated files are up to date" : `schema: ${problems.length} difference(s); run bun scripts/schema/generate.ts`);
    process.exitCode = problems.length === 0 ? 0 : 1;
  } else {
    const files = generate();
    write(files);
    console.log(`schema: ${files.size} files`);
  }
}
