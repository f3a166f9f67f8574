import type { Change, ChangeSide } from "./diff.ts";

/** Changes as JSON: `{ format_version, same, changes }`. */
export function renderChangesJson(changes: readonly Change[]): string {
  const rows = changes.map(({ path, ...change }) => ({ ...change, path: pathText(path) }));
  return `${JSON.stringify({ format_version: 1, same: changes.length === 0, changes: rows }, undefined, 2)}\n`;
}

interface Node {
  readonly children: Map<string, Node>;
  readonly changes: Change[];
}

const MARK: Readonly<Record<Change["op"], string>> = { added: "+", removed: "-", changed: "~", moved: ">" };
const COLOR: Readonly<Record<Change["op"], number>> = { added: 32, removed: 31, changed: 33, moved: 36 };

/** Changes as a tree for people: resources, then the way to each value, with the places of both sides. */
export function renderChanges(changes: readonly Change[], color: boolean): string {
  const paint = (code: number, text: string): string => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
  const lines: string[] = [];
  for (const [title, group] of grouped(changes)) {
    const whole = group.find((change) => change.path.length === 0);
    if (whole === undefined) {
      lines.push(paint(1, title));
      print(treeOf(group), "  ", lines, paint);
    } else lines.push(paint(COLOR[whole.op], `${MARK[whole.op]} ${title}`) + paint(2, `  ${placeOf(whole.to ?? whole.from)}`));
  }
  return lines.map((line) => `${line}\n`).join("");
}

function grouped(changes: readonly Change[]): Map<string, Change[]> {
  const groups = new Map<string, Change[]>();
  for (const change of changes) {
    const title = `${change.type.slice(change.type.lastIndexOf(".") + 1)}${change.name === undefined ? "" : ` ${change.name}`}`;
    const group = groups.get(title);
    if (group === undefined) groups.set(title, [change]);
    else group.push(change);
  }
  return groups;
}

function treeOf(changes: readonly Change[]): Node {
  const root: Node = { children: new Map(), changes: [] };
  for (const change of changes) {
    let node = root;
    for (const key of change.path) {
      let next = node.children.get(key);
      if (next === undefined) node.children.set(key, next = { children: new Map(), changes: [] });
      node = next;
    }
    node.changes.push(change);
  }
  return root;
}

function print(node: Node, indent: string, lines: string[], paint: (code: number, text: string) => string): void {
  for (const [key, child] of node.children) {
    let [last, path] = [child, [key]];
    while (last.changes.length === 0 && last.children.size === 1) {
      const [[next, grandchild]] = [...last.children] as [[string, Node]];
      [last, path] = [grandchild, [...path, next]];
    }
    if (last.changes.length === 0) lines.push(`${indent}${pathText(path)}`);
    for (const change of last.changes) lines.push(...changeLines(change, pathText(path), indent, paint));
    print(last, `${indent}  `, lines, paint);
  }
}

function changeLines(change: Change, path: string, indent: string, paint: (code: number, text: string) => string): string[] {
  const { op, from, to } = change;
  const head = (text: string): string => `${indent}${paint(COLOR[op], `${MARK[op]} ${path}${text}`)}`;
  if (op === "moved") return [`${head(" moved")}${paint(2, `  ${placeOf(from)} -> ${placeOf(to)}`)}`];
  if (op !== "changed") return [`${head(`: ${valueText((from ?? to)?.value)}`)}${paint(2, `  ${placeOf(from ?? to)}`)}`];
  return [`${head(`: ${valueText(from?.value)} -> ${valueText(to?.value)}`)}${paint(2, `  ${placeOf(from)} -> ${placeOf(to)}`)}`];
}

function placeOf(side: ChangeSide | undefined): string {
  return side?.file === undefined ? "" : `${side.file}:${side.line}:${side.column}`;
}

/** Fields joined with dots; `[key]` of a map follows its field directly. */
function pathText(path: readonly string[]): string {
  return path.reduce((text, key) => (text === "" || key.startsWith("[") ? text + key : `${text}.${key}`), "");
}

const WIDTH = 100;

/** A value on one line, cut where it is long. Durations as they are written. */
function valueText(value: unknown): string {
  const text = flow(value);
  return text.length <= WIDTH ? text : `${text.slice(0, WIDTH - 3)}...`;
}

function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value);
  if (entries.length === 2 && "seconds" in value && "nanos" in value) return durationText(Number(value.seconds), Number(value.nanos));
  return `{${entries.map(([key, item]) => ` ${key.startsWith("@") ? JSON.stringify(key) : key}: ${flow(item)}`).join(",")} }`;
}

function durationText(seconds: number, nanos: number): string {
  const sign = seconds < 0 || nanos < 0 ? "-" : "";
  const fraction = nanos === 0 ? "" : `.${String(Math.abs(nanos)).padStart(9, "0").replace(/0+$/, "")}`;
  return `${sign}${Math.abs(seconds)}${fraction}s`;
}
