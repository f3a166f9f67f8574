/**
 * The control thread: brings a configuration to life and keeps it alive. It reads nothing of traffic and carries none: the
 * compiler thread reads configuration, the workers serve, control resolves names, compares what is live with what is wanted,
 * and passes the difference on.
 *
 *     file, watch, SIGHUP ──> compiler ──> Configuration ──> reconcile ──> Apply ──> workers
 *                                                              │
 *                                        DNS, EDS ──> Discovery ──> hosts ──> workers
 */
import { type CompileContext, Registry } from "../contract/extension.ts";
import { socketAddressOf } from "../contract/socket-address.ts";
import type { ResolvedFinding } from "../diagnostics/finding.ts";
import { ALL_EXTENSIONS } from "../extensions/all.ts";
import { formatAddress } from "../platform/address.ts";
import type { Timer } from "../platform/clock.ts";
import type { Watch } from "../platform/files.ts";
import { surroundingsOf } from "../resources/configuration.ts";
import { finalValues, runtimeLayersOf } from "../resources/runtime.ts";
import { reconcile } from "../resources/reconcile.ts";
import { type CompiledResource, keyOf } from "../resources/resource.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import type { Listener } from "../schema/generated/envoy/config/listener/v3.ts";
import { StatRegistry } from "../stats/stat-registry.ts";
import type { BlockSource } from "../stats/stat-block.ts";
import { StatStore } from "../stats/stat-store.ts";
import { AddressTaken, listenProblem } from "./address-taken.ts";
import type { AdminState, Build, DrainRequest, LiveResource, ServerState } from "./admin-state.ts";
import { isInboundListener } from "./live-listeners.ts";
import { CompilerHandle, type Loaded } from "./compiler-handle.ts";
import { Discovery } from "./discovery.ts";
import { LogFiles } from "./log-files.ts";
import type { Machine } from "./machine.ts";
import { ownAddress } from "../platform/own-address.ts";
import type { ServeOptions } from "./serve-options.ts";
import { LEVELS, type Level, type ServerLog } from "./server-log.ts";
import { StatsKeeper } from "./stats-keeper.ts";
import { type Change, WorkerPool } from "./worker-pool.ts";

/** The configuration cannot be served; its findings were shown. */
export class RefusedConfiguration extends Error {}

export interface ControlOptions {
  readonly serve: ServeOptions;
  /** `import.meta.url` of the main module: threads start it again. */
  readonly entry: string;
  readonly build: Build;
  readonly machine: Machine;
  readonly log: ServerLog;
  readonly stdin: string | null;
  /** Shows findings to whoever started the server. */
  readonly show: (findings: readonly ResolvedFinding[]) => void;
}

const SILENT = { report: (): void => undefined };
const DRAIN_GRACE_MS = 1_000;
/** After the drain begins, connections that the kernel has queued are still taken. */
const STOP_ACCEPTING_MS = 100;

export class Control implements AdminState {
  readonly stats: StatStore;
  readonly started: number;
  readonly logs: LogFiles;
  private readonly given: ControlOptions;
  private readonly registry: StatRegistry;
  private readonly keeper: StatsKeeper;
  private readonly compiler: CompilerHandle;
  private readonly startedAt: number;
  private context: CompileContext;
  private discovery: Discovery;
  private pool: WorkerPool | null = null;
  private live: LiveResource[] = [];
  private indexes = new Map<string, SharedArrayBuffer>();
  private ports = new Map<string, number>();
  private bootstrapText = "";
  private generation = 0;
  private watches: Watch[] = [];
  private watched: readonly string[] = [];
  private serverState: ServerState = "PRE_INITIALIZING";
  private healthFailed = false;
  private loading: Promise<void> = Promise.resolve();
  private stopped: (() => void) | null = null;
  private signals = 0;
  private signalledAt = 0;
  private readonly deadlines: Timer[] = [];
  /** Listeners that `/drain_listeners` has stopped. */
  private readonly notListening = new Set<string>();

  constructor(given: ControlOptions) {
    const { machine, serve } = given;
    this.given = given;
    this.registry = new StatRegistry(MOST_WORKERS);
    this.stats = new StatStore(this.registry);
    this.keeper = new StatsKeeper(this, machine.clock);
    this.logs = new LogFiles(machine.clock, serve.fileFlushIntervalMs, (text) => given.log.warning(text));
    this.compiler = new CompilerHandle(given.entry);
    this.started = machine.clock.wall();
    this.startedAt = machine.clock.now();
    this.context = {
      diagnostics: SILENT, registry: new Registry(ALL_EXTENSIONS), statPrefix: "",
      surroundings: surroundingsOf({}, { serviceCluster: serve.serviceCluster ?? "", nodeId: serve.serviceNode ?? "" }),
    };
    this.discovery = this.newDiscovery();
  }

