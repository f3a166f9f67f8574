/**
 * The control thread: brings a configuration to life and keeps it alive. It reads nothing of traffic and carries none: the workers serve, a
 * compiler thread reads what changes, control resolves names, compares what is live with what is wanted, and passes the difference on.
 *
 *     file, watch, SIGHUP ──> compiler ──> Configuration ──> reconcile ──> Apply ──> workers
 *                                                              │
 *                                        DNS, EDS ──> Discovery ──> hosts ──> workers
 */
import { type CompileContext, Registry } from "../contract/extension.ts";
import type { RuntimeValue } from "../contract/request-view.ts";
import type { ResolvedFinding } from "../diagnostics/finding.ts";
import { ALL_EXTENSIONS } from "../extensions/all.ts";
import { surroundingsOf } from "../resources/configuration.ts";
import { Runtime } from "../resources/runtime.ts";
import { workerRuntime } from "./worker-runtime.ts";
import { reconcile } from "../resources/reconcile.ts";
import type { CompiledResource } from "../resources/resource.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import { StatRegistry } from "../stats/stat-registry.ts";
import type { BlockSource } from "../stats/stat-block.ts";
import { isUnreadable } from "../tools/validate.ts";
import { StatStore } from "../stats/stat-store.ts";
import { AddressTaken } from "./address-taken.ts";
import type { AdminState, Build, DrainRequest, LiveResource, ServerState } from "./admin-state.ts";
import { isInboundListener } from "./live-listeners.ts";
import type { Loaded } from "./compilation.ts";
import { checkSurroundings } from "./checks/cluster-checker.ts";
import { CompilerHandle } from "./compiler-handle.ts";
import { type ControlOptions, RefusedConfiguration } from "./control-options.ts";
import { Discovery, edsName } from "./discovery.ts";
import { Ending } from "./ending.ts";
import { FileWatches } from "./file-watches.ts";
import { ListenAddresses, withoutUnavailable } from "./listen-addresses.ts";
import { LogFiles } from "./log-files.ts";
import { ownAddress } from "../platform/own-address.ts";
import type { ServeOptions } from "./serve-options.ts";
import { LEVELS, type Level } from "./server-log.ts";
import { count, keptOf, localityOf, needsRestart, outlierLogOf, relived } from "./reload-facts.ts";
import { collectLater } from "./collect-garbage.ts";
import { TableIndexes } from "./table-indexes.ts";
import { followed, loadRequest, mainFile, MOST_WORKERS, openRuntime, shown, workerCount } from "./control-given.ts";
import type { RuntimeKeeper } from "./runtime-keeper.ts";
import { StatsKeeper } from "./stats-keeper.ts";
import { UpdateNumbers } from "./update-numbers.ts";
import { type Change, WorkerPool } from "./worker-pool.ts";

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
  private readonly updates: UpdateNumbers;
  private readonly compiler: CompilerHandle;
  private readonly startedAt: number;
  private context: CompileContext;
  private discovery: Discovery;
  private pool: WorkerPool | null = null;
  private live: LiveResource[] = [];
  private readonly indexes = new TableIndexes();
  private readonly addresses: ListenAddresses;
  private readonly watches: FileWatches;
  private readonly ending: Ending;
  private bootstrapText = "";
  private readonly runtime = new Runtime({});
  private runtimeKeeper: RuntimeKeeper | null = null;
  private generation = 0;
  private serverState: ServerState = "PRE_INITIALIZING";
  private healthFailed = false;
  private loading: Promise<void> = Promise.resolve();
  /** Listeners that `/drain_listeners` has stopped. */
  private readonly notListening = new Set<string>();

  constructor(given: ControlOptions) {
    const { machine, serve } = given;
    this.given = given;
    this.registry = new StatRegistry(MOST_WORKERS);
    this.stats = new StatStore(this.registry);
    this.keeper = new StatsKeeper(this, machine.clock);
    this.updates = new UpdateNumbers(this.registry.own, this.stats.texts, machine.files, () => machine.clock.wall());
    this.logs = new LogFiles(machine.clock, serve.fileFlushIntervalMs, (text) => given.log.warning(text));
    this.compiler = new CompilerHandle(given.entry, machine.files, machine.facts.env);
    this.addresses = new ListenAddresses(machine.transport);
    this.watches = new FileWatches(machine.files, (file) => void this.reload(`${file} changed`, file));
    this.ending = new Ending(machine.clock, given.log, () => this.drain());
    this.started = machine.clock.wall();
    this.startedAt = machine.clock.now();
    this.context = {
      diagnostics: SILENT, registry: new Registry(ALL_EXTENSIONS), statPrefix: "",
      surroundings: surroundingsOf({}, { serviceCluster: serve.serviceCluster ?? "", nodeId: serve.serviceNode ?? "" }),
    };
    this.discovery = this.newDiscovery();
  }

  /** Reads the configuration and shows what is wrong with it. Throws {@link RefusedConfiguration}. */
  load(): Loaded {
    const loaded = this.compiler.first(loadRequest(this.given));
    const { findings, refused, bootstrap } = loaded.configuration;
    this.show(findings);
    const given = new Set([mainFile(this.given.serve), "--config-yaml.yaml"]);
    if (bootstrap === "" || refused.some((file) => given.has(file))) throw new RefusedConfiguration(findings.some((finding) => isUnreadable(finding) && given.has(finding.file ?? "")));
    return loaded;
  }

  /** Brings a loaded configuration to life. Throws {@link AddressTaken}. */
  async open(loaded: Loaded): Promise<void> {
    const { serve, machine, log } = this.given;
    const { configuration } = loaded;
    this.bootstrapText = configuration.bootstrap;
    const bootstrap = JSON.parse(configuration.bootstrap) as Bootstrap;
    this.context = { ...this.context, surroundings: surroundingsOf(bootstrap, { serviceCluster: serve.serviceCluster ?? "", nodeId: serve.serviceNode ?? "" }) };
    const keeper = openRuntime(bootstrap, this.given, this.context.surroundings.serviceCluster, this.updates, (values) => this.onRuntime(workerRuntime(bootstrap, values)));
    this.runtimeKeeper = keeper;
    this.runtime.replace(keeper.values);
    this.discovery = this.newDiscovery();
    this.serverState = "INITIALIZING";
    this.keeper.begin(this.bootstrapText);
    const wanted = configuration.resources;
    this.updates.read(configuration, null, wanted);
    const [unavailable] = await this.addresses.unavailable(wanted, new Set());
    if (unavailable !== undefined) throw new AddressTaken(unavailable.text);
    this.indexes.take(loaded, wanted);
    await this.openClusters(wanted);
    this.live = wanted.map((resource) => ({ resource, updated: machine.clock.wall() }));
    const workers = workerCount(this.given);
    this.pool = new WorkerPool({
      entry: this.given.entry, workers, registry: this.registry, clock: machine.clock, log,
      start: {
        serviceCluster: this.context.surroundings.serviceCluster, nodeId: this.context.surroundings.nodeId,
        locality: localityOf(bootstrap), localCluster: bootstrap.cluster_manager?.local_cluster_name ?? "", machineAddress: ownAddress(), logFlushMs: serve.fileFlushIntervalMs, get runtime() {
          return workerRuntime(bootstrap, keeper.values);
        },
      },
      onHostEvent: (cluster, address, event) => this.discovery.hostEvent(cluster, address, event),
      everything: (index) => this.changeFor(index, this.live.map((entry) => entry.resource), []),
    });
    const failures = await this.pool.start();
    if (failures.length > 0) throw new AddressTaken(failures.join("\n"));
    keeper.follow();
    this.serverState = "LIVE";
    this.keeper.numbers.changed([], wanted, workers, 0);
    this.keeper.numbers.initialized(this.uptimeMs(), workers);
    this.watches.follow(followed(configuration.files, this.given.serve));
    collectLater(machine);
    log.info(`${workers} worker${workers === 1 ? "" : "s"}, ${count(wanted, "listener")}, ${count(wanted, "cluster")}; ready`);
  }

  /** Reads everything again, since `changed` did or for another reason, and applies what changed. Never throws: what is wrong is shown, and what was good goes on. */
  reload(reason: string, changed: string | null = null): Promise<void> {
    this.loading = this.loading.then(() => this.reloadNow(reason, changed)).catch((error: unknown) => {
      this.given.log.error(`reload failed: ${error instanceof Error ? error.message : String(error)}`);
    });
    return this.loading;
  }

  /** A signal to end: the first drains, a second one stops at once. */
  terminate(): void {
    this.ending.signal();
  }

  /** Resolves when the server has ended. */
  untilStopped(): Promise<void> {
    return this.ending.stopped;
  }

  async close(): Promise<void> {
    this.keeper.close();
    this.ending.close();
    this.runtimeKeeper?.close();
    this.addresses.retain([]);
    for (const name of this.discovery.names()) this.discovery.close(name);
    this.watches.close();
    this.updates.close();
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

  bound(): Readonly<Record<string, readonly string[]>> {
    return this.pool?.bound ?? {};
  }

  runtimeLayers(): RuntimeKeeper["layers"] {
    return this.runtimeKeeper?.layers ?? [];
  }

  modifyRuntime(texts: ReadonlyMap<string, string>): boolean {
    return this.runtimeKeeper?.modify(texts) ?? false;
  }

  residentBytes(): number {
    return this.given.machine.facts.residentBytes();
  }

  heap(): { readonly used: number; readonly reserved: number } {
    return this.given.machine.facts.heap();
  }

  measure(): void {
    this.keeper.measure();
    this.discovery.measure();
  }

  drainListeners({ graceful, skipExit, inboundOnly }: DrainRequest): void {
    const stopping = this.live.filter((entry) => entry.resource.type === "listener" && (!inboundOnly || isInboundListener(entry))).map((entry) => entry.resource.name);
    const stop = (): void => {
      this.keeper.numbers.listenersStopped(stopping.filter((name) => !this.notListening.has(name)).length);
      for (const name of stopping) this.notListening.add(name);
      this.addresses.retain(this.live.map(({ resource }) => resource).filter(({ type, name }) => type === "listener" && !this.notListening.has(name)));
      this.pool?.post({ kind: "stop-accepting", text: JSON.stringify(stopping) });
    };
    if (!graceful && !skipExit) return stop();
    const { drainTimeMs } = this.given.serve;
    if (!inboundOnly) void this.pool?.drain(drainTimeMs);
    if (!skipExit) this.ending.later(drainTimeMs, stop);
  }

  failHealthCheck(failed: boolean): void {
    this.healthFailed = failed;
    this.pool?.post({ kind: "health", failed });
  }

  quit(): void {
    this.ending.stop();
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

  private async reloadNow(reason: string, changed: string | null): Promise<void> {
    const { log } = this.given;
    if (this.serverState !== "LIVE") return;
    const loaded = await this.compiler.load(loadRequest(this.given));
    const { configuration } = loaded;
    this.show(configuration.findings);
    const refused = new Set(configuration.refused);
    const before = this.live.map((entry) => entry.resource);
    if (configuration.bootstrap === "" || refused.has(mainFile(this.given.serve))) {
      log.error(`${reason}: the new configuration is refused; the old one goes on`);
      return;
    }
    const good = configuration.resources;
    const kept = keptOf(before, configuration);
    const unavailable = await this.addresses.unavailable(good, new Set(Object.values(this.bound()).flat()));
    for (const { text } of unavailable) log.error(text);
    const wanted = withoutUnavailable([...good, ...kept], unavailable, before);
    const changes = reconcile(before, wanted);
    this.indexes.take(loaded, wanted);
    this.updates.read(configuration, changed, wanted);
    this.watches.follow(followed(configuration.files, this.given.serve));
    this.warnOfRestart(configuration.bootstrap);
    if (refused.size > 0) log.error(`${reason}: refused: ${[...refused].join(", ")}; what it gave before goes on`);
    if (changes.upserts.length + changes.removals.length === 0) return log.info(`${reason}: nothing changed`);
    this.live = relived(this.live, wanted, this.given.machine.clock.wall());
    await this.openClusters(changes.upserts);
    const failures = await this.pool?.apply((index) => this.changeFor(index, changes.upserts, changes.removals)) ?? [];
    this.keeper.numbers.changed(before, wanted, this.workers, failures.length);
    for (const failure of failures) log.error(failure);
    for (const resource of changes.removals) this.closeResource(resource);
    this.addresses.retain(wanted);
    log.info(`${reason}: ${changes.upserts.length} opened or replaced, ${changes.removals.length} removed, ${wanted.length - changes.upserts.length} untouched`);
  }

  private onRuntime(values: Readonly<Record<string, RuntimeValue>>): void {
    this.runtime.replace(values);
    this.pool?.post({ kind: "runtime", text: JSON.stringify(values) });
  }

  private show(findings: readonly ResolvedFinding[]): void {
    this.given.show(shown(findings, this.given.serve));
  }

  private async drain(): Promise<void> {
    const { log, machine, serve } = this.given;
    this.serverState = "DRAINING";
    log.info("draining: connections end with their next response; a second signal stops at once");
    this.ending.later(serve.drainTimeMs, () => {
      log.warning("the drain time is over; remaining connections are cut");
      this.ending.stop();
    });
    machine.clock.after(STOP_ACCEPTING_MS, () => {
      this.addresses.retain([]);
      this.pool?.stopAccepting();
    });
    const drained = this.pool?.drain(serve.drainStrategy === "immediate" ? 0 : DRAIN_GRACE_MS);
    await new Promise<void>((resolve) => { machine.clock.after(STOP_ACCEPTING_MS * 2, resolve); });
    await drained;
  }

  private newDiscovery(): Discovery {
    const { machine, log } = this.given;
    return new Discovery({
      clock: machine.clock, resolver: machine.resolver, ...(machine.resolverOf === undefined ? {} : { resolverOf: machine.resolverOf }), stats: this.registry.own, context: this.context,
      onHosts: (cluster, hosts, policy, warm) => {
        if (this.pool === null) return;
        if (warm) this.keeper.numbers.hostsChanged();
        this.pool.setHosts({ cluster, hosts, policy });
      },
      onHealth: (cluster, flags) => this.pool?.post({ kind: "host-health", cluster, text: JSON.stringify(flags) }),
      totals: (name) => this.stats.value(name) ?? 0, outlierLog: outlierLogOf(this.bootstrapText),
      checks: checkSurroundings(machine, this.runtime, this.logs, (text) => log.warning(text)),
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
    if (resource.type === "listener") this.addresses.forget(resource.name);
    else if (resource.type === "cluster") this.discovery.close(resource.name);
  }

  /** What one worker is to do. */
  private changeFor(index: number, upserts: readonly CompiledResource[], removals: readonly CompiledResource[]): Change {
    const mine = upserts.filter((resource) => resource.type !== "endpoints" && (index === 0 || resource.type !== "listener" || this.addresses.isShared(resource)));
    return {
      generation: ++this.generation,
      upserts: mine.map((resource) => this.indexes.withoutText(this.addresses.withPort(resource))),
      removals: removals.map(({ type, name }) => ({ type, name })),
      hosts: mine.filter((r) => r.type === "cluster").map((r) => ({ cluster: r.name, hosts: this.discovery.hosts(r.name), policy: this.discovery.policy(r.name) })),
      drainMs: this.given.serve.drainTimeMs,
      descriptors: this.addresses.descriptors(),
      indexes: this.indexes.of(mine),
    };
  }

  private warnOfRestart(bootstrap: string): void {
    if (needsRestart(this.bootstrapText, bootstrap)) this.given.log.warning("admin, node or other settings of the bootstrap changed; they take effect at the next start");
    else this.bootstrapText = bootstrap;
  }
}

const END_MS = 2_000;
