/** `--log-format`: spdlog's pattern syntax, as far as a proxy's log needs it; times are UTC. What is not known stays as it is written. */

export interface LogEvent {
  /** Milliseconds since 1970. */
  readonly wall: number;
  readonly pid: number;
  readonly level: string;
  readonly text: string;
}

export const DEFAULT_LOG_PATTERN = "[%Y-%m-%d %T.%e][%t][%l][%n] %v";

/** Envoy's loggers have names; legate logs all under the one of Envoy's server. */
const LOGGER = "main";

const iso = (from: number, to: number) => (event: LogEvent): string => new Date(event.wall).toISOString().slice(from, to);
const name = (event: LogEvent): string => event.level;
const id = (event: LogEvent): string => String(event.pid);

const FLAGS: Readonly<Record<string, (event: LogEvent) => string>> = {
  v: (event) => event.text,
  _: (event) => escaped(event.text),
  j: (event) => JSON.stringify(event.text).slice(1, -1),
  n: () => LOGGER, l: name, L: (event) => (event.level[0] ?? "").toUpperCase(), t: id, P: id,
  Y: iso(0, 4), m: iso(5, 7), d: iso(8, 10), H: iso(11, 13), M: iso(14, 16), S: iso(17, 19), T: iso(11, 19), F: iso(0, 10), e: iso(20, 23),
  f: (event) => `${iso(20, 23)(event)}000`, E: (event) => String(Math.floor(event.wall / 1000)), z: () => "+00:00",
  "^": () => "", $: () => "", "%": () => "%",
};

function escaped(text: string): string {
  return text.replace(/[\u0000-\u001f\\]/g, (char) => JSON.stringify(char).slice(1, -1));
}

/** One line, with its end. */
export function compileLogPattern(pattern: string): (event: LogEvent) => string {
  const parts = pattern.split(/(%.)/).map((part) => FLAGS[part.length === 2 && part.startsWith("%") ? (part[1] as string) : ""] ?? part);
  return (event) => `${parts.map((part) => (typeof part === "string" ? part : part(event))).join("")}\n`;
}
