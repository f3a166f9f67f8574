/**
 * From a bootstrap and the files it subscribes to, the list of resources. A file is read once however many ask for it; what
 * is wrong is reported with its place, and the rest goes on.
 */
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { Origins } from "../diagnostics/origins.ts";
import type { Secret } from "../schema/generated/envoy/extensions/transport_sockets/tls/v3.ts";
import type { UnknownFields } from "../schema/context.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import type { Cluster } from "../schema/generated/envoy/config/cluster/v3.ts";
import type { ClusterLoadAssignment } from "../schema/generated/envoy/config/endpoint/v3.ts";
import type { Listener } from "../schema/generated/envoy/config/listener/v3.ts";
import type { RouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";
import { gatherScopes } from "./gather-scopes.ts";
import { KINDS } from "./kind.ts";
import { inlineSecrets } from "./inline-secrets.ts";
import { endpointsSource, type FollowedSource, listSources, routesSource, type SourceFile } from "./followed-source.ts";
import { INLINE, liftRouteTables } from "./lift-route-tables.ts";
import { type InputText, loadDocument, type LoadedMessage } from "./load.ts";
import type { Resource } from "./resource.ts";
import { dynamicFiles, type Subscription, scopesOfListener, type ScopesSubscription, subscriptionsOfCluster, subscriptionsOfListener } from "./subscriptions.ts";

export interface GatherOptions {
  readonly origins: Origins;
  readonly diagnostics: Diagnostics;
  /** Reads a file that the configuration subscribes to. */
  readonly read: (path: string) => InputText;
  readonly unknownDynamicFields: UnknownFields;
}

export interface Gathered {
  readonly resources: readonly Resource[];
  /** The subscribed files, read or not. */
  readonly files: readonly string[];
  readonly sources: readonly FollowedSource[];
  readonly sourceFiles: readonly SourceFile[];
}

export function gatherResources(bootstrap: Bootstrap, source: string, options: GatherOptions): Gathered {
  return new Gathering(source, options).run(bootstrap);
}

class Gathering {
  private resources: Resource[] = [];
  /** The resources by type and name: the last of each. */
  private readonly byName = new Map<string, Resource>();
  private readonly files = new Map<string, readonly LoadedMessage[]>();
  private readonly source: string;
  private readonly options: GatherOptions;
  private readonly sources = new Map<string, FollowedSource>();
  private readonly sourceFiles: SourceFile[] = [];
  private secrets: readonly Secret[] = [];

  constructor(source: string, options: GatherOptions) {
    this.source = source;
    this.options = options;
  }

  run(bootstrap: Bootstrap): Gathered {
    this.secrets = bootstrap.static_resources?.secrets ?? [];
    const { listeners, clusters } = dynamicFiles(bootstrap);
    for (const source of listSources(bootstrap, this.source)) this.sources.set(source.type, source);
    for (const cluster of bootstrap.static_resources?.clusters ?? []) this.addCluster(cluster, this.source, true);
    if (clusters !== undefined) for (const cluster of this.messages(clusters, "cluster")) this.addCluster(cluster as Cluster, clusters, false);
    for (const listener of bootstrap.static_resources?.listeners ?? []) this.addListener(listener, this.source, true);
    if (listeners !== undefined) for (const listener of this.messages(listeners, "listener")) this.addListener(listener as Listener, listeners, false);
    return { resources: this.resources, files: [...this.files.keys()], sources: [...this.sources.values()], sourceFiles: this.sourceFiles };
  }

  private add(resource: Resource): void {
    this.resources.push(resource);
    this.byName.set(`${resource.type} ${resource.name}`, resource);
  }

  private addCluster(cluster: Cluster, source: string, fixed: boolean): void {
    const name = cluster.name ?? "";
    if (!this.claim("cluster", name, cluster, "LGT0701")) return;
    this.add({ type: "cluster", name, message: inlineSecrets(cluster, this.secrets, this.options.origins), written: cluster, source, fixed });
    for (const wanted of subscriptionsOfCluster(cluster)) this.subscribe(wanted, endpointsSource(wanted, cluster, source));
  }

  private addListener(listener: Listener, source: string, fixed: boolean): void {
    const name = listener.name ?? "";
    if (name !== "" && fixed) this.replaceListener(name, listener);
    else if (name !== "" && !this.claim("listener", name, listener, "LGT0610")) return;
    const lifted = liftRouteTables(listener, this.options.origins);
    for (const table of lifted.tables) this.add({ type: "route", name: table.name, message: table.message, written: null, source, fixed });
    for (const wanted of subscriptionsOfListener(lifted.listener)) this.subscribe(wanted, routesSource(wanted, wanted.statPrefix ?? "", source));
    for (const wanted of scopesOfListener(lifted.listener)) this.addScopes(wanted, source);
    this.add({ type: "listener", name: name === "" ? `listener ${this.resources.length}` : name, message: inlineSecrets(lifted.listener, this.secrets, this.options.origins), written: listener, source, fixed });
  }

  /** Of two static listeners of one name Envoy takes the later, as if it were an update of the earlier. */
  private replaceListener(name: string, listener: Listener): void {
    const first = this.byName.get(`listener ${name}`);
    if (first === undefined) return;
    this.resources = this.resources.filter((resource) => resource !== first && !(resource.type === "route" && resource.name.startsWith(`${INLINE}${name}/`)));
    this.options.diagnostics.report({
      code: "LGT0610", at: listener, key: "name", severity: "warning", message: `this listener replaces another one named '${name}'`,
      related: [{ at: first.written ?? first.message, key: "name", message: "which stands here" }],
    });
  }

  /** False, with a finding, when the name is taken. */
  private claim(type: Resource["type"], name: string, message: object, code: "LGT0701" | "LGT0610"): boolean {
    const first = this.byName.get(`${type} ${name}`);
    if (first === undefined) return true;
    this.options.diagnostics.report({
      code, at: message, key: "name", message: `there is already a ${type} named '${name}'`, related: [{ at: first.written ?? first.message, key: "name", message: "first defined here" }],
    });
    return false;
  }

  /** Managers that discover the same scopes share them. */
  private addScopes(wanted: ScopesSubscription, source: string): void {
    if (this.byName.has(`scopes ${wanted.name}`)) return;
    const scopes = gatherScopes(this.messages(wanted.file, "scoped_route"), wanted, this.options.origins, this.options.diagnostics);
    for (const resource of scopes.resources) this.add(resource);
    for (const table of scopes.wanted) this.subscribe(table, routesSource(table, wanted.statPrefix, source));
  }

  private subscribe(wanted: Subscription, source: FollowedSource): void {
    // Connection managers share a table; of clusters each has its own subscription.
    const key = `${source.type} ${source.name} ${source.file} ${source.owner}`;
    if (!this.sources.has(key)) this.sources.set(key, source);
    const found = this.messages(wanted.file, wanted.type).find((message) => nameOf(wanted.type, message) === wanted.name);
    if (found === undefined) {
      if (this.files.get(wanted.file)?.length === 0) return; // the file itself was reported
      this.options.diagnostics.report({
        code: "LGT0801", at: wanted.at, key: wanted.key, severity: "warning",
        message: `${wanted.file} holds no ${wanted.type === "route" ? "route table" : "endpoints"} named '${wanted.name}'`,
      });
      return;
    }
    if (this.byName.has(`${wanted.type} ${wanted.name}`)) return;
    this.add({ type: wanted.type, name: wanted.name, message: found, written: found, source: wanted.file, fixed: false });
  }

  private messages(file: string, kind: string): object[] {
    let messages = this.files.get(file);
    if (messages === undefined) {
      const { origins, diagnostics, read, unknownDynamicFields } = this.options;
      const document = loadDocument(read(file), { origins, diagnostics, unknownFields: unknownDynamicFields });
      messages = document?.messages ?? [];
      this.sourceFiles.push({ file, version: document?.version ?? "", resources: messages.length });
      this.files.set(file, messages);
    }
    return messages.filter((loaded) => loaded.type === KINDS[kind]).map((loaded) => loaded.message);
  }
}

function nameOf(type: Subscription["type"], message: object): string {
  return (type === "route" ? (message as RouteConfiguration).name : (message as ClusterLoadAssignment).cluster_name) ?? "";
}
