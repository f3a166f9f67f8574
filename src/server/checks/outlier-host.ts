/** What outlier detection remembers of one host. */
import { W_5XX, W_EXTERNAL_SUCCESS, W_EXTERNAL_TOTAL, W_GATEWAY, W_LOCAL, W_LOCAL_SUCCESS, W_LOCAL_TOTAL, WINDOW_SHAPE, windowPrefix } from "../../upstream/outlier-stats.ts";
import type { BlockSource, StatBlock } from "../../stats/stat-block.ts";
import type { Window } from "./ejection-math.ts";

/** The total of a statistic over all threads. */
export type Totals = (name: string) => number;

const NAMES = WINDOW_SHAPE.specs.map((spec) => spec.name);

export class OutlierHost {
  readonly address: string;
  flags = 0;
  ejections = 0;
  /** Times of the clock; -1: never. */
  lastEjection = -1;
  lastUnejection = -1;
  lastDegraded = -1;
  lastUndegraded = -1;
  ejectionBackOff = 0;
  degradedBackOff = 0;
  jitterMs = 0;
  /** Success rates of the last interval, percent; -1: not known. */
  external = -1;
  local = -1;
  windows: { readonly external: Window; readonly local: Window } = { external: NOTHING, local: NOTHING };
  private readonly prefix: string;
  private readonly block: StatBlock;
  private before = [0, 0, 0, 0];

  constructor(cluster: string, address: string, stats: BlockSource) {
    this.address = address;
    this.prefix = windowPrefix(cluster, address);
    this.block = stats.block(this.prefix, WINDOW_SHAPE);
  }

  /** Ends an interval: `windows` is what it brought. */
  turn(totals: Totals): void {
    const now = COUNTS.map((place) => totals(this.prefix + (NAMES[place] ?? "")));
    const [externalTotal = 0, externalSuccess = 0, localTotal = 0, localSuccess = 0] = now.map((count, i) => Math.max(0, count - (this.before[i] ?? 0)));
    this.before = now;
    this.windows = { external: { total: externalTotal, success: externalSuccess }, local: { total: localTotal, success: localSuccess } };
    this.external = -1;
    this.local = -1;
  }

  /** Rows of failures begin anew, in all threads. */
  resetRows(...places: readonly number[]): void {
    for (const place of places.length === 0 ? [W_5XX, W_GATEWAY, W_LOCAL] : places) this.block.zero(place);
  }

  close(): void {
    this.block.close();
  }
}

const NOTHING: Window = { total: 0, success: 0 };
const COUNTS = [W_EXTERNAL_TOTAL, W_EXTERNAL_SUCCESS, W_LOCAL_TOTAL, W_LOCAL_SUCCESS];