  /** Reads the configuration and shows what is wrong with it. Throws {@link RefusedConfiguration}. */
  async load(): Promise<Loaded> {
    const loaded = await this.compiler.load(this.request());
    const { findings, refused, bootstrap } = loaded.configuration;
    this.given.show(findings);
    if (bootstrap === "" || refused.some((file) => file === this.mainFile() || file === "--config-yaml.yaml")) throw new RefusedConfiguration();
    return loaded;
  }

  /** Brings a loaded configuration to life. Throws {@link AddressTaken}. */
  async open(loaded: Loaded): Promise<void> {
    const { serve, machine, log } = this.given;
    const { configuration } = loaded;
    this.bootstrapText = configuration.bootstrap;
    const bootstrap = JSON.parse(configuration.bootstrap) as Bootstrap;
    this.context = { ...this.context, surroundings: surroundingsOf(bootstrap, { serviceCluster: serve.serviceCluster ?? "", nodeId: serve.serviceNode ?? "" }) };
    this.discovery = this.newDiscovery();
    this.serverState = "INITIALIZING";
    this.keeper.begin(this.bootstrapText);
    const wanted = await this.bindable(configuration.resources, true);
    this.takeIndexes(loaded, wanted);
    await this.openClusters(wanted);
    this.live = wanted.map((resource) => ({ resource, updated: machine.clock.wall() }));
    const workers = this.workerCount();
    this.pool = new WorkerPool({
      entry: this.given.entry, workers, registry: this.registry, clock: machine.clock, log,
      start: {
        serviceCluster: this.context.surroundings.serviceCluster, nodeId: this.context.surroundings.nodeId,
        machineAddress: ownAddress(), logFlushMs: serve.fileFlushIntervalMs, runtime: finalValues(runtimeLayersOf(bootstrap)),
      },
      everything: (index) => this.changeFor(index, this.live.map((entry) => entry.resource), []),
    });
    const failures = await this.pool.start();
    if (failures.length > 0) throw new AddressTaken(failures.join("\n"));
    this.serverState = "LIVE";
    this.keeper.numbers.changed([], wanted, workers, 0);
    this.keeper.numbers.initialized(this.uptimeMs(), workers);
    this.watch(configuration.files);
    log.info(`${workers} worker${workers === 1 ? "" : "s"}, ${count(wanted, "listener")}, ${count(wanted, "cluster")}; ready`);
  }

  /** Reads everything again and applies what changed. Never throws: what is wrong is shown, and what was good goes on. */
  reload(reason: string): Promise<void> {
    this.loading = this.loading.then(() => this.reloadNow(reason)).catch((error: unknown) => {
      this.given.log.error(`reload failed: ${error instanceof Error ? error.message : String(error)}`);
    });
    return this.loading;
  }

  /** A signal to end: the first drains, a second one stops at once. */
  terminate(): void {
    const now = this.given.machine.clock.now();
    // Whoever signals the process and its group (timeout(1), a shell) is heard twice for one wish.
    if (this.signals === 1 && now - this.signalledAt < SAME_SIGNAL_MS) return;
    this.signalledAt = now;
    this.signals++;
    if (this.signals > 1) {
      this.given.log.warning("stopping at once");
      this.stopped?.();
      return;
    }
    void this.drain();
  }

  /** Resolves when the server has ended. */
  untilStopped(): Promise<void> {
    return new Promise((resolve) => {
      this.stopped = resolve;
    });
  }

  async close(): Promise<void> {
    this.keeper.close();
    for (const timer of this.deadlines) timer.cancel();
    for (const name of this.discovery.names()) this.discovery.close(name);
    for (const watch of this.watches) watch.close();
    this.compiler.stop();
    await Promise.race([Promise.all([this.logs.close(), this.pool?.end()]), new Promise<void>((resolve) => { this.given.machine.clock.after(END_MS, resolve); })]);
  }

  get options(): ServeOptions {
    return this.given.serve;
  }

  get build(): Build {
    return this.given.build;
  }

