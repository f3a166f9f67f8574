/**
 * The worker threads: started, told of changes, counted, replaced when they die. A worker that dies loses its connections; its
 * counts are kept, its gauges and limits are given back.
 */
import type { Clock } from "../platform/clock.ts";
import { type Message, spawnThread, type ThreadHandle } from "../platform/threads.ts";
import type { StatRegistry } from "../stats/stat-registry.ts";
import type { Applied, Apply, ClusterHosts, WorkerStart } from "./messages.ts";

export interface PoolOptions {
  readonly entry: string;
  readonly workers: number;
  readonly registry: StatRegistry;
  readonly start: Omit<WorkerStart, "index" | "workers" | "column" | "columns">;
  /** Everything that is live, for a worker that begins (or begins again). */
  readonly everything: (index: number) => Change;
  /** What a worker saw of a host of a cluster. */
  readonly onHostEvent?: (cluster: string, address: string, event: string) => void;
  readonly clock: Clock;
  readonly log: { warning(text: string): void; error(text: string): void };
}

export interface Change extends Apply {
  readonly indexes: readonly (string | SharedArrayBuffer)[];
}

interface Slot {
  readonly index: number;
  column: number;
  thread: ThreadHandle;
  drained: boolean;
  bound: Applied["bound"];
  waiting: Map<number, (applied: Applied) => void>;
  ended: (() => void) | null;
  /** When the thread began; how long the next one waited. ms */
  began: number;
  waitMs: number;
  /** The thread has died and its successor is not there yet. */
  down: boolean;
}

/** A worker that dies sooner than this makes its successor wait. */
const STABLE_MS = 10_000;
const LEAST_WAIT_MS = 100;
const MOST_WAIT_MS = 10_000;

const HOSTS_A_PIECE = 1000;

export class WorkerPool {
  private readonly options: PoolOptions;
  private readonly slots: Slot[] = [];
  private onDrained: (() => void) | null = null;
  private ending = false;
  private drainGraceMs = -1;
  private accepting = true;

  constructor(options: PoolOptions) {
    this.options = options;
  }

  /** Starts all workers with everything that is live. Resolves with what could not be opened. */
  async start(): Promise<readonly string[]> {
    const failures = await Promise.all(Array.from({ length: this.options.workers }, (_, index) => {
      const slot = this.spawn(index);
      this.slots.push(slot);
      return this.send(slot, this.options.everything(index));
    }));
    return [...new Set(failures.flat())];
  }

  /** Tells every worker; `change` may differ by worker. Resolves with what could not be opened. */
  async apply(change: (index: number) => Change): Promise<readonly string[]> {
    const failures = await Promise.all(this.slots.map((slot) => this.send(slot, change(slot.index))));
    return [...new Set(failures.flat())];
  }

  /** The hosts of a cluster, in pieces that a worker can take one by one between requests. */
  setHosts({ cluster, hosts, policy }: ClusterHosts): void {
    const pieces: string[] = [];
    for (let from = 0; from === 0 || from < hosts.length; from += HOSTS_A_PIECE) pieces.push(JSON.stringify(hosts.slice(from, from + HOSTS_A_PIECE)));
    this.post({ kind: "hosts", cluster, pieces, ...(policy === undefined ? {} : { policy: JSON.stringify(policy) }) });
  }

  /** Listeners of these names, or all, take no more connections. */
  stopAccepting(names?: readonly string[]): void {
    if (names === undefined) this.accepting = false;
    this.post({ kind: "stop-accepting", ...(names === undefined ? {} : { text: JSON.stringify(names) }) });
  }

  post(message: Message): void {
    for (const slot of this.slots) slot.thread.post(message);
  }

  /** Listener name -> bound addresses. */
  get bound(): Applied["bound"] {
    return Object.assign({}, ...this.slots.map((slot) => slot.bound)) as Applied["bound"];
  }

  get count(): number {
    return this.slots.length;
  }

  /** Every response closes its connection from now on. Resolves when no connection is left and none can come: after `stop-accepting`. */
  drain(graceMs: number): Promise<void> {
    this.drainGraceMs = graceMs;
    for (const slot of this.slots) slot.drained = slot.down && !this.accepting;
    this.post({ kind: "drain", graceMs });
    return new Promise((resolve) => {
      this.onDrained = resolve;
      this.checkDrained();
    });
  }

