/** The active health checker of one cluster, one for the process: it runs in control, and its verdicts hold for all workers. */
import type { LogSource } from "../../contract/env.ts";
import { FAILED_ACTIVE_HC, PENDING_ACTIVE_HC } from "../../contract/host-health.ts";
import type { HostMetadata } from "../../contract/host.ts";
import type { HostSpec } from "../../contract/host-spec.ts";
import type { RuntimeView } from "../../contract/request-view.ts";
import type { MachineFacts } from "../../match/format/format-context.ts";
import type { SocketAddress } from "../../platform/address.ts";
import type { SecretSource } from "../../contract/secrets.ts";
import type { Files } from "../../platform/files.ts";
import { SecretFiles } from "../secret-files.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Dialer } from "../../platform/conn.ts";
import type { Random } from "../../platform/random.ts";
import type { Cluster } from "../../schema/generated/envoy/config/cluster/v3.ts";
import type { HealthCheck } from "../../schema/generated/envoy/config/core/v3.ts";
import type { StatBlock } from "../../stats/stat-block.ts";
import { CHECK_SHAPE } from "../../upstream/cluster-stats.ts";
import { matchOf, type TransportPlans } from "../../upstream/transport-matches.ts";
import type { Machine } from "../machine.ts";
import { type CheckPlan, compileCheck } from "../health/check-plan.ts";
import { CheckEvents } from "./check-events.ts";
import type { CheckProbe, ProbeOwner } from "./check-probe.ts";
import { type CheckRules, checkRules } from "./check-rules.ts";
import { HostSession, type SessionSurroundings } from "./host-session.ts";
import { GrpcCheckProbe } from "./grpc-check.ts";
import { HttpCheckProbe } from "./http-check.ts";
import { TcpCheckProbe } from "./tcp-check.ts";

/** What checks need of the machine. */
export interface CheckSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly runtime: RuntimeView;
  readonly dialer: Dialer;
  readonly machine: MachineFacts;
  readonly logs: LogSource;
  readonly files: Files;
  readonly secrets: SecretSource;
}

export function checkSurroundings(machine: Machine, runtime: RuntimeView, logs: LogSource, warn: (text: string) => void): CheckSurroundings {
  const { clock, random, facts, transport, files } = machine;
  return { clock, random, runtime, dialer: transport.dialer, logs, files, secrets: new SecretFiles(files, warn), machine: { hostname: facts.hostname, environment: (name) => facts.env[name] } };
}

export interface CheckerOptions {
  /** Through the cluster's transport socket. */
  readonly dialer: Dialer;
  readonly surroundings: CheckSurroundings;
  readonly transports: TransportPlans;
  /** The cluster's own numbers. */
  readonly stats: StatBlock;
  hasTraffic(): boolean;
  /** The flags of the host of this key changed. */
  readonly onFlags: (key: string) => void;
  /** The host of this key passed a check. */
  readonly onPassed: (key: string) => void;
}

export class ClusterChecker {
  private readonly plan: CheckPlan;
  private readonly rules: CheckRules;
  private readonly shared: SessionSurroundings;
  private readonly options: CheckerOptions;
  private readonly sessions = new Map<string, HostSession>();
  private readonly keys = new Map<HostSession, string>();
  private readonly excludeNew: boolean;
  /** In place of the hosts' own metadata, where it is configured. */
  private readonly criteria: HostMetadata | undefined;
  private waiting: (() => void)[] = [];

  private constructor(cluster: Cluster, check: HealthCheck, plan: CheckPlan, options: CheckerOptions) {
    const { clock, random, runtime, logs } = options.surroundings;
    this.plan = plan;
    const labels = check.transport_socket_match_criteria;
    this.criteria = labels === undefined ? undefined : { "envoy.transport_socket_match": labels as HostMetadata[string] };
    this.rules = checkRules(check);
    this.options = options;
    this.excludeNew = cluster.common_lb_config?.ignore_new_hosts_until_first_hc ?? false;
    this.shared = {
      clock, random, runtime, rules: this.rules, stats: options.stats.child("health_check.", CHECK_SHAPE), events: new CheckEvents(check, cluster.name ?? "", clock, logs),
      logFailures: check.always_log_health_check_failures ?? false, logSuccesses: check.always_log_health_check_success ?? false,
      hasTraffic: () => options.hasTraffic(), changed: (session) => this.changed(session), passed: (session) => this.onPassed(session),
    };
  }

