/** Command lines of curl, as browsers and people write them: what request they would send. */
import { Buffer } from "node:buffer";
import type { Source } from "../../diagnostics/source.ts";
import { linesOf } from "./lines.ts";
import { type TrafficDefaults, TrafficRequest } from "./traffic-request.ts";

/** Options that take a value and do not change the request's head. */
const IDLE_VALUES = new Set([
  "-o", "--output", "-w", "--write-out", "-m", "--max-time", "--connect-timeout", "--resolve", "--connect-to", "-x", "--proxy", "--cacert", "--capath", "-E", "--cert", "--key",
  "--retry", "--retry-delay", "--max-redirs", "-c", "--cookie-jar", "-T", "--upload-file", "--interface", "-K", "--config", "--limit-rate", "--ciphers", "--tls-max", "-D", "--dump-header",
  "--unix-socket", "--local-port", "-y", "-Y", "-z", "-C", "-r", "--range", "--noproxy", "--stderr", "--trace", "--trace-ascii",
]);
const SHORT_VALUES = "XHdFAbeuomwxEcTKDyYzCr";
const DATA = new Set(["-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--data-urlencode", "--json", "-F", "--form", "--form-string"]);
const LONG_VALUES = new Set(["--request", "--header", "--user-agent", "--cookie", "--referer", "--user", "--url", "--oauth2-bearer", ...DATA, ...IDLE_VALUES]);