  /** Flushes logs and ends all threads. */
  async end(): Promise<void> {
    this.ending = true;
    await Promise.all(this.slots.filter((slot) => !slot.down).map((slot) => new Promise<void>((resolve) => {
      slot.ended = resolve;
      slot.thread.post({ kind: "end" });
    })));
    for (const slot of this.slots) slot.thread.terminate();
  }

  private spawn(index: number): Slot {
    const column = this.options.registry.attach();
    const slot: Slot = { index, column, thread: this.thread(index, column, () => slot), drained: false, bound: {}, waiting: new Map(), ended: null, began: this.options.clock.now(), waitMs: 0, down: false };
    return slot;
  }

  private thread(index: number, column: number, slot: () => Slot): ThreadHandle {
    const { entry, workers, registry, start, log } = this.options;
    const data: WorkerStart = { ...start, index, workers, column, columns: registry.columns };
    return spawnThread({
      entry, role: "worker", data: JSON.stringify(data),
      onMessage: (message) => this.receive(slot(), message as Exclude<Message, string>),
      onError: (error) => log.error(`worker ${index} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
      onExit: ({ asked }) => this.gone(slot(), asked),
    });
  }

  private send(slot: Slot, change: Change): Promise<readonly string[]> {
    if (slot.down) return Promise.resolve([]); // its successor is told everything
    const { indexes, ...apply } = change;
    return new Promise((resolve) => {
      slot.waiting.set(apply.generation, (applied) => resolve(applied.failures));
      slot.thread.post({ kind: "apply", text: JSON.stringify(apply satisfies Apply), indexes });
    });
  }

  private receive(slot: Slot, message: Exclude<Message, string>): void {
    const { log, registry } = this.options;
    switch (message.kind) {
      case "stats": {
        const grant = registry.handle(slot.column, message.text as string);
        slot.thread.post({ kind: "stats", text: grant.places, memory: grant.memory });
        return;
      }
      case "applied": {
        const applied = JSON.parse(message.text as string) as Applied;
        slot.bound = applied.bound;
        slot.waiting.get(applied.generation)?.(applied);
        slot.waiting.delete(applied.generation);
        return;
      }
      case "host-event":
        this.options.onHostEvent?.(message.cluster as string, message.address as string, message.event as string);
        return;
      case "drained":
        slot.drained = true;
        this.checkDrained();
        return;
      case "ended":
        slot.ended?.();
        return;
      case "warning":
        log.warning(String(message.text));
        return;
      case "bug":
        log.error(`worker ${slot.index}: internal error, please report: ${String(message.text)}`);
        return;
      default:
    }
  }

  /** A worker is no more: its numbers are settled and another takes its place. */
  private gone(slot: Slot, asked: boolean): void {
    this.options.registry.retire(slot.column);
    for (const resolve of slot.waiting.values()) resolve({ generation: 0, failures: [], bound: {} });
    slot.waiting.clear();
    slot.ended?.();
    slot.down = true;
    if (asked || this.ending) return;
    const { clock, log } = this.options;
    const died = `worker ${slot.index} died; its connections are lost`;
    if (!this.accepting) {
      log.error(died);
      slot.drained = true;
      this.checkDrained();
      return;
    }
    slot.waitMs = clock.now() - slot.began >= STABLE_MS ? 0 : Math.min(MOST_WAIT_MS, Math.max(LEAST_WAIT_MS, slot.waitMs * 2));
    log.error(`${died}, a new worker takes its place${slot.waitMs === 0 ? "" : ` in ${slot.waitMs} ms`}`);
    clock.after(slot.waitMs, () => this.restart(slot));
  }

  private restart(slot: Slot): void {
    if (this.ending) return;
    slot.down = false;
    slot.began = this.options.clock.now();
    slot.column = this.options.registry.attach();
    slot.thread = this.thread(slot.index, slot.column, () => slot);
    void this.send(slot, this.options.everything(slot.index)).then((failures) => {
      for (const failure of failures) this.options.log.error(failure);
    });
    if (this.drainGraceMs >= 0) slot.thread.post({ kind: "drain", graceMs: this.drainGraceMs });
    if (!this.accepting) slot.thread.post({ kind: "stop-accepting" });
  }

  private checkDrained(): void {
    if (this.slots.every((slot) => slot.drained)) this.onDrained?.();
  }
}