  get blocks(): BlockSource {
    return this.registry.own;
  }

  get workers(): number {
    return this.pool?.count ?? 0;
  }

  uptimeMs(): number {
    return this.given.machine.clock.now() - this.startedAt;
  }

  state(): ServerState {
    return this.healthFailed && this.serverState === "LIVE" ? "DRAINING" : this.serverState;
  }

  bootstrap(): string {
    return this.bootstrapText;
  }

  resources(): readonly LiveResource[] {
    return this.live;
  }

  clusterPlan(name: string): ReturnType<Discovery["plan"]> {
    return this.discovery.plan(name);
  }

  hosts(cluster: string): ReturnType<Discovery["hosts"]> {
    return this.discovery.hosts(cluster);
  }

  bound(): Readonly<Record<string, string>> {
    return this.pool?.bound ?? {};
  }

  residentBytes(): number {
    return this.given.machine.facts.residentBytes();
  }

  heap(): { readonly used: number; readonly reserved: number } {
    return this.given.machine.facts.heap();
  }

  measure(): void {
    this.keeper.measure();
  }

  drainListeners({ graceful, skipExit, inboundOnly }: DrainRequest): void {
    const stopping = this.live.filter((entry) => entry.resource.type === "listener" && (!inboundOnly || isInboundListener(entry))).map((entry) => entry.resource.name);
    const stop = (): void => {
      this.keeper.numbers.listenersStopped(stopping.filter((name) => !this.notListening.has(name)).length);
      for (const name of stopping) this.notListening.add(name);
      this.pool?.post({ kind: "stop-accepting", text: JSON.stringify(stopping) });
    };
    if (!graceful && !skipExit) return stop();
    const { drainTimeMs } = this.given.serve;
    if (!inboundOnly) void this.pool?.drain(drainTimeMs);
    if (!skipExit) this.later(drainTimeMs, stop);
  }

  failHealthCheck(failed: boolean): void {
    this.healthFailed = failed;
    this.pool?.post({ kind: "health", failed });
  }

  quit(): void {
    this.stopped?.();
  }

  reopenLogs(): void {
    this.logs.reopen();
    this.pool?.post({ kind: "reopen-logs" });
  }

  setLogLevel(level: string): boolean {
    if (!(LEVELS as readonly string[]).includes(level)) return false;
    this.given.log.level = level as Level;
    return true;
  }

  logLevel(): string {
    return this.given.log.level;
  }

  private async reloadNow(reason: string): Promise<void> {
    const { log, show } = this.given;
    if (this.serverState !== "LIVE") return;
    const loaded = await this.compiler.load(this.request());
    const { configuration } = loaded;
    show(configuration.findings);
    const refused = new Set(configuration.refused);
    const before = this.live.map((entry) => entry.resource);
    if (configuration.bootstrap === "" || refused.has(this.mainFile())) {
      log.error(`${reason}: the new configuration is refused; the old one goes on`);
      return;
    }
    // A file that holds an error keeps what it gave before; the others go on.
    const good = configuration.resources;
    const kept = before.filter((resource) => refused.has(resource.source) && !good.some((other) => keyOf(other) === keyOf(resource)));
    const wanted = await this.bindable([...good, ...kept], false);
    const changes = reconcile(before, wanted);
    this.takeIndexes(loaded, wanted);
    this.watch(configuration.files);
    this.warnOfRestart(configuration.bootstrap);
    if (refused.size > 0) log.error(`${reason}: refused: ${[...refused].join(", ")}; what it gave before goes on`);
    if (changes.upserts.length + changes.removals.length === 0) {
      log.info(`${reason}: nothing changed`);
      return;
    }
    const now = this.given.machine.clock.wall();
    const updated = new Map(this.live.map((entry) => [keyOf(entry.resource), entry]));
    this.live = wanted.map((resource) => {
      const entry = updated.get(keyOf(resource));
      return entry?.resource.text === resource.text ? entry : { resource, updated: now };
    });
    await this.openClusters(changes.upserts);
    const failures = await this.pool?.apply((index) => this.changeFor(index, changes.upserts, changes.removals)) ?? [];
    this.keeper.numbers.changed(before, wanted, this.workers, failures.length);
    for (const failure of failures) log.error(failure);
    for (const resource of changes.removals) this.closeResource(resource);
    log.info(`${reason}: ${changes.upserts.length} opened or replaced, ${changes.removals.length} removed, ${wanted.length - changes.upserts.length} untouched`);

  }

