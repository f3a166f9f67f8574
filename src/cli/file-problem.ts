import { fs } from "../platform/builtins.ts";
import type { Reference } from "../resources/references.ts";
import { readProblem } from "./input.ts";

/** What is wrong with a file or folder that a configuration names, as seen from the current folder; undefined if nothing is. */
export function fileProblem({ path, kind }: Reference): string | undefined {
  try {
    const facts = fs().statSync(path);
    fs().accessSync(path, fs().constants.R_OK);
    if (kind === "folder") return facts.isDirectory() ? undefined : "is not a folder";
    return facts.isDirectory() ? "is a folder" : undefined;
  } catch (error) {
    return readProblem(error);
  }
}
