/** The filters of a chain compiled: what its connections are given to. */
import type { CompileContext, Plan } from "../contract/extension.ts";
import { findExtension } from "../contract/find-extension.ts";
import type { NetworkFilterFactory, TerminalFilterFactory } from "../contract/network-filter.ts";
import type { Filter } from "../schema/generated/envoy/config/listener/v3.ts";
import { type FilterFactory, NetworkChain } from "./network-chain.ts";

/** Null without a terminal filter that can be had; why was reported. */
export function compileNetworkFilters(filters: readonly Filter[], context: CompileContext): Plan<TerminalFilterFactory> | null {
  const plans: Plan<NetworkFilterFactory>[] = [];
  let terminal = false;
  for (const filter of filters) {
    const extension = findExtension("envoy.filters.network", filter, context);
    if (extension === undefined) continue;
    plans.push(extension.compile(filter.typed_config as never, context));
    terminal = extension.terminal === true;
  }
  if (!terminal) return null;
  return {
    needs: plans.flatMap((plan) => plan.needs ?? []),
    open: (env) => chainOf(plans.map((plan) => plan.open(env))),
  };
}

/** A lone terminal filter serves its connections itself. */
function chainOf(opened: readonly NetworkFilterFactory[]): TerminalFilterFactory {
  const filters: FilterFactory[] = [];
  let terminal: TerminalFilterFactory | null = null;
  for (const factory of opened) {
    if (factory.kind === "terminal") terminal = factory.create;
    else filters.push(factory.create);
  }
  if (terminal === null) throw new Error("a filter chain without a terminal filter was opened");
  const last = terminal;
  return filters.length === 0 ? last : (connection, done) => new NetworkChain(connection, filters, last, done);
}
