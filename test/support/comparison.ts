import { isHttp2, renderHttp2 } from "./http2-render.ts";
import { methodsIn, parseMessages } from "./wire.ts";

/** What one proxy did in one case, as bytes (latin1 strings) and lines. */
export interface Observation {
  readonly connections: readonly { readonly sent: string; readonly received: string; readonly state: string; readonly closedAfter: number | undefined; readonly closedLate: boolean }[];
  readonly upstreams: Readonly<Record<string, readonly { readonly received: string; readonly state: string }[]>>;
  readonly log: readonly string[];
  readonly wide: readonly string[];
  /** Every counter and gauge that changed, by name. */
  readonly stats: ReadonlyMap<string, number>;
}

export type Aspect = "answer" | "upstream" | "log" | "wide" | "counters";

export const ASPECTS: readonly Aspect[] = ["answer", "upstream", "log", "wide", "counters"];

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Replaces what must vary between two runs: dates, request ids, service times, start times, durations and port numbers (`ports`: number to name). */
export function normalise(text: string, ports: ReadonlyMap<number, string>): string {
  return text
    .replace(/^(date: )\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT/gim, "$1<date>")
    .replace(UUID, "<uuid>")
    .replace(/^(x-envoy-upstream-service-time: )\d+/gim, "$1<ms>")
    .replace(/^(x-envoy-expected-rq-timeout-ms: )(\d{3,})/gim, (_, name: string, ms: string) => name + roundUp(Number(ms)))
    .replace(/\bfrom=127\.0\.0\.1:\d+/g, "from=127.0.0.1:<any>")
    .replace(/^\[\d{4}-\d\d-\d\dT[\d:.]+Z\]/gm, "[<time>]")
    .replace(/^(\[<time>\] ".*" \d+ \S+ \d+ \d+) \d+ (\d+|-) "/gm, (_, start: string, service: string) => `${start} <ms> ${service === "-" ? "-" : "<ms>"} "`)
    .replace(/\b(\d{4,5})\b/g, (digits) => nameOfPort(Number(digits), ports) ?? digits);
}

/** A retry tells the upstream what is left of the timeout: up to the next second, so that the time that went by does not show. */
function roundUp(ms: number): number {
  return ms <= 500 ? ms : Math.ceil(ms / 1000) * 1000;
}

function nameOfPort(port: number, ports: ReadonlyMap<number, string>): string | undefined {
  const name = ports.get(port);
  return name === undefined ? undefined : `<${name}>`;
}

/** Renders one aspect of an observation as comparable text. Chunk boundaries do not show; framing, trailers and an unfinished message do. */
export function render(aspect: Aspect, seen: Observation, ports: ReadonlyMap<number, string>, counted: (name: string) => boolean): string {
  if (aspect === "answer") return normalise(seen.connections.map(renderAnswer).join("\n"), ports);
  if (aspect === "upstream") return normalise(Object.entries(seen.upstreams).map(renderUpstream).join(""), ports);
  if (aspect === "log" || aspect === "wide") return normalise(seen[aspect].join("\n"), ports);
  const lines = [...seen.stats].filter(([name]) => counted(name));
  return lines.map(([name, value]) => `${name}: ${value > 0 ? "+" : ""}${value}`).sort().join("\n");
}

/** The distinct answers of an observation, sorted. */
export function renderSet(seen: Observation, ports: ReadonlyMap<number, string>): string {
  const answers = seen.connections.flatMap((c) => parseMessages(c.received, "response", methodsIn(c.sent)).messages);
  return [...new Set(answers.map((m) => normalise(`${m.head}\n\n${m.body}`, ports)))].sort().join("\n\n");
}

function renderAnswer(connection: Observation["connections"][number]): string {
  const text = isHttp2(connection.sent) ? renderHttp2(connection.received) : renderMessages(connection.received, "response", methodsIn(connection.sent));
  return `${text}[${connection.state}${connection.closedLate ? " after a pause" : ""}]\n`;
}

/** Connections that were opened and never used are left out. */
function renderUpstream([name, connections]: [string, Observation["upstreams"][string]]): string {
  const used = connections.filter((c) => c.received !== "");
  return used.map((c, i) => `${name} connection ${i + 1}:\n${isHttp2(c.received) ? renderHttp2(c.received) : renderMessages(c.received, "request")}[${c.state}]\n`).join("");
}

function renderMessages(bytes: string, kind: "request" | "response", methods?: readonly string[]): string {
  const { messages, rest } = parseMessages(bytes, kind, methods);
  const texts = messages.map((m) => {
    const framed = m.framing === "chunked" ? `<chunked>${m.body}${m.complete ? `</chunked>${m.trailers}` : ""}` : m.body;
    return `${m.head}\n\n${framed}${m.complete || m.framing === "until-close" ? "" : "<unfinished>"}\n`;
  });
  return texts.join("") + (rest === "" ? "" : `<rest>${rest}\n`);
}

/** Both texts line by line: common lines with two spaces, `-` only the first has, `+` only the second. */
export function diffLines(first: string, second: string): string {
  const a = first.split("\n");
  const b = second.split("\n");
  const longest: number[][] = Array.from({ length: a.length + 1 }, () => Array.from({ length: b.length + 1 }, () => 0));
  const at = (i: number, j: number): number => longest[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) longest[i]![j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  }
  const out: string[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) out.push(`  ${shown(a[i++]!)}`, ...(j++, []));
    else if (i < a.length && (j >= b.length || at(i + 1, j) >= at(i, j + 1))) out.push(`- ${shown(a[i++]!)}`);
    else out.push(`+ ${shown(b[j++]!)}`);
  }
  return out.join("\n");
}

/** Control characters made visible; long lines cut. */
export function shown(text: string): string {
  const visible = text.replace(/[\0-\x08\x0b-\x1f\x7f-\xff]/g, (c) => (c === "\r" ? "\\r" : `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`));
  return visible.length > 600 ? `${visible.slice(0, 300)}…(${visible.length} characters)…${visible.slice(-100)}` : visible;
}
