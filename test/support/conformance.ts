import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";

/** The folder of conformance cases, or undefined (said aloud, once) where it is absent. */
export function conformanceFolder(): string | undefined {
  const folder = resolve(process.env["LEGATE_CONFORMANCE"] ?? join(import.meta.dirname, "../../../shared/conformance"));
  if (existsSync(folder)) return folder;
  console.warn(`conformance cases not found at ${folder} (set LEGATE_CONFORMANCE): their tests are skipped`);
  return undefined;
}

export interface ConfigFile {
  readonly path: string;
  readonly text: string;
}

/** All YAML and JSON files of `configs/`, with paths relative to it. */
export function conformanceConfigs(folder: string): ConfigFile[] {
  const root = join(folder, "configs");
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ya?ml|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => ({ path: relative(root, path), text: readFileSync(path, "utf8") }));
}
