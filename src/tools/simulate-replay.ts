/** Runs tests one after another: tables are opened once, and what was asserted of is counted. */
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { Origins } from "../diagnostics/origins.ts";
import type { RouteTable } from "../router/route-table.ts";
import type { RouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";
import { openTable } from "./open-table.ts";
import { checkOne, withCheckedFractions } from "./router-check.ts";
import type { CheckItem } from "./router-check-schema.ts";
import type { FoundTable } from "./route-tables.ts";
import { type Simulation, Simulator } from "./simulate.ts";
import { RouteCoverage } from "./simulate-coverage.ts";
import { failuresOf } from "./simulate-expect.ts";
import type { SimulateConfiguration } from "./simulate-load.ts";
import type { RequestTest } from "./simulate-tests.ts";

export interface ReplayedTest {
  readonly failures: readonly string[];
  readonly simulation: Simulation | undefined;
}

interface CheckedTable {
  readonly table: RouteTable;
  /** A message that was changed for checking -> the configuration's own. */
  readonly originals: ReadonlyMap<object, object>;
}

export class Replay {
  readonly coverage = new RouteCoverage();
  readonly #configuration: SimulateConfiguration;
  readonly #origins: Origins;
  readonly #diagnostics: Diagnostics;
  readonly #simulators = new Map<FoundTable, Simulator>();
  readonly #checked = new Map<FoundTable, CheckedTable>();

  constructor(configuration: SimulateConfiguration, origins: Origins, diagnostics: Diagnostics) {
    this.#configuration = configuration;
    this.#origins = origins;
    this.#diagnostics = diagnostics;
  }

  request(test: RequestTest, found: FoundTable): ReplayedTest {
    const simulator = this.#simulators.get(found) ?? new Simulator(found, this.#origins, this.#configuration.facts);
    this.#simulators.set(found, simulator);
    this.coverage.addTable(found.message);
    const run = simulator.run(test.request);
    const { values, requestHeaders, responseHeaders } = test.expected;
    if (Object.keys({ ...values, ...requestHeaders, ...responseHeaders }).length > 0) this.coverage.cover(run.choice?.entry?.message ?? run.choice?.route?.message);
    return { failures: failuresOf(test.expected, run), simulation: run.simulation };
  }

  check(item: CheckItem, found: FoundTable): ReplayedTest {
    const { table, originals } = this.#checkedTable(found);
    this.coverage.addTable(found.message);
    const { choice, covered, lines } = checkOne(table, item, this.#diagnostics);
    const route = choice?.route?.message;
    if (covered.length > 0) this.coverage.cover(choice?.entry?.message ?? (route === undefined ? undefined : originals.get(route) ?? route));
    return { failures: lines, simulation: undefined };
  }

  #checkedTable(found: FoundTable): CheckedTable {
    const known = this.#checked.get(found);
    if (known !== undefined) return known;
    const changed = withCheckedFractions(found.message);
    const [own, made] = [routesOf(found.message), routesOf(changed)];
    const opened = { table: openTable(changed), originals: new Map(made.map((route, at) => [route, own[at] ?? route])) };
    this.#checked.set(found, opened);
    return opened;
  }
}

function routesOf(table: RouteConfiguration): readonly object[] {
  return (table.virtual_hosts ?? []).flatMap((host) => host.routes ?? []);
}
