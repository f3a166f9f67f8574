/** Runs requests one after another: tables are opened once, what was hit and where requests went is counted. */
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { Origins } from "../diagnostics/origins.ts";
import type { RouteTable } from "../router/route-table.ts";
import { openTable } from "./open-table.ts";
import type { ByName, Entrance } from "./entrances.ts";
import { ReplayTally } from "./replay-tally.ts";
import { checkOne, withCheckedFractions } from "./router-check.ts";
import type { CheckItem } from "./router-check-schema.ts";
import type { FoundTable } from "./route-tables.ts";
import { RouteCoverage, routesOf } from "./simulate-coverage.ts";
import { type Expected, failuresOf } from "./simulate-expect.ts";
import type { SimulateConfiguration } from "./simulate-load.ts";
import type { CheckTest, RequestTest, SimulateTest } from "./simulate-tests.ts";
import type { SimulatedRequest } from "./simulated-request.ts";
import { Simulators } from "./simulators.ts";
import type { Simulation } from "./simulation.ts";

export interface ReplayedTest {
  readonly test: SimulateTest;
  readonly failures: readonly string[];
  /** Absent for tests of router_check_tool, and where only the sum was wanted. */
  readonly simulation: Simulation | undefined;
}

interface CheckedTable {
  readonly table: RouteTable;
  /** A message that was changed for checking -> the configuration's own. */
  readonly originals: ReadonlyMap<object, object>;
}

const PASSED: readonly string[] = [];

export class Replay {
  readonly coverage = new RouteCoverage();
  readonly tally: ReplayTally;
  readonly simulators: Simulators;
  /** Requests that went through, expectations or not. */
  count = 0;
  readonly #diagnostics: Diagnostics;
  readonly #expected: Expected | undefined;
  readonly #checked = new Map<FoundTable, CheckedTable>();

  /** `expected`: of every request that does not say itself what it expects. */
  constructor(configuration: SimulateConfiguration, origins: Origins, diagnostics: Diagnostics, expected?: Expected) {
    this.#expected = expected;
    this.simulators = new Simulators(configuration, origins);
    this.tally = new ReplayTally(origins, configuration.facts);
    this.#diagnostics = diagnostics;
    for (const { message } of configuration.tables) this.coverage.addTable(message);
  }

  /**
   * Runs one test. `whole`: with its simulation, whatever it expects. Undefined: a request that expects nothing was counted, and nothing
   * is to be told of it.
   */
  run(test: SimulateTest, named: ByName, whole: boolean, explained: boolean): ReplayedTest | undefined {
    this.count++;
    return test.kind === "check" ? this.#check(test, named) : this.#request(test, named, whole, explained);
  }

  #request(test: RequestTest, byFlags: ByName, whole: boolean, explained: boolean): ReplayedTest | undefined {
    const { request, expected = this.#expected } = test;
    if ("index" in request) (request as { index: number }).index = this.count - 1;
    const named = test.listener === undefined && test.routeTable === undefined ? byFlags : { listener: test.listener ?? byFlags.listener, routeTable: test.routeTable ?? byFlags.routeTable };
    const entrance = this.simulators.entrance(request, named);
    if (entrance.kind === "unknown") return { test, failures: [entrance.reason], simulation: undefined };
    if (expected === undefined && !whole && entrance.kind === "table") return this.#count(request, entrance);
    const run = this.simulators.run(request, entrance, explained);
    this.coverage.cover(run.choice?.entry?.message ?? run.choice?.route?.message);
    this.tally.result(run.simulation.result, run.choice);
    if (expected === undefined && !whole) return undefined;
    return { test, failures: expected === undefined ? PASSED : failuresOf(expected, run), simulation: run.simulation };
  }

  /** The short way, for traffic. */
  #count(request: SimulatedRequest, { found }: Entrance & { readonly kind: "table" }): undefined {
    const { choice, rejection } = this.simulators.simulator(found).verdict(request);
    this.tally.verdict(choice, rejection);
    this.coverage.cover(choice?.entry?.message ?? choice?.route?.message);
  }

  #check(test: CheckTest, named: ByName): ReplayedTest {
    const { input } = test.item;
    const request: SimulatedRequest = { method: input.method, path: input.path, host: input.authority, scheme: input.ssl === true ? "https" : "http", headers: [], sourceIp: "127.0.0.1", port: undefined, runtime: new Map(), random: 0n };
    const entrance = this.simulators.entrance(request, named);
    if (entrance.kind !== "table") return { test, failures: [entrance.kind === "tcp" ? "the filter chain knows no requests" : entrance.reason], simulation: undefined };
    return { test, failures: this.#checkIn(entrance.found, test.item), simulation: undefined };
  }

  #checkIn(found: FoundTable, item: CheckItem): readonly string[] {
    const { table, originals } = this.#checkedTable(found);
    const { choice, covered, lines } = checkOne(table, item, this.#diagnostics);
    const route = choice?.route?.message;
    if (covered.length > 0) this.coverage.cover(choice?.entry?.message ?? (route === undefined ? undefined : originals.get(route) ?? route));
    return lines;
  }

  #checkedTable(found: FoundTable): CheckedTable {
    const known = this.#checked.get(found);
    if (known !== undefined) return known;
    const changed = withCheckedFractions(found.message);
    const [own, made] = [routesOf(found.message), routesOf(changed)];
    const opened = { table: openTable(changed), originals: new Map(made.map(({ route }, at) => [route, own[at]?.route ?? route])) };
    this.#checked.set(found, opened);
    return opened;
  }
}
