/** The three programs that are compared, each started with the same task. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { bootstrap, nginxBackend, type Ports, type Scene } from "./configs.ts";
import { FOLDER, freePort, has, ready, Service } from "./processes.ts";

export type Name = "Envoy" | "nginx" | "legate";
export const NAMES: readonly Name[] = ["Envoy", "nginx", "legate"];

export const ENVOY = process.env["LEGATE_ENVOY"] ?? "envoy";
export const LEGATE = resolve(import.meta.dirname, "../../dist/legate");
export const NGINX = has("nginx");

let started = 0;

/** Writes a file of the run and returns its path. */
export function keep(name: string, text: string): string {
  const file = join(FOLDER, name);
  writeFileSync(file, text);
  return file;
}

export interface Task {
  readonly scene: Scene;
  /** nginx's configuration for the same work; without one, nginx takes no part. */
  nginx?(folder: string, ports: Ports): string;
}

export interface Running {
  readonly name: Name;
  readonly port: number;
  readonly service: Service;
}

/** Starts one program without waiting for it. Null: it takes no part in this task. */
export async function launch(name: Name, task: Task, backend: number): Promise<Running | null> {
  const ports = { proxy: await freePort(), backend };
  const id = `${name}-${++started}`;
  if (name === "nginx") {
    if (!NGINX || task.nginx === undefined) return null;
    const file = keep(`${id}.conf`, task.nginx(FOLDER, ports));
    return { name, port: ports.proxy, service: new Service("proxy", id, "nginx", ["-e", "stderr", "-c", file]) };
  }
  const file = keep(`${id}.yaml`, bootstrap(task.scene, ports));
  const service = name === "Envoy"
    ? new Service("proxy", id, ENVOY, ["-c", file, "--concurrency", "1", "--disable-hot-restart", "--log-level", "error"])
    : new Service("proxy", id, LEGATE, ["serve", "-c", file, "--concurrency", "1", "--log-level", "error"]);
  return { name, port: ports.proxy, service };
}

/** What cannot be measured, and why. */
export class Unable extends Error {}

/** Starts one program and waits for its first 200. */
export async function start(name: Name, task: Task, backend: number, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Running | null> {
  const running = await launch(name, task, backend);
  if (running === null || (await ready(running.service, running.port, path, 30_000, headers))) return running;
  const why = running.service.lastWords;
  await running.service.stop();
  throw new Unable(`${name} does not serve this: ${why}`);
}

let backend: { readonly port: number; readonly service: Service } | undefined;
let http2Backend: { readonly port: number; readonly service: Service } | undefined;

/** The port of a backend that speaks HTTP/2. */
export async function http2BackendPort(): Promise<number> {
  if (http2Backend?.service.running === true) return http2Backend.port;
  if (!NGINX) throw new Unable("the backend for HTTP/2 is nginx, which is not installed");
  keepFiles();
  const [plain, port] = [await freePort(), await freePort()];
  const service = new Service("rest", "backend2", "nginx", ["-e", "stderr", "-c", keep("backend2.conf", nginxBackend(FOLDER, plain, port))]);
  if (!(await ready(service, plain, "/", 10_000))) throw new Unable(`the backend does not answer: ${service.lastWords}`);
  http2Backend = { port, service };
  return port;
}

function keepFiles(): void {
  const files = join(FOLDER, "files");
  if (existsSync(files)) return;
  mkdirSync(files);
  keep("files/10k", "x".repeat(10_240));
  keep("files/1m", "x".repeat(1_048_576));
}

/** The port of the backend, which is started when it is first wanted. */
export async function backendPort(): Promise<number> {
  if (backend?.service.running === true) return backend.port;
  const port = await freePort();
  keepFiles();
  const service = NGINX
    ? new Service("rest", "backend", "nginx", ["-e", "stderr", "-c", keep("backend.conf", nginxBackend(FOLDER, port))])
    : new Service("rest", "backend", process.execPath, [join(import.meta.dirname, "own-backend.ts"), String(port)]);
  if (!(await ready(service, port, "/", 10_000))) throw new Unable(`the backend does not answer: ${service.lastWords}`);
  backend = { port, service };
  return port;
}
