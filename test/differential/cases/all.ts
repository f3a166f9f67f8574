import type { Group } from "../case.ts";
import { requestSyntax } from "./request-syntax.ts";

/** Every group of cases, in the order in which they are run. */
export const groups: readonly Group[] = [requestSyntax];
