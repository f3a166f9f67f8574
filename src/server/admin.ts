/** The admin server: control's HTTP face. */
import { NO_SECRETS } from "../contract/secrets.ts";
import type { Env } from "../contract/env.ts";
import { NO_RUNTIME } from "../contract/request-view.ts";
import { socketAddressOf } from "../contract/socket-address.ts";
import { LiveListener } from "../downstream/listener.ts";
import { compileStringMatcher } from "../match/string-matcher.ts";
import { formatAddress, type SocketAddress } from "../platform/address.ts";
import type { Acceptor, Conn } from "../platform/conn.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import { AddressTaken, listenProblem } from "./address-taken.ts";
import { ADMIN_ENDPOINTS } from "./admin-endpoints.ts";
import { adminFilter } from "./admin-filter.ts";
import { adminListenerPlan } from "./admin-listener.ts";
import type { AdminState } from "./admin-state.ts";
import type { Machine } from "./machine.ts";

export interface AdminServer {
  readonly address: SocketAddress;
  /** Connections end with the answer they are at. */
  close(): void;
}

export interface AdminOptions {
  /** The bootstrap as JSON. */
  readonly bootstrap: string;
  /** Where the address stands in the configuration. */
  readonly place: string;
  readonly state: AdminState;
  readonly machine: Machine;
  readonly log: { error(text: string): void };
}

const SILENT = { report: (): void => undefined };

/** Opens the admin address of the bootstrap; null when it has none. Rejects with {@link AddressTaken}. */
export async function openAdmin(options: AdminOptions): Promise<AdminServer | null> {
  const { state, machine } = options;
  const { admin } = JSON.parse(options.bootstrap) as Bootstrap;
  const address = socketAddressOf(admin?.address);
  if (admin === undefined || address === null) return null;
  const allowed = (admin.allow_paths ?? []).map((matcher) => compileStringMatcher(matcher, SILENT));
  const plan = adminListenerPlan(address, admin, adminFilter({ endpoints: ADMIN_ENDPOINTS, allowed }, state, machine.clock));
  const listener = new LiveListener(plan, environment(state, machine), "main_thread");
  const acceptor = await listen(address, options, plan.places[0]?.mode, (conn) => listener.accept(conn));
  writeAddress(formatAddress(acceptor.address), options);
  return {
    address: acceptor.address,
    close: () => {
      acceptor.stop();
      listener.drain(0);
    },
  };
}

async function listen(address: SocketAddress, { machine, place }: AdminOptions, mode: number | undefined, onConnection: (conn: Conn) => void): Promise<Acceptor> {
  try {
    return await machine.transport.listen(address, { reusePort: false, mode }, onConnection);
  } catch (error) {
    throw new AddressTaken(`${place}: the admin server cannot listen on ${formatAddress(address)}: ${listenProblem(error)}`);
  }
}

/** `--admin-address-path`: where the server is found, for those who let it choose its port. */
function writeAddress(text: string, { state, machine, log }: AdminOptions): void {
  const path = state.options.adminAddressPath;
  if (path === undefined || path === "") return;
  try {
    machine.files.writeText(path, text);
  } catch {
    log.error(`cannot open admin address output file ${path} for writing.`);
  }
}

/** What the connection manager gets: no routes, no clusters, and it never drains. */
function environment(state: AdminState, machine: Machine): Env {
  const { clock, random, transport, facts } = machine;
  return {
    clock, random, dialer: transport.dialer, stats: state.blocks, logs: state.logs, files: machine.files, secrets: NO_SECRETS, runtime: NO_RUNTIME,
    clusters: { get: () => undefined }, routes: { handle: () => ({ table: () => null }) }, machineAddress: null,
    machine: { hostname: facts.hostname, utcOffset: (at: number) => facts.utcOffset(at), environment: (name) => facts.env[name] },
    draining: () => false, healthCheckFailed: () => false,
  };
}
