import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AccessLog } from "../support/access-log.ts";
import { readStats, statChanges } from "../support/admin-reader.ts";
import type { Observation } from "../support/comparison.ts";
import { freePorts } from "../support/ports.ts";
import { RawClient } from "../support/raw-client.ts";
import { answering, ScriptedUpstream } from "../support/scripted-upstream.ts";
import { Subject } from "../support/subject.ts";
import type { SubjectCommand } from "../support/subject.ts";
import { delay, eventually } from "../support/waiting.ts";
import { bootstrap, fillIn, upstreamNames } from "./bootstrap.ts";
import type { Case, ClientStep, Group } from "./case.ts";

const OK = answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");

/** Long enough to see a FIN after `delayed_close_timeout` (100 ms in `bootstrap.ts`). */
const SETTLE = 220;

interface Parts {
  readonly command: SubjectCommand;
  readonly admin: number;
  readonly configuration: string;
  readonly ports: ReadonlyMap<string, number>;
  readonly upstreams: ReadonlyMap<string, ScriptedUpstream>;
  readonly folder: string;
}

/** One subject, its configuration, its upstreams and its log files. */
export class Stage {
  readonly configuration: string;
  /** Port number to name, for reading. */
  readonly names: ReadonlyMap<number, string>;
  readonly #parts: Parts;
  readonly #logs: { readonly log: AccessLog; readonly wide: AccessLog };
  #subject: Subject;

  private constructor(parts: Parts, subject: Subject) {
    this.#parts = parts;
    this.#subject = subject;
    this.configuration = parts.configuration;
    this.names = new Map([...parts.ports].map(([name, port]) => [port, name]));
    this.#logs = { log: new AccessLog(logPath(parts.folder, "default")), wide: new AccessLog(logPath(parts.folder, "wide")) };
  }

  /** Starts upstreams and subject; throws with the subject's output and leaves nothing behind when it does not come up. */
  static async set(group: Group, command: SubjectCommand): Promise<Stage> {
    const folder = mkdtempSync(join(tmpdir(), "differential-"));
    const names = upstreamNames(group);
    const upstreams = new Map(await Promise.all(names.map(async (name) => [name, await ScriptedUpstream.start()] as const)));
    const listeners = Object.keys(group.listeners);
    const [admin = 0, refused = 0, ...rest] = await freePorts(listeners.length + 2);
    const ports = new Map<string, number>([...listeners.map((name, i) => [`port:${name}`, rest[i] ?? 0] as const), ["refused", refused] as const]);
    for (const [name, upstream] of upstreams) ports.set(`upstream:${name}`, upstream.port);
    const files = new Map(Object.entries(group.files?.() ?? {}).map(([name, content]) => [name, { path: join(folder, name), content }]));
    for (const { path, content } of files.values()) writeFileSync(path, content);
    const configuration = bootstrap(group, { admin, ports, files, log: logPath(folder, "default"), wide: logPath(folder, "wide") });
    writeFileSync(configPath(folder), configuration);
    const parts = { command, admin, configuration, ports, upstreams, folder };
    try {
      return new Stage(parts, await Subject.start(command, configPath(folder), admin));
    } catch (error) {
      await takeDown(parts);
      throw error;
    }
  }

  get subject(): Subject {
    return this.#subject;
  }

  async clear(): Promise<void> {
    await this.#subject.stop();
    await takeDown(this.#parts);
  }

  /** Starts the subject again, if a case before has killed it, so that the others can still be seen. */
  async revive(): Promise<void> {
    if (this.#subject.exited) this.#subject = await Subject.start(this.#parts.command, configPath(this.#parts.folder), this.#parts.admin);
  }

  /** Plays one case and gathers everything there is to see. */
  async play(theCase: Case): Promise<Observation> {
    for (const [name, upstream] of this.#parts.upstreams) upstream.play(theCase.upstreams?.[name] ?? OK);
    this.#logs.log.mark();
    this.#logs.wide.mark();
    const before = await readStats(this.subject.adminPort);
    const clients = await this.#converse(theCase);
    const connections = clients.map(({ sent, received, state, closedAfter, closedLate }) => ({ sent, received, state, closedAfter, closedLate }));
    for (const client of clients) client.close();
    await delay(20);
    await Promise.all([...this.#parts.upstreams.values()].map((u) => u.hangUp()));
    const wanted = theCase.logs ?? 1;
    const [log, wide] = await Promise.all([this.#logs.log.lines(wanted), this.#logs.wide.lines(wanted)]);
    const stats = await this.#changes(before);
    return { connections, upstreams: this.#recorded(), log, wide, stats };
  }

  /** What changed, once nothing counts as active any more; what stays active after 500 ms is a finding. */
  async #changes(before: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, number>> {
    let changes = new Map<string, number>();
    await eventually(async () => {
      changes = statChanges(before, await readStats(this.subject.adminPort));
      return ![...changes.keys()].some((name) => /^(?!http\.admin|listener\.admin).*_active$/.test(name));
    }, 500, 25);
    return changes;
  }

  #recorded(): Observation["upstreams"] {
    const all = [...this.#parts.upstreams].map(([name, u]) => [name, u.connections.map(({ received, state }) => ({ received, state }))] as const);
    return Object.fromEntries(all.filter(([, connections]) => connections.length > 0));
  }

  async #converse(theCase: Case): Promise<RawClient[]> {
    const patience = theCase.patience ?? 1500;
    const clients = [await this.#connect(theCase.to ?? "main")];
    let waited = false;
    for (const step of theCase.client) {
      const client = clients.at(-1)!;
      if (typeof step === "object" && "connect" in step) {
        clients.push(await this.#connect(step.connect));
      } else {
        await this.#take(client, step, patience);
      }
      waited = typeof step === "object" && !("connect" in step);
    }
    if (!waited) await clients.at(-1)?.responses(1, patience);
    await Promise.all(clients.map((c) => c.idle(SETTLE)));
    return clients;
  }

  async #connect(listener: string): Promise<RawClient> {
    return RawClient.open(this.#parts.ports.get(`port:${listener}`) ?? 0);
  }

  async #take(client: RawClient, step: Exclude<ClientStep, { readonly connect: string }>, patience: number): Promise<void> {
    if (typeof step === "string") client.send(fillIn(step, this.#parts.ports));
    else if ("wait" in step) await delay(step.wait);
    else if ("responses" in step) await client.responses(step.responses, patience);
    else if ("text" in step) await client.text(step.text, patience);
    else if ("tls" in step) await client.startTls(step.tls, patience);
    else if (step.act === "closed") await client.closed(patience);
    else client[step.act]();
  }
}

function configPath(folder: string): string {
  return join(folder, "config.yaml");
}

function logPath(folder: string, name: string): string {
  return join(folder, `${name}.log`);
}

async function takeDown({ upstreams, folder }: Parts): Promise<void> {
  rmSync(folder, { recursive: true });
  await Promise.all([...upstreams.values()].map((upstream) => upstream.stop()));
}
