import { codeEntry } from "./codes.ts";
import type { Code } from "./codes.ts";
import type { Diagnostics, Finding, ResolvedFinding, ResolvedPlace, Severity } from "./finding.ts";
import { frameOf } from "./frame.ts";
import type { Origins, Place } from "./origins.ts";
import { withoutFollowUps } from "./follow-ups.ts";
import { SEVERITY_RANK } from "./severity.ts";
import type { Source } from "./source.ts";
import { suppressionsOf } from "./suppressions.ts";

export interface FindingsOptions {
  /** Codes that are not reported at all. */
  readonly disabled?: ReadonlySet<string>;
  /** Severities that overrule everything else, such as those of 09xx in `serve`. */
  readonly severities?: ReadonlyMap<string, Severity>;
}

/** Collects findings as they are reported, and works out their places when asked for. */
export class Findings implements Diagnostics {
  readonly #origins: Origins;
  readonly #disabled: ReadonlySet<string>;
  readonly #severities: ReadonlyMap<string, Severity>;
  readonly #found: Finding[] = [];
  readonly #suppressions = new Map<Source, ReadonlyMap<number, ReadonlySet<string>>>();

  constructor(origins: Origins, options: FindingsOptions = {}) {
    this.#origins = origins;
    this.#disabled = options.disabled ?? new Set();
    this.#severities = options.severities ?? new Map();
  }

  report(finding: Finding): void {
    if (canSilence(finding.code) && this.#disabled.has(finding.code)) return;
    this.#found.push(finding);
  }

  /** How many were reported; those silenced in the text and repetitions at one place are still among them. */
  get size(): number {
    return this.#found.length;
  }

  /**
   * The findings as plain JSON, in the order of files and of places in them (files in the order in which they were
   * first reported on). Findings of one code and message at one place (an alias used twice) are one finding.
   */
  resolve(): ResolvedFinding[] {
    const files = new Map<string, number>();
    const merged = new Map<string, Located>();
    for (const finding of this.#found) {
      const located = this.#locate(finding);
      if (this.#isSilenced(located)) continue;
      const file = located.resolved.file ?? "";
      if (!files.has(file)) files.set(file, files.size);
      const same = merged.get(located.identity);
      if (same === undefined) merged.set(located.identity, located);
      else if (located.resolved.path !== undefined && located.resolved.path !== same.resolved.path) same.uses.add(located.resolved.path);
    }
    const rank = (l: Located): number => files.get(l.resolved.file ?? "") ?? 0;
    return withoutFollowUps([...merged.values()].sort((a, b) => rank(a) - rank(b) || inFile(a, b)).map(withUses));
  }

  #locate(finding: Finding): Located {
    const entry = codeEntry(finding.code);
    const place = this.#origins.find(finding.at, finding.key, finding.on ?? entry.on ?? "value");
    const span = place?.span;
    const severity = this.#severities.get(finding.code) ?? finding.severity ?? entry.severity;
    const why = finding.why ?? place?.rule;
    const related = finding.related?.map((r) => ({ ...resolvePlace(this.#origins.find(r.at, r.key, r.on)), message: r.message }));
    const resolved: ResolvedFinding = {
      code: finding.code, severity, message: finding.message,
      why: why ?? entry.why, fix: finding.fix ?? entry.fix,
      ...resolvePlace(place),
      ...(span === undefined || span.source.text === "" ? {} : { frame: frameOf(span) }),
      ...(related === undefined ? {} : { related }),
    };
    const identity = JSON.stringify([finding.code, finding.message, resolved.file, span === undefined ? place?.path : [resolved.line, span.start, span.end]]);
    return { resolved, uses: new Set(), identity, source: span?.source, start: span?.start ?? -1 };
  }

  #isSilenced({ resolved, source }: Located): boolean {
    if (source === undefined || source.syntax !== "yaml" || !canSilence(resolved.code)) return false;
    let lines = this.#suppressions.get(source);
    if (lines === undefined) this.#suppressions.set(source, lines = suppressionsOf(source));
    return lines.get(resolved.line ?? 0)?.has(resolved.code) === true;
  }
}

interface Located {
  readonly resolved: ResolvedFinding;
  /** Paths of the same finding at other uses of an alias. */
  readonly uses: Set<string>;
  readonly identity: string;
  readonly source: Source | undefined;
  readonly start: number;
}

/** How many findings there are of each severity. */
export function countFindings(findings: readonly ResolvedFinding[]): Record<Severity, number> {
  const counts = { error: 0, warning: 0, note: 0 };
  for (const finding of findings) counts[finding.severity]++;
  return counts;
}

/** Is any finding at least so severe? */
export function hasAtLeast(findings: readonly ResolvedFinding[], severity: Severity): boolean {
  return findings.some((finding) => SEVERITY_RANK[finding.severity] >= SEVERITY_RANK[severity]);
}

/** A text that cannot be read has no meaning, so those findings cannot be switched off. */
function canSilence(code: Code): boolean {
  return !code.startsWith("LGT00") && !(code.startsWith("LGT01") && codeEntry(code).severity === "error");
}

/** The order in a file; parts of it are sources of their own. */
function inFile(a: Located, b: Located): number {
  if (a.source === b.source) return a.start - b.start;
  return (a.resolved.line ?? 0) - (b.resolved.line ?? 0) || (a.resolved.column ?? 0) - (b.resolved.column ?? 0);
}

/** Further uses are counted, not listed. */
const MAX_USES = 5;

function withUses({ resolved, uses }: Located): ResolvedFinding {
  if (uses.size === 0) return resolved;
  const listed = [...uses].slice(0, MAX_USES).map((path) => ({ path, message: `also used at ${path}` }));
  const rest = uses.size - listed.length;
  const more = rest === 0 ? [] : [{ message: `also used at ${rest} more place${rest === 1 ? "" : "s"}` }];
  return { ...resolved, related: [...resolved.related ?? [], ...listed, ...more] };
}

function resolvePlace(place: Place | undefined): ResolvedPlace {
  if (place === undefined) return {};
  const path = place.path === "" ? {} : { path: place.path };
  if (place.span === undefined) return place.resource === undefined ? path : { file: place.resource, ...path };
  const { source, start, end } = place.span;
  const from = source.lines.locate(start);
  const to = source.lines.locate(Math.max(end, start));
  return { file: source.name, line: from.line, column: from.column, endLine: to.line, endColumn: to.column, ...path };
}
