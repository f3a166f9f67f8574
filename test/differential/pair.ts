import { NotReady } from "../support/subject.ts";
import type { SubjectCommand } from "../support/subject.ts";
import type { Group } from "./case.ts";
import { Stage } from "./stage.ts";

/** The reference and the subject, each on its stage for one group. */
export interface Pair {
  readonly reference: Stage;
  readonly subject: Stage;
  /** Listeners the subject would not start with, each with what it said. */
  readonly refused: ReadonlyMap<string, string>;
}

/**
 * Starts both. A subject that ends at once with the whole group is tried with each listener alone and then runs with those it
 * takes, so that one field it does not know costs that listener's cases and not all. Throws when nothing is left, or the reference does not start.
 */
export async function setPair(group: Group, reference: SubjectCommand, subject: SubjectCommand): Promise<Pair> {
  const first = await Stage.set(group, reference);
  try {
    return { reference: first, ...(await setSubject(group, subject)) };
  } catch (error) {
    await first.clear();
    throw error;
  }
}

export async function clearPair(pair: Pair): Promise<void> {
  await Promise.all([pair.reference.clear(), pair.subject.clear()]);
}

async function setSubject(group: Group, command: SubjectCommand): Promise<{ subject: Stage; refused: ReadonlyMap<string, string> }> {
  const refused = new Map<string, string>();
  try {
    return { subject: await Stage.set(group, command), refused };
  } catch (error) {
    if (!(error instanceof NotReady && error.exited)) throw error;
    for (const name of Object.keys(group.listeners)) {
      const said = await refusal(only(group, [name]), command);
      if (said !== undefined) refused.set(name, said);
    }
    const taken = Object.keys(group.listeners).filter((name) => !refused.has(name));
    if (refused.size === 0 || taken.length === 0) throw error;
    return { subject: await Stage.set(only(group, taken), command), refused };
  }
}

async function refusal(group: Group, command: SubjectCommand): Promise<string | undefined> {
  try {
    await (await Stage.set(group, command)).clear();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function only(group: Group, names: readonly string[]): Group {
  return { ...group, listeners: Object.fromEntries(Object.entries(group.listeners).filter(([name]) => names.includes(name))) };
}