  /** Null where the cluster has no checks that can be run; `undone` hears why not. */
  static of(cluster: Cluster, options: CheckerOptions, undone: (reason: string) => void): ClusterChecker | null {
    const check = cluster.health_checks?.[0];
    if (check === undefined) return null;
    const plan = compileCheck(cluster, { report: () => undefined }, true);
    if (plan.kind !== "undone") return new ClusterChecker(cluster, check, plan, options);
    undone(plan.reason);
    return null;
  }

  /** The hosts are now these, by key. New ones count as failed until their first check. `dynamic`: they may be left out of all arithmetic until then. */
  setHosts(hosts: ReadonlyMap<string, HostSpec>, dynamic: boolean): void {
    for (const [key, session] of this.sessions) {
      const now = hosts.get(key);
      if (now === undefined || now.check?.disabled === true || !isSame(addressOf(session.host), addressOf(now))) this.remove(key, session);
      else session.host = now;
    }
    const fresh: HostSession[] = [];
    for (const [key, host] of hosts) {
      if (this.sessions.has(key) || host.check?.disabled === true) continue;
      const session = new HostSession(host, FAILED_ACTIVE_HC | (dynamic && this.excludeNew ? PENDING_ACTIVE_HC : 0), this.shared, (owner) => this.probeOf(host, owner));
      this.sessions.set(key, session);
      this.keys.set(session, key);
      fresh.push(session);
    }
    for (const session of fresh) session.start();
    this.checkFirstRound();
  }

  flags(key: string): number {
    return this.sessions.get(key)?.flags ?? 0;
  }

  failImmediately(key: string): void {
    this.sessions.get(key)?.failImmediately();
  }

  /** Resolves when each host that there is has been checked once. */
  firstRound(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.checkFirstRound();
    });
  }

  close(): void {
    for (const [key, session] of this.sessions) this.remove(key, session);
    this.checkFirstRound();
  }

  private changed(session: HostSession): void {
    const key = this.keys.get(session);
    if (key !== undefined) this.options.onFlags(key);
    this.checkFirstRound();
  }

  private onPassed(session: HostSession): void {
    const key = this.keys.get(session);
    if (key !== undefined && (session.flags & FAILED_ACTIVE_HC) === 0) this.options.onPassed(key);
  }

  private checkFirstRound(): void {
    if (this.waiting.length === 0 || [...this.sessions.values()].some((session) => session.first)) return;
    const { waiting } = this;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }

  private remove(key: string, session: HostSession): void {
    session.close();
    this.sessions.delete(key);
    this.keys.delete(session);
  }

  private probeOf(host: HostSpec, owner: ProbeOwner): CheckProbe {
    const { clock, machine } = this.options.surroundings;
    const address = addressOf(host);
    const dialer = named(this.options.dialer, host.hostname, matchOf(this.options.transports, host, this.criteria), this.plan.kind === "grpc" ? ["h2"] : []);
    const shared = { network: { dialer, clock }, machine, host: { address, hostname: host.check?.hostname ?? "" }, reuse: this.rules.reuse };
    if (this.plan.kind === "http") return new HttpCheckProbe({ ...shared, check: this.plan }, owner);
    if (this.plan.kind === "grpc") return new GrpcCheckProbe({ ...shared, check: this.plan }, owner);
    if (this.plan.kind === "tcp") return new TcpCheckProbe(dialer, address, this.plan, this.rules.reuse, owner);
    throw new Error(`a checker of ${this.plan.label}, which is not done here`);
  }
}

/** Dials by the name of a host and with what is to be spoken, which TLS may want. */
function named(dialer: Dialer, hostname: string, transport: number, alpn: readonly string[]): Dialer {
  return { dial: (target, handler, options) => dialer.dial(target, handler, { ...options, hostname, transport, ...(alpn.length === 0 ? {} : { alpn }) }) };
}

/** Where the checks of a host go. */
function addressOf(host: HostSpec): SocketAddress {
  const { address, check } = host;
  if (check?.address !== undefined) return check.address;
  return check === undefined || check.port === 0 || address.kind === "pipe" ? address : { ...address, port: check.port };
}

function isSame(a: SocketAddress, b: SocketAddress): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
