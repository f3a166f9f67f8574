/** The numbers that something will count once it is opened: pure data of its plan, from which control allocates shared slots. */
export interface StatSpec {
  /** Ends with a dot. */
  readonly prefix: string;
  readonly counters: readonly string[];
  /** Their places in the block follow the counters'. */
  readonly gauges: readonly string[];
  /** Places of their own, from 0. */
  readonly histograms: readonly string[];
}