  private async drain(): Promise<void> {
    const { log, machine, serve } = this.given;
    this.serverState = "DRAINING";
    log.info("draining: connections end with their next response; a second signal stops at once");
    this.later(serve.drainTimeMs, () => {
      log.warning("the drain time is over; remaining connections are cut");
      this.stopped?.();
    });
    machine.clock.after(STOP_ACCEPTING_MS, () => this.pool?.stopAccepting());
    const drained = this.pool?.drain(serve.drainStrategy === "immediate" ? 0 : DRAIN_GRACE_MS);
    await new Promise<void>((resolve) => { machine.clock.after(STOP_ACCEPTING_MS * 2, resolve); });
    await drained;
    this.stopped?.();
  }

  /** Unless the server has ended by then: a timer that is armed would keep the process alive. */
  private later(ms: number, fire: () => void): void {
    this.deadlines.push(this.given.machine.clock.after(ms, fire));
  }

  private request(): Parameters<CompilerHandle["load"]>[0] {
    const { serve, stdin } = this.given;
    return {
      configPath: serve.configPath ?? null, configYaml: serve.configYaml ?? null, stdin,
      serviceCluster: serve.serviceCluster ?? "", nodeId: serve.serviceNode ?? "",
      unknownStaticFields: serve.unknownStaticFields, unknownDynamicFields: serve.unknownDynamicFields,
      unsupported: serve.allowUnsupported ? "warning" : "error",
    };
  }

  private mainFile(): string {
    const { configPath } = this.given.serve;
    return configPath === undefined ? "--config-yaml.yaml" : configPath === "-" ? "-" : configPath;
  }

  private newDiscovery(): Discovery {
    const { machine, log } = this.given;
    return new Discovery({
      clock: machine.clock, resolver: machine.resolver, stats: this.registry.own, context: this.context,
      onHosts: (cluster, hosts) => {
        if (this.pool === null) return;
        this.keeper.numbers.hostsChanged();
        this.pool.setHosts([{ cluster, hosts }]);
      },
      warn: (text) => log.warning(text),
    });
  }

  private async openClusters(resources: readonly CompiledResource[]): Promise<void> {
    const endpoints = new Map(resources.filter((r) => r.type === "endpoints").map((r) => [r.name, r]));
    const known = new Map(this.live.filter((e) => e.resource.type === "endpoints").map((e) => [e.resource.name, e.resource]));
    await Promise.all(resources.filter((r) => r.type === "cluster").map((resource) => {
      const wanted = edsName(resource);
      return this.discovery.open(resource, wanted === undefined ? undefined : (endpoints.get(wanted) ?? known.get(wanted)));
    }));
    for (const [name, resource] of endpoints) this.discovery.endpointsChanged(name, resource);
  }

  private closeResource(resource: CompiledResource): void {
    if (resource.type === "cluster") this.discovery.close(resource.name);
    else if (resource.type === "endpoints") this.discovery.endpointsChanged(resource.name, undefined);
  }

  /** What one worker is to do. Only one of several can hold a Unix socket, or any, where ports are not shared. */
  private changeFor(index: number, upserts: readonly CompiledResource[], removals: readonly CompiledResource[]): Change {
    const mine = upserts.filter((resource) => resource.type !== "endpoints" && (index === 0 || resource.type !== "listener" || this.isShared(resource)));
    const tables = mine.filter((resource) => resource.type === "route");
    return {
      generation: ++this.generation,
      upserts: mine.map((resource) => this.withPort(resource)),
      removals: removals.map(({ type, name }) => ({ type, name })),
      hosts: mine.filter((r) => r.type === "cluster").map((r) => ({ cluster: r.name, hosts: this.discovery.hosts(r.name) })),
      drainMs: this.given.serve.drainTimeMs,
      indexes: tables.flatMap((table) => {
        const index = this.indexes.get(table.text);
        return index === undefined ? [] : [table.name, index];
      }),
    };
  }

  private isShared(resource: CompiledResource): boolean {
    return this.given.machine.transport.sharesPorts && (JSON.parse(resource.text) as Listener).address?.pipe === undefined;
  }

