/** After a large configuration was read, most of the heap is what reading it left behind. Threads that carry no traffic give it back at once. */
import type { Machine } from "./machine.ts";

const WORTH_IT = 48 * 1024 * 1024;
/** What is still being done with the configuration is done by then, and what else holds on to the heap lets go. */
const REST_MS = 1_000;

export function collectLater({ clock, facts }: Pick<Machine, "clock" | "facts">): void {
  if (facts.heap().used > WORTH_IT) clock.after(REST_MS, () => facts.collectGarbage());
}
