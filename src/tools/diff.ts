import type { ResolvedFinding, ResolvedPlace } from "../diagnostics/finding.ts";
import { Findings } from "../diagnostics/findings.ts";
import { Origins } from "../diagnostics/origins.ts";
import { type At, Comparison, type Difference } from "./compare.ts";
import { BOOTSTRAP } from "../resources/kind.ts";
import { type InputText, loadDocument, type LoadedMessage } from "../resources/load.ts";
import { redactedMessage } from "./redact.ts";

/** One side of a change. Values are JSON as in a decoded message. */
export interface ChangeSide extends Pick<ResolvedPlace, "file" | "line" | "column"> {
  readonly value: unknown;
}

/** One change, plain JSON. */
export interface Change {
  readonly op: Difference["op"];
  /** What changed: the message's type, and its name if it has one. */
  readonly type: string;
  readonly name: string | undefined;
  /** From the resource to the value; empty if the resource as a whole was added or removed. */
  readonly path: readonly string[];
  readonly from?: ChangeSide;
  readonly to?: ChangeSide;
}

export interface Diffed {
  readonly changes: readonly Change[];
  /** What is wrong with the two inputs. */
  readonly findings: readonly ResolvedFinding[];
  /** False: one of the inputs could not be decoded, and nothing was compared. */
  readonly compared: boolean;
}

export interface DiffOptions {
  readonly type?: string;
  /** Config dumps stand for the static bootstraps that run the same. */
  readonly asStatic?: boolean;
}

interface Resource {
  readonly type: string;
  readonly name: string | undefined;
  readonly message: object;
}

/** Compares two configurations by meaning: resources by type and name, their fields by the API. */
export function diff(from: InputText, to: InputText, options: DiffOptions = {}): Diffed {
  const origins = new Origins();
  const diagnostics = new Findings(origins);
  const load = (input: InputText): readonly LoadedMessage[] | undefined =>
    loadDocument(input, { origins, diagnostics, unknownFields: "warning", asStatic: options.asStatic === true, ...(options.type === undefined ? {} : { type: options.type }) })?.messages;
  const [olds, news] = [load(from), load(to)];
  const findings = diagnostics.resolve();
  if (olds === undefined || news === undefined) return { changes: [], findings, compared: false };
  return { changes: compareResources(olds, news, origins), findings, compared: true };
}

function compareResources(olds: readonly LoadedMessage[], news: readonly LoadedMessage[], origins: Origins): Change[] {
  const [from, to] = [resourcesOf(olds, origins), resourcesOf(news, origins)];
  return [...new Set([...from.keys(), ...to.keys()])].flatMap((key) => {
    const [a, b] = [from.get(key), to.get(key)];
    const differences = a !== undefined && b !== undefined ? inside(a, b) : [whole(a, b)];
    const { type, name } = (a ?? b) as Resource;
    return differences.map((difference) => change(type, name, difference, origins));
  });
}

function inside(from: Resource, to: Resource): readonly Difference[] {
  const comparison = new Comparison();
  comparison.messages(from.type, from.message, to.message, []);
  return comparison.differences;
}

function whole(from: Resource | undefined, to: Resource | undefined): Difference {
  const side = (resource: Resource | undefined): Difference["from"] => (resource === undefined ? undefined : { at: resource.message, key: undefined, value: redactedMessage(resource.type, resource.message) });
  return { op: from === undefined ? "added" : "removed", path: [], from: side(from), to: side(to) };
}

function change(type: string, name: string | undefined, { op, path, from, to }: Difference, origins: Origins): Change {
  return { op, type, name, path, ...(from === undefined ? {} : { from: sideOf(from, origins) }), ...(to === undefined ? {} : { to: sideOf(to, origins) }) };
}

function sideOf({ at, key, value }: At & { readonly value: unknown }, origins: Origins): ChangeSide {
  const span = origins.find(at, key)?.span;
  if (span === undefined) return { value };
  const { line, column } = span.source.lines.locate(span.start);
  return { value, file: span.source.name, line, column };
}

/** By type and name. A bootstrap's static listeners, clusters and secrets stand for themselves, as they do in a config dump. */
function resourcesOf(messages: readonly LoadedMessage[], origins: Origins): Map<string, Resource> {
  const resources = new Map<string, Resource>();
  for (const { type, message } of messages.flatMap((m) => (m.type === BOOTSTRAP ? unpacked(m.message, origins) : [m]))) {
    const name = nameOf(message);
    let key = `${type}\n${name ?? ""}`;
    while (resources.has(key)) key += "'";
    resources.set(key, { type, name, message });
  }
  return resources;
}

const STATIC: Readonly<Record<string, string>> = {
  listeners: "envoy.config.listener.v3.Listener",
  clusters: "envoy.config.cluster.v3.Cluster",
  secrets: "envoy.extensions.transport_sockets.tls.v3.Secret",
};

function unpacked(bootstrap: object, origins: Origins): LoadedMessage[] {
  const { static_resources: resources, ...rest } = bootstrap as { readonly static_resources?: Readonly<Record<string, readonly object[]>> };
  origins.derive(rest, bootstrap);
  const named = Object.entries(STATIC).flatMap(([list, type]) => (resources?.[list] ?? []).map((message) => ({ type, message })));
  return [{ type: BOOTSTRAP, message: rest }, ...named];
}

function nameOf(message: object): string | undefined {
  const { name, cluster_name: cluster } = message as { readonly name?: unknown; readonly cluster_name?: unknown };
  return typeof name === "string" ? name : typeof cluster === "string" ? cluster : undefined;
}