  /** Proves that each new listener's address is free, though workers share it: in `first` mode by an error, later by leaving it out. */
  private async bindable(resources: readonly CompiledResource[], first: boolean): Promise<CompiledResource[]> {
    const held = new Set(Object.values(this.bound()));
    const wanted: CompiledResource[] = [];
    for (const resource of resources) {
      if (resource.type !== "listener") {
        wanted.push(resource);
        continue;
      }
      const address = socketAddressOf((JSON.parse(resource.text) as Listener).address);
      if (address === null || held.has(formatAddress(address)) || (address.kind === "ip" && address.port === 0 && this.ports.has(resource.name))) {
        wanted.push(resource);
        continue;
      }
      try {
        const free = await this.given.machine.transport.probeExclusive(address);
        if (address.kind === "ip" && address.port === 0 && free.kind === "ip") this.ports.set(resource.name, free.port);
        wanted.push(resource);
      } catch (error) {
        const text = `${resource.place}: listener '${resource.name}' cannot listen on ${formatAddress(address)}: ${listenProblem(error)}`;
        if (first) throw new AddressTaken(text);
        this.given.log.error(text);
        const before = this.live.find((entry) => keyOf(entry.resource) === keyOf(resource));
        if (before !== undefined) wanted.push(before.resource);
      }
    }
    return wanted;
  }

  /** Port 0 becomes the number that all workers share. */
  private withPort(resource: CompiledResource): CompiledResource {
    const port = resource.type === "listener" ? this.ports.get(resource.name) : undefined;
    if (port === undefined) return resource;
    const listener = JSON.parse(resource.text) as Listener;
    if ((listener.address?.socket_address?.port_value ?? 0) !== 0) return resource;
    const address = { ...listener.address, socket_address: { ...listener.address?.socket_address, port_value: port } };
    return { ...resource, text: JSON.stringify({ ...listener, address }) };
  }

  /** By the text of the table: one that a refused file keeps must not meet the index of its successor. */
  private takeIndexes({ configuration, indexes }: Loaded, wanted: readonly CompiledResource[]): void {
    const fresh = new Map<unknown, unknown>();
    for (let i = 0; i + 1 < indexes.length; i += 2) fresh.set(indexes[i], indexes[i + 1]);
    const before = this.indexes;
    this.indexes = new Map();
    const take = (text: string, index: unknown): void => {
      if (index !== undefined) this.indexes.set(text, index as SharedArrayBuffer);
    };
    for (const { text } of wanted) take(text, before.get(text));
    for (const { type, name, text } of configuration.resources) if (type === "route") take(text, fresh.get(name));
  }

  /** Follows the files of the configuration: subscribed ones always, the bootstrap with `--watch`. */
  private watch(files: readonly string[]): void {
    const { serve, machine } = this.given;
    const main = this.mainFile();
    const wanted = files.filter((file) => file !== "-" && file !== "--config-yaml.yaml" && (file !== main || serve.watch));
    if (wanted.join("\n") === this.watched.join("\n")) return;
    for (const watch of this.watches) watch.close();
    this.watched = wanted;
    this.watches = wanted.map((file) => machine.files.watch(file, () => void this.reload(`${file} changed`)));
  }

  private warnOfRestart(bootstrap: string): void {
    const rest = (text: string): string => {
      const { static_resources: _s, dynamic_resources: _d, ...others } = JSON.parse(text) as Bootstrap;
      return JSON.stringify(others);
    };
    if (rest(bootstrap) !== rest(this.bootstrapText)) this.given.log.warning("admin, node or other settings of the bootstrap changed; they take effect at the next start");
    else this.bootstrapText = bootstrap;
  }

  private workerCount(): number {
    const { serve, machine, log } = this.given;
    const wanted = Math.min(serve.concurrency ?? machine.facts.cpus, MOST_WORKERS);
    if (wanted > 1 && !machine.transport.sharesPorts) log.warning("this runtime cannot share ports between threads: one worker does the listening");
    return Math.max(1, wanted);
  }
}

const SAME_SIGNAL_MS = 100;
const MOST_WORKERS = 64;
const END_MS = 2_000;

function edsName(resource: CompiledResource): string | undefined {
  const cluster = JSON.parse(resource.text) as { type?: string; name?: string; eds_cluster_config?: { service_name?: string } };
  return cluster.type === "EDS" ? cluster.eds_cluster_config?.service_name || cluster.name : undefined;
}

function count(resources: readonly CompiledResource[], type: CompiledResource["type"]): string {
  const number = resources.filter((resource) => resource.type === type).length;
  return `${number} ${type}${number === 1 ? "" : "s"}`;
}
