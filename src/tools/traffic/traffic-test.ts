import type { Source } from "../../diagnostics/source.ts";
import type { RequestTest } from "../simulate-tests.ts";
import { LogText } from "./log-text.ts";
import { TextPlace, type TrafficRequest } from "./traffic-request.ts";

/** A request of recorded traffic; its name is made when it is shown. */
export class TrafficTest implements RequestTest {
  readonly kind = "request";
  readonly request: TrafficRequest;
  readonly listener = undefined;
  readonly routeTable = undefined;
  readonly expected = undefined;
  readonly #where: Source | LogText | object;
  readonly #start: number;

  constructor(request: TrafficRequest, where: Source | LogText | object, start = -1) {
    this.request = request;
    this.#where = where;
    this.#start = start;
  }

  get at(): object | TextPlace {
    if (this.#start < 0) return this.#where;
    return new TextPlace(this.#where instanceof LogText ? this.#where.source : this.#where as Source, this.#start);
  }

  get name(): string {
    const { method, scheme, host, path, target } = this.request;
    return target === undefined ? `${method} ${scheme}://${host}${path ?? ""}` : `${method} ${target}`;
  }
}
