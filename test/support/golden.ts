import { readFileSync, writeFileSync } from "node:fs";

/** One section of a golden file: `=== name`, then its text up to the next one. */
export type Sections = Map<string, string>;

/** Reads a golden file: input and expected output side by side. Text before the first section is a remark. */
export function readGolden(path: string): Sections {
  const sections: Sections = new Map();
  for (const part of readFileSync(path, "utf8").split(/^=== /m).slice(1)) {
    const end = part.indexOf("\n");
    sections.set(part.slice(0, end).trim(), part.slice(end + 1).replace(/\n$/, ""));
  }
  return sections;
}

/** Writes the sections back, as `LEGATE_UPDATE_GOLDEN=1` asks for; the remark is kept. */
export function writeGolden(path: string, sections: Sections): void {
  const remark = readFileSync(path, "utf8").split(/^=== /m)[0] ?? "";
  writeFileSync(path, remark + [...sections].map(([name, text]) => `=== ${name}\n${text}\n`).join(""));
}
