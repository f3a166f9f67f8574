import { appendFileSync, writeFileSync } from "node:fs";
import { normalise, shown } from "../support/comparison.ts";
import type { Observation } from "../support/comparison.ts";
import type { Case } from "./case.ts";

/** Writes down, as Markdown, what the reference did in every case: for reading while building. Without a path it does nothing. Groups may run at the same time. */
export class Recorder {
  readonly #path: string | undefined;
  readonly #groups = new Map<string, string[]>();

  constructor(path: string | undefined) {
    this.#path = path;
    if (path !== undefined) writeFileSync(path, "# What Envoy answered\n");
  }

  open(group: string, configuration: string): void {
    this.#groups.set(group, [`\n## ${group}\n\n${fence(configuration, "yaml")}`]);
  }

  /** Appends what was recorded of a group to the file. */
  close(group: string): void {
    if (this.#path !== undefined) appendFileSync(this.#path, (this.#groups.get(group) ?? []).join(""));
    this.#groups.delete(group);
  }

  add(group: string, theCase: Case, seen: Observation, names: ReadonlyMap<number, string>): void {
    if (this.#path === undefined) return;
    const show = (text: string): string => normalise(text.replaceAll("\r\n", "\n"), names).split("\n").map(shown).join("\n");
    const parts = [`\n### ${theCase.title}\n\nlistener \`${theCase.to ?? "main"}\`\n`];
    seen.connections.forEach((c, i) => {
      const closed = c.closedAfter === undefined ? "" : `, ${Math.round(c.closedAfter)} ms after connecting`;
      parts.push(`\nclient${i === 0 ? "" : ` (connection ${i + 1})`} sent:\n${fence(show(c.sent))}received (${c.state}${closed}):\n${fence(show(c.received))}`);
    });
    for (const [name, connections] of Object.entries(seen.upstreams)) {
      connections.forEach((c, i) => parts.push(`upstream ${name}, connection ${i + 1}, received (${c.state}):\n${fence(show(c.received))}`));
    }
    parts.push(`log:\n${fence(show([...seen.log, ...seen.wide].join("\n")))}`);
    parts.push(`stats:\n${fence(statLines(seen.stats))}`);
    this.#groups.get(group)?.push(parts.join(""));
  }
}

function fence(text: string, language = ""): string {
  return `\`\`\`${language}\n${text}${text.endsWith("\n") ? "" : "\n"}\`\`\`\n`;
}

/** Changes of `http.` and `cluster.` statistics, one line a prefix. */
function statLines(stats: ReadonlyMap<string, number>): string {
  const lines = new Map<string, string[]>();
  for (const [name, value] of stats) {
    const [, prefix, rest] = /^((?:http|cluster)\.\w+)\.(.*)$/.exec(name) ?? [];
    if (prefix === undefined || rest === undefined || prefix === "http.admin") continue;
    lines.set(prefix, [...(lines.get(prefix) ?? []), `${rest} ${value > 0 ? "+" : ""}${value}`]);
  }
  return [...lines].map(([prefix, changes]) => `${prefix}: ${changes.join(", ")}`).join("\n");
}
