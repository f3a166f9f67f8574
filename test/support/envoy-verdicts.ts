import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A configuration with what Envoy 1.40.0 says of it: "accept", "accept+warn", "reject", "contrib", "needs-file". */
export interface Verdict {
  readonly name: string;
  readonly text: string;
  readonly verdict: string;
  /** Envoy's first error. */
  readonly error: string;
}

/** The bootstraps among the whole files of the conformance folder. */
export function configVerdicts(folder: string): Verdict[] {
  return readFileSync(join(folder, "configs.tsv"), "utf8").trim().split("\n").slice(1).flatMap((line) => {
    const [name = "", kind = "", verdict = "", error = ""] = line.split("\t");
    return kind === "bootstrap" ? [{ name, verdict, error, text: readFileSync(join(folder, "configs", name), "utf8") }] : [];
  });
}

/** The configurations of Envoy's negative tests that come as whole bootstraps. */
export function rejectedVerdicts(folder: string): Verdict[] {
  return readFileSync(join(folder, "rejected.jsonl"), "utf8").trim().split("\n").flatMap((line) => {
    const { suite, test, bootstrap, envoy_1_40 } = JSON.parse(line) as { suite: string; test: string; bootstrap?: string; envoy_1_40: { verdict: string; error?: string } };
    return bootstrap === undefined ? [] : [{ name: `${suite}.${test}`, text: bootstrap, verdict: envoy_1_40.verdict, error: envoy_1_40.error ?? "" }];
  });
}
