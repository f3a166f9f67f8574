/** How each kind of row is measured. Every figure is the best of several interleaved tries: the machine is shared, and the best is what the program needs. */
import { type Socket, connect } from "node:net";
import { backendPort, ENVOY, http2BackendPort, launch, LEGATE, type Name, NAMES, type Running, start, type Task, Unable } from "./contenders.ts";
import { drive, driveAt, type Load } from "./load.ts";
import { pause, ready, run } from "./processes.ts";

export interface Effort {
  readonly bursts: number;
  readonly seconds: number;
}

export type Figures = Partial<Record<Name, number>>;

function best(figures: Figures, name: Name, value: number): void {
  figures[name] = Math.min(figures[name] ?? Infinity, value);
}

/** Starts all that take part, and stops them when `body` is through. */
async function together(task: Task, { path, headers = {} }: Pick<Load, "path" | "headers">, body: (running: readonly Running[]) => Promise<Figures>): Promise<Figures> {
  const running: Running[] = [];
  try {
    const backend = task.scene.http2 === true ? await http2BackendPort() : await backendPort();
    for (const name of NAMES) {
      const one = await start(name, task, backend, path, headers);
      if (one !== null) running.push(one);
    }
    return await body(running);
  } finally {
    for (const { service } of running) await service.stop();
  }
}

/** A compiler at run time needs some ten thousand requests before it is through, and more time where the core is shared. */
const WARM_UP_REQUESTS = 40_000;
const WARM_UP_ROUNDS = 8;

async function warmUp(port: number, load: Load): Promise<void> {
  let requests = 0;
  for (let round = 0; round < WARM_UP_ROUNDS && (round < 2 || requests < WARM_UP_REQUESTS); round++) requests += (await drive(port, load, 2)).requests;
}

/** CPU microseconds a request. */
export function cpuPerRequest(task: Task, load: Load, effort: Effort): Promise<Figures> {
  return together(task, load, async (running) => {
    const figures: Figures = {};
    for (const { port } of running) await warmUp(port, load);
    for (let burst = 0; burst < effort.bursts; burst++) {
      for (const { name, port, service } of running) {
        const before = service.cpu();
        const { requests } = await drive(port, load, effort.seconds);
        best(figures, name, (service.cpu() - before) / requests);
      }
    }
    return figures;
  });
}

/** Milliseconds from the start of the process to its first 200. */
export async function timeToFirst(task: Task, path: string, effort: Effort): Promise<Figures> {
  const figures: Figures = {};
  const backend = await backendPort();
  for (let burst = 0; burst < effort.bursts; burst++) {
    for (const name of NAMES) {
      const began = performance.now();
      const running = await launch(name, task, backend);
      if (running === null) continue;
      const answered = await ready(running.service, running.port, path, 60_000);
      const took = performance.now() - began;
      const why = running.service.lastWords;
      await running.service.stop();
      if (!answered) throw new Unable(`${name} does not serve this: ${why}`);
      best(figures, name, took);
    }
  }
  return figures;
}

/** Resident MiB after the first answer and a little rest. */
export function residentAtRest(task: Task, path: string): Promise<Figures> {
  return together(task, { path }, async (running) => {
    await pause(3000);
    return Object.fromEntries(running.map(({ name, service }) => [name, service.resident() / 1024]));
  });
}

const IDLE = 1000;

/** KiB more for each connection that has had one answer and is kept alive. */
export function residentPerConnection(task: Task, path: string): Promise<Figures> {
  return together(task, { path }, async (running) => {
    const figures: Figures = {};
    for (const { name, port, service } of running) {
      await drive(port, { path, connections: 64 }, 2);
      await pause(1000);
      const before = service.resident();
      const sockets = await Promise.all(Array.from({ length: IDLE }, () => answered(port, path)));
      await pause(1000);
      figures[name] = (service.resident() - before) / IDLE;
      for (const socket of sockets) socket.destroy();
    }
    return figures;
  });
}

/** A connection that has had an answer and stays open. */
function answered(port: number, path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    socket.setTimeout(10_000, () => socket.destroy(new Error("no answer within ten seconds")));
    socket.once("error", reject);
    socket.once("connect", () => socket.write(`GET ${path} HTTP/1.1\r\nhost: bench\r\n\r\n`));
    socket.once("data", () => {
      socket.setTimeout(0);
      resolve(socket);
    });
  });
}

/** Wall milliseconds of an offline check; `legateWords` differ where another command of legate is compared. */
export async function check(file: string, legateWords: readonly string[], effort: Effort): Promise<Figures> {
  const figures: Figures = {};
  const commands: [Name, string, readonly string[]][] = [["Envoy", ENVOY, ["--mode", "validate", "--log-level", "error", "-c", file]], ["legate", LEGATE, legateWords]];
  for (let burst = 0; burst <= effort.bursts; burst++) {
    for (const [name, command, words] of commands) {
      const { code, output, milliseconds } = await run("anywhere", command, words, 60_000);
      if (code !== 0) throw new Unable(`${name} ${words.join(" ")}: ${code === 124 ? "no end within a minute" : output.trim().split("\n").at(-1)}`);
      if (burst > 0) best(figures, name, milliseconds); // the first brings the files into memory
    }
  }
  return figures;
}

/** Microseconds of the median answer above what the bare backend takes, at 30 % of what Envoy can do. */
export function latencyAboveBackend(task: Task, load: Load, effort: Effort): Promise<Figures> {
  return together(task, load, async (running) => {
    const backend = await backendPort();
    const most = running.find(({ name }) => name === "Envoy") as Running;
    const { requests } = await drive(most.port, load, effort.seconds);
    const rate = Math.round((requests / effort.seconds) * 0.3);
    const figures: Figures = {};
    let bare = Infinity;
    for (let burst = 0; burst < effort.bursts; burst++) {
      bare = Math.min(bare, (await driveAt(backend, load, effort.seconds, rate)).p50);
      for (const { name, port } of running) best(figures, name, (await driveAt(port, load, effort.seconds, rate)).p50);
    }
    for (const { name } of running) figures[name] = (figures[name] as number) - bare;
    return figures;
  });
}
