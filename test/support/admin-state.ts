import { Registry } from "../../src/contract/extension.ts";
import type { HostSpec } from "../../src/contract/host-spec.ts";
import { ALL_EXTENSIONS } from "../../src/extensions/all.ts";
import { loadConfiguration } from "../../src/resources/configuration.ts";
import type { AdminState, DrainRequest, LiveResource, ServerState } from "../../src/server/admin-state.ts";
import type { ServeOptions } from "../../src/server/serve-options.ts";
import { LocalStats } from "../../src/stats/local-stats.ts";

export const SERVE_DEFAULTS: ServeOptions = {
  configPath: "envoy.yaml", configYaml: undefined, mode: "serve", watch: false, allowUnsupported: false, concurrency: 1, logLevel: "info", componentLogLevels: new Map(),
  logFormat: undefined, logFormatEscaped: false, logPath: undefined, adminAddressPath: undefined, serviceNode: undefined, serviceCluster: undefined, serviceZone: undefined,
  drainTimeMs: 600_000, drainStrategy: "gradual", unknownStaticFields: "error", unknownDynamicFields: "warning", skipDeprecatedLogs: false, statsTags: new Map(),
  fileFlushIntervalMs: 10_000, fileFlushMinBytes: 65_536,
};

/** 2026-01-01T00:00:00.5Z */
export const STARTED = 1_767_225_600_500;

/** What control would know, from a bootstrap in YAML and the files it subscribes to; it writes down what it is told to do. */
export class StubState implements AdminState {
  options = SERVE_DEFAULTS;
  readonly local = new LocalStats();
  readonly stats = this.local.store;
  readonly blocks = this.local;
  readonly logs = { open: () => ({ write: () => undefined }) };
  readonly build = { version: "0.1.0", commit: "c0ffee", runtime: "bun 1.4.5" };
  readonly workers = 1;
  readonly started = STARTED;
  readonly done: unknown[] = [];
  serverState: ServerState = "LIVE";
  level = "info";
  addresses: Record<string, string> = {};
  hostsOf: Record<string, readonly HostSpec[]> = {};
  readonly place: string;
  private readonly text: string;
  private readonly live: readonly LiveResource[];

  constructor(yaml: string, files: Readonly<Record<string, string>> = {}) {
    const loaded = loadConfiguration(
      { file: { name: "envoy.yaml", bytes: Buffer.from(yaml) }, overlay: undefined },
      {
        registry: new Registry(ALL_EXTENSIONS), read: (name) => ({ name, bytes: Buffer.from(files[name] ?? "") }), serviceCluster: "", nodeId: "",
        unknownStaticFields: "error", unknownDynamicFields: "error", unsupported: "warning",
      },
    );
    const errors = loaded.findings.filter((finding) => finding.severity === "error");
    if (errors.length > 0) throw new Error(errors.map((finding) => finding.message).join("\n"));
    this.text = loaded.bootstrap;
    this.place = loaded.adminPlace;
    this.live = loaded.resources.map((resource) => ({ resource, updated: STARTED + 500 }));
  }

  uptimeMs(): number {
    return 61_999;
  }

  state(): ServerState {
    return this.serverState;
  }

  bootstrap(): string {
    return this.text;
  }

  resources(): readonly LiveResource[] {
    return this.live;
  }

  clusterPlan(): undefined {
    return undefined;
  }

  hosts(cluster: string): readonly HostSpec[] {
    return this.hostsOf[cluster] ?? [];
  }

  bound(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries(Object.entries(this.addresses).map(([name, address]) => [name, [address]]));
  }

  residentBytes(): number {
    return 3_000;
  }

  heap(): { readonly used: number; readonly reserved: number } {
    return { used: 1_000, reserved: 2_000 };
  }

  measure(): void {
    this.done.push("measure");
  }

  drainListeners(request: DrainRequest): void {
    this.done.push(request);
  }

  failHealthCheck(failed: boolean): void {
    this.serverState = failed ? "DRAINING" : "LIVE";
  }

  quit(): void {
    this.done.push("quit");
  }

  reopenLogs(): void {
    this.done.push("reopen");
  }

  setLogLevel(level: string): boolean {
    this.level = level;
    return true;
  }

  logLevel(): string {
    return this.level;
  }
}
