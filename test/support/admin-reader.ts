import { RawClient } from "./raw-client.ts";
import { parseMessages } from "./wire.ts";

export interface AdminAnswer {
  readonly status: number;
  /** Status line and header lines. */
  readonly head: string;
  readonly body: string;
}

/** Asks the admin listener of 127.0.0.1; the connection is closed afterwards. Throws when there is no answer. */
export async function readAdmin(port: number, path: string, method = "GET"): Promise<AdminAnswer> {
  const client = await RawClient.open(port);
  client.send(`${method} ${path} HTTP/1.1\r\nhost: admin\r\ncontent-length: 0\r\n\r\n`);
  await client.responses(1, 5000);
  const received = client.received;
  client.close();
  const answer = parseMessages(received, "response", [method]).messages[0];
  if (answer === undefined) throw new Error(`no answer from the admin listener on port ${port} to ${method} ${path}`);
  const body = Buffer.from(answer.body, "latin1").toString("utf8");
  return { status: Number(answer.head.slice(9, 12)), head: answer.head, body };
}

/** Counters and gauges by name, from `/stats`; text readouts and histograms are left out. */
export async function readStats(port: number): Promise<Map<string, number>> {
  const stats = new Map<string, number>();
  for (const line of (await readAdmin(port, "/stats")).body.split("\n")) {
    const colon = line.lastIndexOf(": ");
    const value = line.slice(colon + 2);
    if (colon > 0 && /^\d+$/.test(value)) stats.set(line.slice(0, colon), Number(value));
  }
  return stats;
}

/** What changed between two readings: name to difference; a name that was not there before counts from 0. */
export function statChanges(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Map<string, number> {
  const changes = new Map<string, number>();
  for (const [name, value] of after) {
    const change = value - (before.get(name) ?? 0);
    if (change !== 0) changes.set(name, change);
  }
  return changes;
}
