/** A worker thread: carries traffic. It opens what control sends, counts in its own column, and never reads a file of configuration. */
import type { Env } from "../contract/env.ts";
import type { HostPolicy, HostSpec } from "../contract/host-spec.ts";
import { type CompileContext, Registry } from "../contract/extension.ts";
import { ALL_EXTENSIONS } from "../extensions/all.ts";
import { ListenError } from "../platform/conn.ts";
import { type Message, type Thread } from "../platform/threads.ts";
import { Runtime } from "../resources/runtime.ts";
import { StatClient } from "../stats/stat-client.ts";
import { LocalHosts } from "../upstream/local-cluster.ts";
import { LiveSet } from "./live-set.ts";
import { LogFiles } from "./log-files.ts";
import { type Machine, openWorkerMachine } from "./machine.ts";
import type { Applied, Apply, WorkerStart } from "./messages.ts";
import { SecretFiles } from "./secret-files.ts";

const SILENT = { report: (): void => undefined };

export function runWorker(thread: Thread): void {
  const start = JSON.parse(thread.data as string) as WorkerStart;
  const machine = openWorkerMachine((error) => thread.post({ kind: "bug", text: describe(error) }));
  const worker = new WorkerThread(start, machine, thread);
  thread.onMessage((message) => machine.turn.run(() => worker.receive(message as Exclude<Message, string>)));
  thread.post({ kind: "started" });
}

class WorkerThread {
  private readonly machine: Machine;
  private readonly thread: Thread;
  private readonly stats: StatClient;
  private readonly live: LiveSet;
  private readonly logs: LogFiles;
  private readonly runtime: Runtime;
  private draining = false;
  private healthFailed = false;
  private newsScheduled = false;
  /** Changes are applied one after another, whole; what comes behind one (hosts of its clusters, a drain) waits for it. */
  private queue: Promise<void> = Promise.resolve();

  constructor(start: WorkerStart, machine: Machine, thread: Thread) {
    this.machine = machine;
    this.thread = thread;
    this.stats = new StatClient(start.column, start.columns, () => this.scheduleNews());
    this.runtime = new Runtime(start.runtime);
    this.logs = new LogFiles(machine.clock, start.logFlushMs, (text) => thread.post({ kind: "warning", text }));
    const context: CompileContext = {
      diagnostics: SILENT, registry: new Registry(ALL_EXTENSIONS), statPrefix: "",
      surroundings: { listenerPrefix: "", bufferLimit: 1_048_576, serviceCluster: start.serviceCluster, nodeId: start.nodeId },
    };
    this.live = new LiveSet(machine.transport, context, `worker_${start.index}`);
    this.live.begin(this.environment(start));
  }

  receive(message: Exclude<Message, string>): void {
    switch (message.kind) {
      case "apply":
        this.queue = this.queue.then(() => this.apply(message));
        return;
      case "hosts":
        this.queue = this.queue.then(() => this.takePieces(message.cluster as string, message.pieces as readonly string[], message.policy as string | undefined));
        return;
      case "runtime":
        this.runtime.replace(JSON.parse(message.text as string) as WorkerStart["runtime"]);
        this.live.runtimeChanged();
        return;
      case "host-health":
        this.queue = this.queue.then(() => this.live.setHealth(message.cluster as string, JSON.parse(message.text as string) as Record<string, number>));
        return;
      case "stats":
        this.stats.accept({ places: message.text as string, memory: (message.memory ?? []) as readonly SharedArrayBuffer[] });
        return;
      case "drain":
        this.queue = this.queue.then(() => this.drain(message.graceMs as number));
        return;
      case "stop-accepting":
        this.queue = this.queue.then(() => this.live.stopAccepting(typeof message.text === "string" ? new Set(JSON.parse(message.text) as string[]) : undefined));
        return;
      case "health":
        this.healthFailed = message.failed === true;
        return;
      case "reopen-logs":
        this.logs.reopen();
        return;
      case "end":
        void this.end();
        return;
      default:
        this.thread.post({ kind: "bug", text: `a worker was sent an unknown message: ${String(message.kind)}` });
    }
  }

