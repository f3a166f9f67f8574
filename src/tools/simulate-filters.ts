/**
 * The HTTP filters of a connection manager, for one simulated request: those that look at nothing but the request and its route
 * are run, as the proxy runs them; the others are named. A filter may answer, and may change headers before the route's own changes.
 */
import type { Env } from "../contract/env.ts";
import { type Extension, Registry } from "../contract/extension.ts";
import { Continue, type HttpFilter as Filter, StopIteration } from "../contract/http-filter.ts";
import type { RuntimeView } from "../contract/request-view.ts";
import { NO_SECRETS } from "../contract/secrets.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { Rejection } from "../downstream/request-preparation.ts";
import { ALL_EXTENSIONS } from "../extensions/all.ts";
import { HeaderBlock } from "../http/header-block.ts";
import { MemoryFiles } from "../platform/memory-files.ts";
import { isDisabled } from "../router/filter-configs.ts";
import { filterLevels, type RouteChoice } from "../router/route.ts";
import type { RouteTable } from "../router/route-table.ts";
import type { HttpConnectionManager, HttpFilter } from "../schema/generated/envoy/extensions/filters/network/http_connection_manager/v3.ts";
import { LocalStats } from "../stats/local-stats.ts";
import { type ChainEntry, FilterChain } from "../stream/filter-chain.ts";
import { NO_TIME } from "./no-time.ts";
import { redactedMessage } from "./redact.ts";
import { headerChanges, type RouteHeaderChange } from "./simulate-headers.ts";
import { FilterStage } from "./simulate-stage.ts";
import type { ReusableView } from "./simulated-request.ts";
import type { Named, Result, SimulatedFilter } from "./simulation.ts";

const ROUTER = "envoy.extensions.filters.http.router.v3.Router";
const LEVELS = ["route table", "virtual host", "route", "weighted cluster"] as const;
const SILENT: Diagnostics = { report: () => undefined };

/** What the filters did with one request. */
export interface FilterRun {
  readonly filters: readonly SimulatedFilter[];
  /** Set where a filter answers: nothing further sees the request. */
  readonly result: Result | undefined;
  readonly answer: HeaderBlock | undefined;
  readonly requestHeaders: readonly RouteHeaderChange[];
  /** The route, chosen before the filters or anew by one of them; undefined where there are none. */
  readonly choice: RouteChoice | null | undefined;
  readonly rerouted: boolean;
}

interface OpenFilter {
  readonly message: HttpFilter;
  /** Undefined: it is not run here. */
  readonly entry: ChainEntry | undefined;
}

const BUFFER_LIMIT = 1_048_576;

/** Stands where the router filter stands. */
const STOPS: Filter = { decodeHeaders: () => StopIteration };
const END: ChainEntry = { name: "", routeConfig: () => null, create: () => STOPS };

const NONE: FilterRun = { filters: [], result: undefined, answer: undefined, requestHeaders: [], choice: undefined, rerouted: false };

export class SimulatedFilters {
  /** The router filter leaves out the headers that only Envoy needs. */
  readonly suppressesEnvoyHeaders: boolean;
  readonly #named: (at: object, name: string) => Named;
  readonly #filters: readonly OpenFilter[];
  /** Those that are run where routes say nothing of filters. */
  readonly #byDefault: readonly ChainEntry[];
  #view: ReusableView | undefined;

  constructor(manager: HttpConnectionManager | undefined, named: (at: object, name: string) => Named) {
    this.#named = named;
    const router = (manager?.http_filters ?? []).find(isRouter);
    this.suppressesEnvoyHeaders = (router?.typed_config as { readonly suppress_envoy_headers?: boolean } | undefined)?.suppress_envoy_headers === true;
    const registry = new Registry(ALL_EXTENSIONS);
    const env = this.#env();
    this.#filters = (manager?.http_filters ?? []).filter((filter) => !isRouter(filter)).map((message) => open(message, registry, env));
    this.#byDefault = this.#entriesFor([]);
  }

  /** There are filters that are run. */
  get some(): boolean {
    return this.#filters.some(({ entry }) => entry !== undefined);
  }

