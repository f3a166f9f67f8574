/** What a configuration holds for simulation: route tables with those who use them, and the clusters. */
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { Origins } from "../diagnostics/origins.ts";
import { BOOTSTRAP, CONFIG_DUMP, KINDS } from "../resources/kind.ts";
import { type InputText, loadDocument, type LoadedMessage } from "../resources/load.ts";
import { referencesOf } from "../resources/references.ts";
import { finalValues, runtimeLayersOf } from "../resources/runtime.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import type { Cluster } from "../schema/generated/envoy/config/cluster/v3.ts";
import type { ClusterLoadAssignment } from "../schema/generated/envoy/config/endpoint/v3.ts";
import type { Listener } from "../schema/generated/envoy/config/listener/v3.ts";
import { type FoundTable, listenersOf, routeTablesOf } from "./route-tables.ts";
import type { SimulatorFacts } from "./simulate.ts";

export interface SimulateConfiguration {
  readonly tables: readonly FoundTable[];
  readonly listeners: readonly Listener[];
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
  const clusters = clusterMessages(messages, bootstrap);
  const facts: SimulatorFacts = {
    clusters: allKnown(document.type, bootstrap, follow !== undefined) ? new Set(clusters.keys()) : undefined, clusterMessages: clusters,
    assignments: new Map(messages.filter((message) => message.type === KINDS["endpoints"]).map(({ message }) => [(message as ClusterLoadAssignment).cluster_name ?? "", message as ClusterLoadAssignment])),
    runtime: new Map(Object.entries(finalValues(bootstrap === undefined ? [] : runtimeLayersOf(bootstrap)))),
    serviceCluster: bootstrap?.node?.cluster ?? "", nodeId: bootstrap?.node?.id ?? "",
  };
  return { tables: routeTablesOf(messages), listeners: listenersOf(messages), facts, unread: follow === undefined ? [...files] : [] };
}

function clusterMessages(messages: readonly LoadedMessage[], bootstrap: Bootstrap | undefined): ReadonlyMap<string, Cluster> {
  const loose = messages.filter((message) => message.type === KINDS["cluster"]).map((message) => message.message as Cluster);
  return new Map([...(bootstrap?.static_resources?.clusters ?? []), ...loose].map((cluster) => [cluster.name ?? "", cluster]));
}

/** Whether all clusters are known: those of a bootstrap without a CDS that was not read, or of a dump. */
function allKnown(type: string, bootstrap: Bootstrap | undefined, followed: boolean): boolean {
  const cds = bootstrap?.dynamic_resources?.cds_config;
  return bootstrap !== undefined && (cds === undefined || type === CONFIG_DUMP || (followed && (cds.path_config_source ?? cds.path) !== undefined));
}
