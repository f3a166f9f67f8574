/** Dials hosts through their cluster's transport socket (TLS), as the proxy does it. Opened when first asked for, one for each socket. */
import { Registry } from "../../contract/extension.ts";
import { findExtension } from "../../contract/find-extension.ts";
import { ALL_EXTENSIONS } from "../../extensions/all.ts";
import type { Dialer } from "../../platform/conn.ts";
import { surroundingsOf } from "../../resources/configuration.ts";
import { Runtime } from "../../resources/runtime.ts";
import type { TransportSocket } from "../../schema/generated/envoy/config/core/v3.ts";
import { LocalStats } from "../../stats/local-stats.ts";
import { TransportDialer } from "../../upstream/transport-dialer.ts";
import { checkEnv } from "../checks/check-env.ts";
import { checkSurroundings } from "../checks/cluster-checker.ts";
import type { Machine } from "../machine.ts";

export class SecuredDialers {
  private readonly machine: Machine;
  private readonly opened = new Map<TransportSocket, TransportDialer | string>();

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** The dialer, or why there is none: a file that is missing, a socket that is not done here. */
  of(socket: TransportSocket): Dialer | string {
    let dialer = this.opened.get(socket);
    if (dialer === undefined) this.opened.set(socket, (dialer = this.open(socket)));
    return dialer;
  }

  close(): void {
    for (const dialer of this.opened.values()) if (typeof dialer !== "string") dialer.close();
    this.opened.clear();
  }

  private open(socket: TransportSocket): TransportDialer | string {
    const problems: string[] = [];
    const note = (text: string): void => void problems.push(text);
    const context = {
      diagnostics: { report: ({ message }: { readonly message: string }) => note(message) }, registry: new Registry(ALL_EXTENSIONS), statPrefix: "",
      surroundings: surroundingsOf({}, { serviceCluster: "", nodeId: "" }),
    };
    try {
      const plan = findExtension("envoy.transport_sockets.upstream", socket, context)?.compile(socket.typed_config as never, context);
      if (plan === undefined) return problems[0] ?? `${socket.name ?? "its transport socket"} is not done here yet`;
      const surroundings = checkSurroundings(this.machine, new Runtime({}), { open: () => ({ write: () => undefined }) }, note);
      return new TransportDialer({ fallback: plan, matches: [] }, checkEnv(surroundings, new LocalStats()));
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}
