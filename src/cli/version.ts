import facts from "../../package.json" with { type: "json" };

declare const LEGATE_COMMIT: string | undefined;
declare const LEGATE_TARGET: string | undefined;

/** The release of Envoy whose API and behaviour legate follows. */
export const ENVOY_VERSION = "1.40.0";

export const VERSION: string = facts.version;

/** The commit it was built from; `source` when it runs unbuilt. The build sets it. */
export const COMMIT: string = typeof LEGATE_COMMIT === "string" ? LEGATE_COMMIT : "source";

function target(): string {
  return typeof LEGATE_TARGET === "string" ? LEGATE_TARGET : `${process.platform}-${process.arch}`;
}

/** The runtime that carries it: `bun 1.4.5`. */
export function runtimeText(): string {
  return process.versions.bun !== undefined ? `bun ${process.versions.bun}` : process.versions.deno !== undefined ? `deno ${process.versions.deno}` : `node ${process.versions.node}`;
}

/** One line: version, commit, Envoy's version, target and the runtime that carries it. */
export function versionLine(): string {
  return `legate ${VERSION} (commit ${COMMIT}, Envoy API ${ENVOY_VERSION}, ${target()}, ${runtimeText()})`;
}
