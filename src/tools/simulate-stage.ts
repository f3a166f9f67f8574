/** The stream around simulated filters: it routes when they ask, and keeps what they answer. */
import type { LocalReply } from "../contract/http-filter.ts";
import { StopIteration } from "../contract/http-filter.ts";
import { StreamInfo } from "../contract/stream-info.ts";
import { fromWire } from "../base/wire-text.ts";
import { HeaderBlock } from "../http/header-block.ts";
import { LOCATION } from "../http/names.ts";
import { ipAddress } from "../platform/address.ts";
import { allConfigs } from "../router/filter-configs.ts";
import { filterLevels, type RouteChoice } from "../router/route.ts";
import type { RouteTable } from "../router/route-table.ts";
import type { ChainEntry, FilterChain, StreamOwner } from "../stream/filter-chain.ts";
import { shapeLocalReply } from "../stream/local-reply.ts";
import type { ReusableView } from "./simulated-request.ts";
import type { Result } from "./simulation.ts";

const LOCAL = ipAddress("127.0.0.1", 0);

export class FilterStage implements StreamOwner {
  readonly info: StreamInfo;
  readonly requestHeaders: HeaderBlock;
  readonly view: ReusableView;
  /** The answer of a filter, body apart. */
  answer: HeaderBlock | undefined;
  /** The request got through all filters. */
  reached = false;
  /** A filter had the route chosen anew. */
  rerouted = false;
  readonly #table: RouteTable;
  #choice: RouteChoice | null | undefined;
  #body = "";

  constructor(table: RouteTable, view: ReusableView) {
    this.#table = table;
    this.view = view;
    this.requestHeaders = view.headers;
    const peer = ipAddress(view.remoteIp, 0);
    this.info = new StreamInfo({ connectionId: 0, remote: peer, local: LOCAL, direct: peer });
  }

  /** Sends a request without a body through the chain. */
  start(chain: FilterChain): void {
    chain.decode.startHeaders(this.requestHeaders, true);
    this.#show();
    chain.destroy();
  }

  /** Stands where the router filter stands. */
  get terminal(): ChainEntry {
    return {
      name: "", routeConfig: () => null,
      create: () => ({ decodeHeaders: () => { this.reached = true; return StopIteration; } }),
    };
  }

  /** What the answer of a filter comes to. */
  result(filter: string): Result {
    const { details } = this.info;
    const location = this.answer?.get(LOCATION) ?? null;
    const said = this.#body === "" ? "" : ` ${JSON.stringify(fromWire(this.#body))}`;
    return { kind: "rejected", status: this.answer?.status ?? 0, reason: `filter ${filter} answers${details === "" ? "" : ` (${details})`}${said}`, ...(location === null ? {} : { location: fromWire(location) }) };
  }

  /** As Envoy: chosen once, before the filters, unless one of them asks for another choice. */
  choice(): RouteChoice | null {
    if (this.#choice !== undefined) return this.#choice;
    this.#show();
    this.#choice = this.#table.match(this.view);
    return this.#choice;
  }

  /** Lets conditions see what filters wrote. */
  #show(): void {
    const { metadata, filterState } = this.info;
    if (metadata !== null) this.view.metadata = metadata;
    if (filterState !== null) this.view.filterState = Object.fromEntries([...filterState].map(([key, value]) => [key, String(value)]));
  }

  route(): RouteChoice | null {
    return this.choice();
  }

  clearRouteCache(): void {
    this.#choice = undefined;
    this.rerouted = true;
  }

  perFilterConfig(filter: string): object | null {
    return this.perFilterConfigs(filter).at(-1) ?? null;
  }

  perFilterConfigs(filter: string): readonly object[] {
    const choice = this.choice();
    return choice === null ? [] : allConfigs(filterLevels(choice), filter);
  }

  composeReply(reply: LocalReply, headers: HeaderBlock): string {
    headers.status = reply.status;
    reply.modify?.(headers);
    return shapeLocalReply(reply, headers, this.requestHeaders);
  }

  writeHeaders(headers: HeaderBlock): void {
    this.answer = new HeaderBlock();
    this.answer.copyFrom(headers);
  }

  writeData(data: Buffer): void {
    this.#body += data.toString("latin1");
  }

  write1xx(): void {}
  writeTrailers(): void {}
  resetStream(): void {}
  pauseReading(): void {}
  resumeReading(): void {}
  watchBlocked(): void {}

  recreate(): boolean {
    return false;
  }
}
