/** A whole configuration, ready for requests: each goes its way to a route table, and through that table's simulator. */
import { formatAddress } from "../platform/address.ts";
import type { Origins } from "../diagnostics/origins.ts";
import { HeaderBlock } from "../http/header-block.ts";
import { addressesOf } from "./choose-listener.ts";
import { type ByName, type Entrance, Entrances } from "./entrances.ts";
import { chainName, type FoundTable } from "./route-tables.ts";
import { namedAt, NOTHING, type SimulatedRun, Simulator } from "./simulate.ts";
import type { SimulateConfiguration } from "./simulate-load.ts";
import type { SimulatedRequest } from "./simulated-request.ts";
import type { SimulatedChain, Simulation } from "./simulation.ts";

export class Simulators {
  readonly configuration: SimulateConfiguration;
  readonly origins: Origins;
  readonly #entrances: Entrances;
  readonly #byTable = new Map<FoundTable, Simulator>();

  constructor(configuration: SimulateConfiguration, origins: Origins) {
    this.configuration = configuration;
    this.origins = origins;
    this.#entrances = new Entrances(configuration.tables, configuration.listeners, (found, request) => this.simulator(found).prepared(request));
  }

  /** The way of a request; of kind `unknown` where the user named what is not there. */
  entrance(request: SimulatedRequest, named: ByName): Entrance {
    return this.#entrances.find(request, named);
  }

  simulator(found: FoundTable): Simulator {
    const known = this.#byTable.get(found);
    if (known !== undefined) return known;
    const made = new Simulator(found, this.origins, this.configuration.facts);
    this.#byTable.set(found, made);
    return made;
  }

  /** Everything about one request. */
  run(request: SimulatedRequest, entrance: Entrance, explained = true): SimulatedRun {
    const way = this.#way(entrance);
    if (entrance.kind === "table") {
      const run = this.simulator(entrance.found).run(request, explained);
      return { ...run, simulation: { ...run.simulation, ...way, notes: [...entrance.notes, ...run.simulation.notes] } };
    }
    const result = resultOf(entrance);
    const simulation: Simulation = { ...NOTHING, ...way, path: request.path ?? "", host: request.host, result, notes: entrance.notes };
    return { simulation, choice: null, request: new HeaderBlock(), response: new HeaderBlock() };
  }

  #way(entrance: Entrance): Pick<Simulation, "listener" | "filter_chain" | "scope"> {
    const { listener } = entrance;
    const of = entrance.kind === "table" ? entrance.found.scope : undefined;
    const scope = of === undefined ? undefined : namedAt(this.origins, of, of.name ?? "");
    if (listener === undefined) return { listener: undefined, filter_chain: undefined, scope };
    const [address] = addressesOf(listener);
    return { scope, listener: { ...namedAt(this.origins, listener, listener.name ?? ""), ...(address === undefined ? {} : { address: formatAddress(address) }) }, filter_chain: this.#chain(entrance) };
  }

  #chain({ listener, chain, choice }: Entrance): SimulatedChain | undefined {
    if (listener === undefined || (chain === undefined && choice === undefined)) return undefined;
    const place = chain === undefined ? { name: "none" } : namedAt(this.origins, chain, chainName(listener, chain));
    const others = (choice?.others ?? []).map((other) => ({ ...namedAt(this.origins, other.chain, chainName(listener, other.chain)), field: other.field, because: other.because }));
    return { ...place, by_default: choice?.byDefault === true, steps: choice?.steps ?? [], others };
  }
}

function resultOf(entrance: Exclude<Entrance, { readonly kind: "table" }>): Simulation["result"] {
  if (entrance.kind === "tcp") return { kind: "tcp", cluster: entrance.cluster };
  return entrance.kind === "unscoped" ? { kind: "no_route", status: 404, reason: entrance.reason } : { kind: "closed", reason: entrance.reason };
}
