/**
 * The Go modules whose generated files carry Envoy's file descriptors. Versions and sums are locked in modules.json.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

interface Locked {
  readonly path: string;
  readonly version: string;
  readonly sum: string;
}

interface Downloaded {
  readonly Path: string;
  readonly Dir: string;
  readonly Sum: string;
  readonly Error?: string;
}

/** True if the `go` command can be run. */
export function hasGo(): boolean {
  return spawnSync("go", ["version"]).status === 0;
}

/** `go mod download -json` prints one object after another, each closed by a brace in the first column. */
function parseStream(text: string): Downloaded[] {
  return text.split(/(?<=\n\})\n/).filter((part) => part.trim() !== "").map((part) => JSON.parse(part) as Downloaded);
}

/** Downloads every locked module (from Go's cache where it is) and returns its folders; throws if a sum differs. */
export function downloadModules(): string[] {
  const locked = JSON.parse(readFileSync(join(import.meta.dirname, "modules.json"), "utf8")) as Locked[];
  const args = ["mod", "download", "-json", ...locked.map((m) => `${m.path}@${m.version}`)];
  const run = spawnSync("go", args, { cwd: "/", encoding: "utf8", maxBuffer: 1 << 24 });
  const found = new Map(parseStream(run.stdout).map((m) => [m.Path, m]));
  return locked.map((want) => {
    const got = found.get(want.path);
    if (got === undefined || got.Error !== undefined) throw new Error(`${want.path}: ${got?.Error ?? run.stderr}`);
    if (got.Sum !== want.sum) throw new Error(`${want.path}@${want.version}: sum ${got.Sum}, locked ${want.sum}`);
    return got.Dir;
  });
}