/** The words of a command line as a POSIX shell cuts them; undefined where a quote is not closed. */
export function shellWords(text: string): string[] | undefined {
  const words: string[] = [];
  const piece = /\s+|\\\r?\n|\\([\s\S])|'([^']*)'|\$'((?:[^'\\]|\\[\s\S])*)'|"((?:[^"\\]|\\[\s\S])*)"|([^\s\\'"$]+|\$)/gy;
  let word: string | undefined;
  for (let at = 0; at < text.length; at = piece.lastIndex) {
    piece.lastIndex = at;
    const found = piece.exec(text);
    if (found === null) return undefined;
    const [all, escaped, single, ansi, double, plain] = found;
    if (/^\s/.test(all)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (!/^\\\r?\n$/.test(all)) {
      word = (word ?? "") + (escaped ?? single ?? (ansi === undefined ? undefined : ansiText(ansi)) ?? double?.replace(/\\(["\\$`])|\\\r?\n/g, "$1") ?? plain ?? "");
    }
  }
  return word === undefined ? words : [...words, word];
}

const ANSI: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", "0": "\0" };

function ansiText(text: string): string {
  return text.replace(/\\(?:u([\dA-Fa-f]{4})|x([\dA-Fa-f]{2})|([\s\S]))/g, (_all, four: string | undefined, two: string | undefined, one: string | undefined) => (four ?? two) === undefined ? ANSI[one ?? ""] ?? one ?? "" : String.fromCharCode(parseInt(four ?? two ?? "0", 16)));
}

interface Command {
  method: string | undefined;
  url: string | undefined;
  headers: [string, string][];
  data: string[];
  query: boolean;
  more: string[];
}

/** The request of one command, or what is wrong with it. */
export function curlCommand(text: string, defaults: TrafficDefaults): TrafficRequest | string {
  const words = shellWords(text);
  if (words === undefined) return "a quote is not closed";
  const command: Command = { method: undefined, url: undefined, headers: [], data: [], query: false, more: [] };
  for (let at = 1; at < words.length; at++) {
    const word = words[at] as string;
    if (!word.startsWith("-") || word === "-") {
      if (command.url === undefined) command.url = word;
      else command.more.push(word);
      continue;
    }
    for (const [name, value] of optionsOf(word, () => words[++at])) {
      const problem = apply(command, name, value);
      if (problem !== undefined) return problem;
    }
  }
  return requestOf(command, defaults);
}

/** `-sSL`, `-XPOST`, `-H VALUE`, `--request=POST`: each option with its value. */
function optionsOf(word: string, next: () => string | undefined): (readonly [string, string | undefined])[] {
  if (word.startsWith("--")) {
    const equals = word.indexOf("=");
    if (equals > 0) return [[word.slice(0, equals), word.slice(equals + 1)]];
    return [[word, LONG_VALUES.has(word) ? next() : undefined]];
  }
  const found: (readonly [string, string | undefined])[] = [];
  for (let at = 1; at < word.length; at++) {
    const letter = word[at] as string;
    if (!SHORT_VALUES.includes(letter)) found.push([`-${letter}`, undefined]);
    else return [...found, [`-${letter}`, at + 1 < word.length ? word.slice(at + 1) : next()]];
  }
  return found;
}

function apply(command: Command, name: string, value: string | undefined): string | undefined {
  if (value === undefined && (LONG_VALUES.has(name) || (name.length === 2 && SHORT_VALUES.includes(name[1] as string)))) return `${name} needs a value`;
  const text = value ?? "";
  if (DATA.has(name)) {
    command.data.push(text);
    if (name === "--json") command.headers.push(["content-type", "application/json"], ["accept", "application/json"]);
    return undefined;
  }
  switch (name) {
    case "-X": case "--request": command.method = text; return undefined;
    case "-I": case "--head": command.method ??= "HEAD"; return undefined;
    case "-G": case "--get": command.query = true; return undefined;
    case "--url": command.url = text; return undefined;
    case "-H": case "--header": return header(command, text);
    case "-A": case "--user-agent": command.headers.push(["user-agent", text]); return undefined;
    case "-b": case "--cookie": if (text.includes("=")) command.headers.push(["cookie", text]); return undefined;
    case "-e": case "--referer": command.headers.push(["referer", text.replace(/;auto$/, "")]); return undefined;
    case "-u": case "--user": command.headers.push(["authorization", `Basic ${Buffer.from(text, "utf8").toString("base64")}`]); return undefined;
    case "--oauth2-bearer": command.headers.push(["authorization", `Bearer ${text}`]); return undefined;
    case "--compressed": command.headers.push(["accept-encoding", "deflate, gzip, br, zstd"]); return undefined;
    default: return undefined;
  }
}

/** `Name: value`; `Name;` is an empty one; `Name:` takes a header away that curl would send. */
function header({ headers }: Command, text: string): string | undefined {
  const [, name, colon, value = ""] = /^([^:;]+)([:;])\s*([\s\S]*)$/.exec(text) ?? [];
  if (name === undefined) return `-H ${JSON.stringify(text)} is not 'Name: value'`;
  if (value !== "" || colon === ";") headers.push([name.trim(), value]);
  return undefined;
}

function requestOf({ method, url, headers, data, query, more }: Command, defaults: TrafficDefaults): TrafficRequest | string {
  if (url === undefined) return "the command names no URL";
  if (more.length > 0) return `the command names more than one URL: ${JSON.stringify(more[0])}`;
  const [, scheme = "http", authority = "", rest = ""] = /^(?:(https?):\/\/)?([^/?#]*)([^#]*)/is.exec(url) ?? [];
  if (/^[a-z][\w+.-]*:\/\//i.test(url) && !/^https?:/i.test(url)) return `${JSON.stringify(url)} is neither http:// nor https://`;
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  const path = rest.startsWith("/") ? rest : `/${rest}`;
  const full = query && data.length > 0 ? `${path}${path.includes("?") ? "&" : "?"}${data.join("&")}` : path;
  const named = headers.find(([name]) => name.toLowerCase() === "host")?.[1];
  const port = /:(\d+)$/.exec(host)?.[1];
  const body = data.length > 0 && !query;
  const type: [string, string][] = body && !headers.some(([name]) => name.toLowerCase() === "content-type") ? [["content-type", "application/x-www-form-urlencoded"]] : [];
  return new TrafficRequest({
    method: method ?? (body ? "POST" : "GET"), scheme: scheme.toLowerCase() as "http" | "https", host: named ?? host, path: full, port: port === undefined ? undefined : Number(port),
  }, [...headers.filter(([name]) => name.toLowerCase() !== "host"), ...type], defaults);
}

/** Commands with the lines that continue them: a backslash before the line's end, or a quote that is still open. */
export function* curlCommands(source: Source): Iterable<{ readonly start: number; readonly text: string }> {
  let from = -1;
  let text = "";
  for (const { line, start } of linesOf(source)) {
    if (from < 0 && line.trimStart().startsWith("#")) continue;
    if (from < 0 || /^\s*curl(?:\.exe)?\s/.test(line)) {
      if (from >= 0) yield { start: from, text };
      from = start;
      text = line;
    } else text += `\n${line}`;
    if (text.endsWith("\\") || openQuote(text)) continue;
    yield { start: from, text: text.replace(/^\s*(?:\$\s+)?/, "") };
    from = -1;
  }
  if (from >= 0) yield { start: from, text };
}

function openQuote(text: string): boolean {
  const outside = text.replace(/\\[\s\S]|'[^']*'|\$'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*"/g, "");
  return /['"]/.test(outside);
}
