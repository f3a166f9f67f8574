/** The weight of a member of a weighted choice: the runtime's, or as configured. */
import type { RequestView } from "../contract/request-view.ts";
import { wholeNumber } from "../match/fraction.ts";

/** `runtimeKey` "": the runtime is not asked. */
export function currentWeight({ runtimeKey, weight }: { readonly runtimeKey: string; readonly weight: number }, { runtime }: RequestView): number {
  return (runtimeKey === "" ? undefined : wholeNumber(runtime.get(runtimeKey))) ?? weight;
}
