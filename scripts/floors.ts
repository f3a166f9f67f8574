/**
 * Proves the house: imports only go down, nothing is imported in a circle (types included), and the machine is named
 * only in `platform/` (and, for the terminal, `cli/`). Prints one line a violation and exits 1.
 *
 *   bun scripts/floors.ts [ROOT]
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";

/** The floors, lowest first. A file may import its own folder and every folder of a lower row. */
export const FLOORS: readonly (readonly string[])[] = [
  ["base"],
  ["diagnostics", "platform", "stats"],
  ["schema", "http"],
  ["contract"],
  ["codec", "match"],
  ["router", "upstream", "stream"],
  ["forward"],
  ["downstream", "xds"],
  ["extensions"],
  ["resources"],
  ["tools"],
  ["server"],
  ["cli"],
];

/** Folders that may name the runtime: the machine belongs to the first, the terminal and the exit to the second. */
const MACHINE = new Set(["platform", "cli"]);

/** Modules of the runtime that only compute, and so may be used on every floor. */
const PURE_MODULES = new Set(["node:buffer", "node:path", "node:path/posix", "node:string_decoder"]);

const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  [/\bprocess\s*[.[]/, "process"],
  [/\bBun\s*[.[]/, "Bun"],
  [/\bDeno\s*[.[]/, "Deno"],
  [/\bDate\.now\b|\bnew Date\(\)/, "the clock (Date)"],
  [/\bperformance\.(now|timeOrigin)\b/, "the clock (performance)"],
  [/\bMath\.random\b/, "chance (Math.random)"],
  [/\bcrypto\s*\./, "chance (crypto)"],
  [/(?<![.\w])(setTimeout|setInterval|setImmediate)\s*\(/, "a timer"],
  [/(?<![.\w])(fetch|WebSocket|Worker)\s*\(/, "the network or a thread"],
  [/\bconsole\s*\./, "the terminal (console)"],
];

interface Import {
  readonly from: string;
  readonly to: string;
  readonly line: number;
}

/** Blanks out comments and the text of strings, so that only code is looked at; lines keep their numbers. */
export function codeOnly(text: string): string {
  const blank = (s: string): string => s.replace(/[^\n]/g, " ");
  return text.replace(
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\/(?![*/ =])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[dgimsuvy]*(?=\s*[.,;)\]}:]|\s*$)/gm,
    blank,
  );
}

function sources(folder: string): string[] {
  return readdirSync(folder).sort()
    .flatMap((name) => {
      const path = join(folder, name);
      return statSync(path).isDirectory() ? sources(path) : [path];
    })
    .filter((path) => path.endsWith(".ts"));
}

function importsOf(file: string, text: string): Import[] {
  const found: Import[] = [];
  const pattern = /(?:^|\n)[ \t]*(?:import|export)\b[^;"'`]*?from\s*["']([^"']+)["']|(?:^|\n)[ \t]*import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/g;
  for (const match of text.matchAll(pattern)) {
    const to = match[1] ?? match[2] ?? match[3];
    if (to === undefined) continue;
    const line = text.slice(0, match.index + match[0].length).split("\n").length;
    found.push({ from: file, to, line });
  }
  return found;
}

function floorOf(folder: string): number {
  return FLOORS.findIndex((row) => row.includes(folder));
}

function checkImport(root: string, edge: Import): string | undefined {
  const at = `${relative(root, edge.from)}:${edge.line}`;
  const folder = relative(root, edge.from).split(sep)[0] ?? "";
  if (!edge.to.startsWith(".")) {
    if (MACHINE.has(folder) || PURE_MODULES.has(edge.to)) return undefined;
    if (edge.to.startsWith("node:") || edge.to.startsWith("bun")) return `${at}: ${folder}/ may not import ${edge.to}; only platform/ names the machine`;
    return undefined;
  }
  if (!/\.(ts|json|txt|yaml|md)$/.test(edge.to)) return `${at}: import of ${edge.to} lacks its extension`;
  const target = relative(root, resolve(dirname(edge.from), edge.to));
  if (target.startsWith("..")) return target.startsWith(join("..", "configs")) || target === join("..", "package.json") ? undefined : `${at}: ${edge.to} leaves src/`;
  const other = target.split(sep)[0] ?? "";
  if (other === folder) return undefined;
  const [from, to] = [floorOf(folder), floorOf(other)];
  if (from < 0) return `${at}: ${folder}/ is not a floor`;
  if (to < 0) return `${at}: ${other}/ is not a floor`;
  if (to >= from) return `${at}: ${folder}/ (floor ${from}) may not import ${other}/ (floor ${to}); imports only go down`;
  return undefined;
}

/** Returns each circle of imports once, as the list of its files. */
function circles(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const state = new Map<string, 1 | 2>();
  const found: string[][] = [];
  const visit = (file: string, path: string[]): void => {
    state.set(file, 1);
    path.push(file);
    for (const next of edges.get(file) ?? []) {
      if (state.get(next) === 1) found.push([...path.slice(path.indexOf(next)), next]);
      else if (!state.has(next)) visit(next, path);
    }
    path.pop();
    state.set(file, 2);
  };
  for (const file of edges.keys()) if (!state.has(file)) visit(file, []);
  return found;
}

/** Checks a tree whose folders are floors. Returns one line a violation; an empty list is a sound house. */
export function checkFloors(root: string): string[] {
  const problems: string[] = [];
  const edges = new Map<string, string[]>();
  for (const file of sources(root)) {
    const text = readFileSync(file, "utf8");
    const folder = relative(root, file).split(sep)[0] ?? "";
    const imports = importsOf(file, text);
    edges.set(file, imports.filter((i) => i.to.startsWith(".")).map((i) => resolve(dirname(file), i.to)));
    for (const edge of imports) {
      const problem = checkImport(root, edge);
      if (problem !== undefined) problems.push(problem);
    }
    if (MACHINE.has(folder)) continue;
    codeOnly(text).split("\n").forEach((line, index) => {
      for (const [pattern, what] of FORBIDDEN) {
        if (pattern.test(line)) problems.push(`${relative(root, file)}:${index + 1}: names ${what}; it must come in as a value`);
      }
    });
  }
  for (const circle of circles(edges)) problems.push(`circle: ${circle.map((f) => relative(root, f)).join(" -> ")}`);
  return problems;
}

if (import.meta.main) {
  const root = resolve(process.argv[2] ?? join(import.meta.dirname, "..", "src"));
  const problems = checkFloors(root);
  for (const problem of problems) console.log(problem);
  console.log(problems.length === 0 ? "floors: sound" : `floors: ${problems.length} violation(s)`);
  process.exit(problems.length === 0 ? 0 : 1);
}
