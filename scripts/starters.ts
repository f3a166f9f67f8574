/**
 * Makes src/cli/generated/starters.ts from configs/: the text of every example, so that `legate init` needs no file.
 *
 *   bun scripts/starters.ts           writes it
 *   bun scripts/starters.ts --check   exits 1 when it is not fresh
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");

/** Where the generated module is. */
export const TARGET = join(ROOT, "src", "cli", "generated", "starters.ts");

/** Examples that nobody should start from. */
const EXAMPLES_ONLY = /-v2\.yaml$/;

/** The module's text, as it should be. A starter is a file of configs/, or a folder of them. */
export function startersModule(): string {
  const configs = join(ROOT, "configs");
  const entries = readdirSync(configs, { withFileTypes: true }).filter((entry) => !EXAMPLES_ONLY.test(entry.name)).sort((a, b) => (a.name < b.name ? -1 : 1));
  const starters = entries.map((entry) => {
    const path = join(configs, entry.name);
    const names = entry.isDirectory() ? readdirSync(path).sort() : [entry.name];
    const files = names.map((name) => `    ${JSON.stringify(name)}: ${quoted(readFileSync(entry.isDirectory() ? join(path, name) : path, "utf8"))},\n`);
    return `  ${JSON.stringify(entry.name.replace(/\.yaml$/, ""))}: {\n${files.join("")}  },\n`;
  });
  return `// Generated from configs/ by scripts/starters.ts. Do not edit.\n\n/** Name of a starter -> its files, by name. */\nexport const STARTERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {\n${starters.join("")}};\n`;
}

function quoted(text: string): string {
  return `\`${text.replace(/[\\`]|\$\{/g, (c) => `\\${c}`)}\``;
}

if (import.meta.main) {
  const text = startersModule();
  if (process.argv.includes("--check")) {
    const fresh = readFileSync(TARGET, "utf8") === text;
    console.log(fresh ? "starters: fresh" : "starters: src/cli/generated/starters.ts is not what configs/ says; run: bun scripts/starters.ts");
    process.exit(fresh ? 0 : 1);
  }
  writeFileSync(TARGET, text);
}