  private environment(start: WorkerStart): Env {
    const { clock, random, transport, facts, files } = this.machine;
    return {
      clock, random, dialer: transport.dialer, stats: this.stats, logs: this.logs, runtime: this.runtime,
      files, secrets: new SecretFiles(files, (text) => this.thread.post({ kind: "warning", text })),
      clusters: this.live, routes: this.live, machineAddress: start.machineAddress, locality: start.locality, leader: start.index === 0,
      hostEvent: (cluster, address, event) => this.thread.post({ kind: "host-event", cluster, address, event }),
      local: start.localCluster === "" ? null : new LocalHosts(start.localCluster),
      machine: { hostname: facts.hostname, utcOffset: (at: number) => facts.utcOffset(at), environment: (name) => facts.env[name], uuid: () => random.uuid() },
      draining: () => this.draining, healthCheckFailed: () => this.healthFailed,
    };
  }

  private async apply(message: Exclude<Message, string>): Promise<void> {
    const change = JSON.parse(message.text as string) as Apply;
    const tables = packedTables((message.indexes ?? []) as readonly (string | SharedArrayBuffer)[]);
    const failures: string[] = [];
    this.live.descriptors = change.descriptors;
    for (const resource of change.upserts) {
      try {
        await this.live.upsert(resource, tables.get(resource.name));
        if (resource.type === "cluster") for (const { cluster, hosts, policy } of change.hosts) if (cluster === resource.name) this.live.setHosts(cluster, hosts, policy);
      } catch (error) {
        failures.push(`${resource.place}: ${resource.type} '${resource.name}': ${error instanceof ListenError ? error.message : describe(error)}`);
      }
    }
    this.takeHosts(change.hosts);
    for (const { type, name } of change.removals) this.live.remove(type, name, change.drainMs);
    const applied: Applied = { generation: change.generation, failures, bound: this.live.bound() };
    this.thread.post({ kind: "applied", text: JSON.stringify(applied) });
  }

  /** Large numbers of hosts come in pieces; between two of them requests have their turn. */
  private async takePieces(cluster: string, pieces: readonly string[], policy: string | undefined): Promise<void> {
    const hosts: HostSpec[] = [];
    for (const piece of pieces) {
      const some = JSON.parse(piece) as HostSpec[];
      hosts.push(...some);
      if (pieces.length === 1) break;
      this.live.prepareHosts(cluster, some);
      await new Promise<void>((resolve) => { this.machine.clock.after(0, resolve); });
    }
    this.live.setHosts(cluster, hosts, policy === undefined ? undefined : (JSON.parse(policy) as HostPolicy));
  }

  private takeHosts(hosts: Apply["hosts"]): void {
    for (const { cluster, hosts: now, policy } of hosts) this.live.setHosts(cluster, now, policy);
  }

  /** Every response from now on says `connection: close`; idle connections end after the grace. */
  private drain(graceMs: number): void {
    this.draining = true;
    this.live.drainAll(graceMs);
    this.watchDrain();
  }

  private watchDrain(): void {
    if (!this.live.accepting && this.live.openConnections === 0) this.thread.post({ kind: "drained" });
    else this.machine.clock.after(DRAIN_LOOK_MS, () => this.watchDrain());
  }

  private async end(): Promise<void> {
    await this.logs.close();
    this.thread.post({ kind: "ended" });
  }

  /** Wishes for statistics come in crowds: they are sent together. */
  private scheduleNews(): void {
    if (this.newsScheduled) return;
    this.newsScheduled = true;
    this.machine.clock.after(0, () => {
      this.newsScheduled = false;
      const text = this.stats.collect();
      if (text !== undefined) this.thread.post({ kind: "stats", text });
    });
  }
}

const DRAIN_LOOK_MS = 20;

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** From `[name, memory, name, memory, ...]`. */
function packedTables(packed: readonly (string | SharedArrayBuffer)[]): Map<string, SharedArrayBuffer> {
  const found = new Map<string, SharedArrayBuffer>();
  for (let i = 0; i + 1 < packed.length; i += 2) {
    const [name, memory] = [packed[i], packed[i + 1]];
    if (typeof name === "string" && memory instanceof SharedArrayBuffer) found.set(name, memory);
  }
  return found;
}
