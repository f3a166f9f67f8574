/** What a configuration holds for simulation: route tables with those who use them, and the clusters. */
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { Origins } from "../diagnostics/origins.ts";
import { BOOTSTRAP, CONFIG_DUMP, KINDS } from "../resources/kind.ts";
import { type InputText, loadDocument, type LoadedMessage } from "../resources/load.ts";
import { referencesOf } from "../resources/references.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import { type FoundTable, routeTablesOf } from "./route-tables.ts";
import type { SimulatorFacts } from "./simulate.ts";

export interface SimulateConfiguration {
  readonly tables: readonly FoundTable[];
  readonly facts: SimulatorFacts;
  /** Files of configuration that it names and that were not read. */
  readonly unread: readonly string[];
}

export interface SimulateSources {
  readonly origins: Origins;
  readonly diagnostics: Diagnostics;
  readonly type?: string;
  /** Reads the files that the configuration names; absent: they are not read. */
  readonly follow?: (path: string) => InputText;
}

/** Undefined: the document could not be decoded. What is wrong with it is reported, and what is left is used. */
export function loadForSimulation(input: InputText, { origins, diagnostics, type, follow }: SimulateSources): SimulateConfiguration | undefined {
  const document = loadDocument(input, { origins, diagnostics, unknownFields: "warning", ...(type === undefined ? {} : { type }) });
  if (document === undefined) return undefined;
  const messages = [...document.messages];
  const files = new Set<string>();
  for (let at = 0; at < messages.length; at++) {
    const message = messages[at] as LoadedMessage;
    for (const path of referencesOf(message.type, message.message).filter((reference) => reference.kind === "config").map((reference) => reference.path)) {
      if (files.has(path)) continue;
      files.add(path);
      if (follow !== undefined) messages.push(...(loadDocument(follow(path), { origins, diagnostics, unknownFields: "warning" })?.messages ?? []));
    }
  }
  const bootstrap = messages.find((message) => message.type === BOOTSTRAP)?.message as Bootstrap | undefined;
  const facts: SimulatorFacts = { clusters: clustersOf(messages, document.type, bootstrap, follow !== undefined), serviceCluster: bootstrap?.node?.cluster ?? "", nodeId: bootstrap?.node?.id ?? "" };
  return { tables: routeTablesOf(messages), facts, unread: follow === undefined ? [...files] : [] };
}

/** All clusters, where all are known: those of a bootstrap without a CDS that was not read, or of a dump. */
function clustersOf(messages: readonly LoadedMessage[], type: string, bootstrap: Bootstrap | undefined, followed: boolean): ReadonlySet<string> | undefined {
  const cds = bootstrap?.dynamic_resources?.cds_config;
  const isWhole = bootstrap !== undefined && (cds === undefined || type === CONFIG_DUMP || (followed && (cds.path_config_source ?? cds.path) !== undefined));
  if (!isWhole) return undefined;
  const loose = messages.filter((message) => message.type === KINDS["cluster"]).map((message) => message.message as { readonly name?: string });
  return new Set([...(bootstrap.static_resources?.clusters ?? []), ...loose].map((cluster) => cluster.name ?? ""));
}
