/**
 * A whole configuration: the bootstrap and all it subscribes to, read, decoded, compiled and checked against itself. Pure:
 * files come in through `read`. The result is plain data that crosses threads.
 */
import type { CompileContext, Registry, Surroundings } from "../contract/extension.ts";
import type { ResolvedFinding } from "../diagnostics/finding.ts";
import { Findings } from "../diagnostics/findings.ts";
import { Origins } from "../diagnostics/origins.ts";
import type { BodySources } from "../router/direct-response.ts";
import type { UnknownFields } from "../schema/context.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import { checkResources } from "./check.ts";
import { type Gathered, gatherResources } from "./gather.ts";
import { type FollowedSource, type SourceFile, UNREADABLE } from "./followed-source.ts";
import { coverageOf } from "./honours.ts";
import { checkMonitors } from "./overload.ts";
import { BOOTSTRAP } from "./kind.ts";
import { type InputText, loadDocument } from "./load.ts";
import { mergeMessages } from "./merge.ts";
import { checkContext, MESSAGE_CHECKS } from "./message-checks.ts";
import { withRegexLimit } from "./regex-checks.ts";
import { type CompiledResource, messageTypeOf, type Resource } from "./resource.ts";

export interface ConfigurationInput {
  /** The bootstrap file, and `--config-yaml` merged over it; at least one of them. */
  readonly file: InputText | undefined;
  readonly overlay: InputText | undefined;
}

export interface ConfigurationOptions {
  readonly registry: Registry;
  readonly read: (path: string) => InputText;
  /** Reads the bodies of direct responses; without it nobody looks. */
  readonly bodies?: BodySources;
  readonly serviceCluster: string;
  readonly nodeId: string;
  readonly unknownStaticFields: UnknownFields;
  readonly unknownDynamicFields: UnknownFields;
  /** What Envoy knows and legate does not do. */
  readonly unsupported: "error" | "warning" | "note";
}

export interface Configuration {
  /** The bootstrap as JSON; "" when it could not be decoded. */
  readonly bootstrap: string;
  readonly resources: readonly CompiledResource[];
  /** `file:line:column` of the admin server's address; the file where it has none. */
  readonly adminPlace: string;
  readonly findings: readonly ResolvedFinding[];
  /** Files whose change changes the configuration: the bootstrap and what it subscribes to. */
  readonly files: readonly string[];
  /** Files that hold an error. */
  readonly refused: readonly string[];
  /** Those of them that could not be read or are no messages at all. */
  readonly unreadable: readonly string[];
  readonly sources: readonly FollowedSource[];
  readonly sourceFiles: readonly SourceFile[];
}

export function loadConfiguration(input: ConfigurationInput, options: ConfigurationOptions): Configuration {
  const origins = new Origins();
  const findings = new Findings(origins, { disabled: new Set() });
  const path = input.file?.name ?? input.overlay?.name ?? "";
  const bootstrap = readBootstrap(input, origins, findings, options);
  if (bootstrap === undefined) return finish("", { resources: [], place: path, gathered: NOTHING }, [path], findings, options);
  const gathered = gatherResources(bootstrap, path, { origins, diagnostics: findings, read: options.read, unknownDynamicFields: options.unknownDynamicFields });
  const context: CompileContext = {
    diagnostics: withRegexLimit(findings, bootstrap), registry: options.registry, statPrefix: "",
    surroundings: surroundingsOf(bootstrap, options),
  };
  checkResources(bootstrap, gathered.resources, context, options.bodies);
  const facts = checkContext(bootstrap, gathered.resources, context);
  MESSAGE_CHECKS.run(BOOTSTRAP, bootstrap, facts);
  for (const resource of gathered.resources) if (resource.source !== path && resource.written !== null) MESSAGE_CHECKS.run(messageTypeOf(resource.type), resource.written, facts);
  const coverage = coverageOf(options.registry);
  coverage.check(BOOTSTRAP, withoutLists(bootstrap), findings);
  checkMonitors(bootstrap, findings);
  for (const resource of gathered.resources) coverage.check(messageTypeOf(resource.type), resource.message, findings);
  const resources = gathered.resources.map((resource) => crossing(resource, origins));
  return finish(JSON.stringify(bootstrap), { resources, place: placeOf(bootstrap.admin, "address", path, origins), gathered }, [path, ...gathered.files], findings, options);
}

function readBootstrap(input: ConfigurationInput, origins: Origins, findings: Findings, options: ConfigurationOptions): Bootstrap | undefined {
  const load = (text: InputText | undefined): object | undefined => {
    if (text === undefined) return undefined;
    return loadDocument(text, { origins, diagnostics: findings, type: BOOTSTRAP, unknownFields: options.unknownStaticFields })?.messages[0]?.message;
  };
  const file = load(input.file);
  const overlay = load(input.overlay);
  if (file === undefined || overlay === undefined) return (file ?? overlay) as Bootstrap | undefined;
  return mergeMessages(BOOTSTRAP, file, overlay, origins) as Bootstrap;
}

/** Command-line flags win over the bootstrap's node, as in Envoy. */
export function surroundingsOf(bootstrap: Bootstrap, flags: { readonly serviceCluster: string; readonly nodeId: string }): Surroundings {
  return {
    listenerPrefix: "", bufferLimit: 1_048_576,
    serviceCluster: flags.serviceCluster || (bootstrap.node?.cluster ?? ""),
    nodeId: flags.nodeId || (bootstrap.node?.id ?? ""),
  };
}

/** Listeners and clusters are checked as resources of their own. */
function withoutLists(bootstrap: Bootstrap): object {
  const { static_resources: resources, ...rest } = bootstrap;
  if (resources === undefined) return bootstrap;
  const { listeners: _l, clusters: _c, ...others } = resources;
  return Object.keys(others).length === 0 ? rest : { ...rest, static_resources: others };
}

function crossing(resource: Resource, origins: Origins): CompiledResource {
  return {
    type: resource.type, name: resource.name, text: JSON.stringify(resource.message), source: resource.source, fixed: resource.fixed,
    place: placeOf(resource.message, "name", resource.source, origins),
  };
}

function placeOf(message: object | undefined, key: string, file: string, origins: Origins): string {
  const place = message === undefined ? undefined : origins.find(message, key)?.span;
  const at = place?.source.lines.locate(place.start);
  return place === undefined || at === undefined ? file : `${place.source.name}:${at.line}:${at.column}`;
}

const NOTHING: Gathered = { resources: [], files: [], sources: [], sourceFiles: [] };

interface Found {
  readonly resources: readonly CompiledResource[];
  /** Of the admin server. */
  readonly place: string;
  readonly gathered: Gathered;
}

function finish(bootstrap: string, { resources, place, gathered }: Found, files: readonly string[], findings: Findings, options: ConfigurationOptions): Configuration {
  const resolved = findings.resolve().map((finding) => (finding.code.startsWith("LGT09") ? { ...finding, severity: options.unsupported } : finding));
  const errors = resolved.filter((finding) => finding.severity === "error");
  const filesOf = (some: readonly ResolvedFinding[]): string[] => [...new Set(some.map((finding) => finding.file ?? files[0] ?? ""))];
  return {
    bootstrap, resources, adminPlace: place, findings: resolved, files: [...new Set(files)], refused: filesOf(errors), unreadable: filesOf(errors.filter(({ code }) => UNREADABLE.test(code))),
    sources: gathered.sources, sourceFiles: gathered.sourceFiles,
  };
}