  /** As {@link run}, in short: sets the choice, or gives the answer of a filter. */
  decide(table: RouteTable, view: ReusableView, into: { choice: RouteChoice | null }): Rejection | null {
    this.#view = view;
    const stage = new FilterStage(table, view);
    const levels = levelsOf(stage.choice());
    const plain = levels.every((level) => level.size === 0);
    stage.start(new FilterChain(stage, plain ? this.#byDefault : this.#entriesFor(levels), BUFFER_LIMIT));
    into.choice = stage.answer === undefined ? stage.choice() : null;
    return stage.answer === undefined ? null : { status: stage.answer.status, details: stage.info.details };
  }

  /** Those that are run, and who stands at their end. */
  #entriesFor(levels: ReturnType<typeof levelsOf>): readonly ChainEntry[] {
    return [...this.#filters.filter((filter) => isOn(filter, levels)).flatMap(({ entry }) => entry ?? []), END];
  }

  /** Runs them; headers, metadata and filter state of `view` change as in the proxy. */
  run(table: RouteTable, view: ReusableView): FilterRun {
    if (this.#filters.length === 0) return NONE;
    this.#view = view;
    const requestHeaders: RouteHeaderChange[] = [];
    const stage = new FilterStage(table, view);
    const levels = levelsOf(stage.choice());
    const on = this.#filters.filter((filter) => isOn(filter, levels));
    const run: OpenFilter[] = [];
    const entries = on.flatMap((filter): ChainEntry[] => (filter.entry === undefined ? [] : [told(filter.entry, (changes) => {
      run.push(filter);
      requestHeaders.push(...changes);
    })]));
    stage.start(new FilterChain(stage, [...entries, stage.terminal], BUFFER_LIMIT));
    const last = run.at(-1);
    const answered = stage.answer === undefined ? undefined : last;
    const waiting = stage.answer === undefined && !stage.reached ? last : undefined;
    const didOf = (filter: OpenFilter, at: number): SimulatedFilter["did"] => {
      if (!on.includes(filter)) return "disabled";
      if (answered !== undefined && at >= this.#filters.indexOf(answered)) return filter === answered ? "answered" : "not reached";
      return run.includes(filter) && filter !== waiting ? "passed" : "not run";
    };
    const filters = this.#filters.map((filter, at) => this.#told(filter, levels, didOf(filter, at)));
    return { filters, result: answered === undefined ? undefined : stage.result(answered.message.name ?? ""), answer: stage.answer, requestHeaders, choice: stage.choice(), rerouted: stage.rerouted };
  }

  #told({ message }: OpenFilter, levels: ReturnType<typeof levelsOf>, did: SimulatedFilter["did"]): SimulatedFilter {
    const name = message.name ?? "";
    const overrides = levels.flatMap((level, at) => {
      const config = level.get(name)?.config;
      if (config === undefined) return [];
      const { "@type": url, ...fields } = config;
      const type = url.replace(/^.*\//, "");
      return [{ level: LEVELS[at] ?? "", type, config: redactedMessage(type, fields) }];
    });
    return { ...this.#named(message, name), did, overrides };
  }

  #env(): Env {
    const runtime: RuntimeView = { get: (key) => this.#view?.runtime.get(key) };
    return {
      clock: NO_TIME, runtime, stats: new LocalStats(), machineAddress: null,
      random: { u32: () => Number((this.#view?.random ?? 0n) & 0xffff_ffffn), u64: () => this.#view?.random ?? 0n, uuid: () => "00000000-0000-4000-8000-000000000000" },
      dialer: { dial: () => { throw new Error("a simulated filter dialed"); } },
      files: new MemoryFiles(), secrets: NO_SECRETS,
      logs: { open: () => ({ write: () => undefined }) }, clusters: { get: () => undefined }, routes: { handle: () => ({ table: () => null }) },
      machine: { hostname: "", environment: () => undefined }, draining: () => false, healthCheckFailed: () => false,
    };
  }
}

function isRouter({ typed_config: config }: HttpFilter): boolean {
  return config?.["@type"].endsWith(`/${ROUTER}`) === true;
}

function levelsOf(choice: RouteChoice | null): ReturnType<typeof filterLevels> {
  return choice === null ? [] : filterLevels(choice);
}

function isOn({ message }: OpenFilter, levels: ReturnType<typeof levelsOf>): boolean {
  return !(isDisabled(levels, message.name ?? "") ?? message.disabled === true);
}

/** Opens a filter if it can be run; its per-route configurations are compiled when they are first met. */
function open(message: HttpFilter, registry: Registry, env: Env): OpenFilter {
  const extension = registry.find("envoy.filters.http", message.typed_config);
  if (extension === undefined || !isOffline(extension, message)) return { message, entry: undefined };
  const context = { diagnostics: SILENT, registry, statPrefix: "", surroundings: { listenerPrefix: "", bufferLimit: 0, serviceCluster: "", nodeId: "" } };
  const create = extension.compile(message.typed_config as never, context).open(env);
  const compiled = new WeakMap<object, unknown>();
  const routeConfig = (config: object): unknown => {
    if (!compiled.has(config)) compiled.set(config, extension.compileRoute?.(config as never, context) ?? null);
    return compiled.get(config);
  };
  return { message, entry: { name: message.name ?? "", create, routeConfig } };
}

function isOffline({ offline }: Extension<"envoy.filters.http">, { typed_config: config }: HttpFilter): boolean {
  return typeof offline === "function" ? offline(config as never) : offline === true;
}

/** The same filter, telling what it did to the headers. */
function told({ name, create, routeConfig }: ChainEntry, done: (changes: readonly RouteHeaderChange[]) => void): ChainEntry {
  return { name, routeConfig, create: (handle) => watched(create(handle), (before, after) => done(headerChanges(before, after).map((change) => ({ ...change, level: `filter ${name}` })))) };
}

function watched(filter: Filter, done: (before: HeaderBlock, after: HeaderBlock) => void): Filter {
  return {
    decodeHeaders(headers, endStream) {
      const before = new HeaderBlock();
      before.copyFrom(headers);
      const verdict = filter.decodeHeaders?.(headers, endStream) ?? Continue;
      done(before, headers);
      return verdict;
    },
    encodeHeaders: (headers, endStream) => filter.encodeHeaders?.(headers, endStream) ?? Continue,
    encodeData: (data, endStream) => filter.encodeData?.(data, endStream) ?? Continue,
    onDestroy: () => filter.onDestroy?.(),
  };
}
