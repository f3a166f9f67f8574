import { createServer } from "node:net";
import type { Server } from "node:net";

/** Below the range from which systems take the ports of outgoing connections. */
const FIRST = 12_000;
const COUNT = 20_000;

/** Never given twice: a port where nobody listens is part of many a case. */
const given = new Set<number>();

/** Ports of 127.0.0.1 that nothing listens on now; all different, and different from those given before. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server: Server = createServer();
    server.once("error", () => done(false));
    server.listen(port, "127.0.0.1", () => server.close(() => done(true)));
  });
}
