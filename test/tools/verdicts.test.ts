/** legate's verdict on Envoy's own files and negative tests is Envoy 1.40.0's. What differs on purpose stands in a table, with its reason. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ALL_EXTENSIONS } from "../../src/extensions/all.ts";
import { compileCheck } from "../../src/tools/check.ts";
import { validate } from "../../src/tools/validate.ts";
import { conformanceFolder } from "../support/conformance.ts";

const root = conformanceFolder();
const check = compileCheck(ALL_EXTENSIONS);

/** Errors as text; empty: valid. */
function errorsOf(text: string | Uint8Array, name: string, unknownFields: "error" | "warning"): string[] {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return validate({ name, bytes }, { check, unknownFields }).findings.filter((f) => f.severity === "error").map((f) => `${f.line}: ${f.code} ${f.path ?? ""} ${f.message}`);
}

const MACHINE = "Envoy looks at the machine (environment variables, folders, AWS profiles); a verdict that depends on it is none";
const FILE = "Envoy opens a file that the configuration names; legate does so with --check-files only";

/** Cases that Envoy rejects and legate accepts. */
const ON_PURPOSE: Readonly<Record<string, string>> = {
  "DataSourceTest.MissingEnvironmentVariableTest": MACHINE,
  "AwsRequestSigningFilterConfigTest.InvalidConfigSigV4ARegionInEnv": MACHINE,
  "AwsRequestSigningFilterConfigTest.InvalidRegionRouteSpecificFilterConfigNoRegionAvailable": MACHINE,
  "AwsRequestSigningFilterConfigTest.RouteSpecificFilterConfigSigV4ANoRegion": MACHINE,
  "AwsRequestSigningFilterConfigTest.InvalidRegionNoRegionAvailable": MACHINE,
  "FileSystemBufferFilterConfigTest.FailsWithConfiguredInvalidPath": MACHINE,
  "SslContextImplTest.MustHaveSubjectOrSAN": FILE,
};

interface Outcome {
  readonly name: string;
  readonly envoy: string;
  readonly envoyError: string;
  readonly errors: readonly string[];
}

const accepts = (verdict: string): boolean => verdict.startsWith("accept") || verdict === "needs-file";
const agrees = ({ envoy, errors }: Outcome): boolean => accepts(envoy) === (errors.length === 0);

/** Prints the counts and the exceptions; answers the names of those that have no reason. */
function report(title: string, outcomes: readonly Outcome[]): string[] {
  const exceptions = outcomes.filter((outcome) => !agrees(outcome));
  const same = outcomes.length - exceptions.length;
  const rows = exceptions.map(({ name, envoy, envoyError, errors }) => `  ${name}: Envoy ${envoy} (${envoyError.slice(0, 90)}), legate ${errors[0] ?? "accept"}\n    reason: ${ON_PURPOSE[name] ?? "NONE"}`);
  console.log([`${title}: ${same} of ${outcomes.length} verdicts are Envoy's (${((100 * same) / outcomes.length).toFixed(1)} %)`, ...rows].join("\n"));
  return exceptions.filter(({ name, errors }) => errors.length > 0 || ON_PURPOSE[name] === undefined).map(({ name, errors }) => `${name} ${errors[0] ?? ""}`);
}

/** Of a oneof Envoy names the oneof, legate its members. */
const ONEOF = "one of";

/** The field that Envoy's text names, in snake case; undefined where it names none. */
function fieldNamed(text: string): string | undefined {
  const unknown = /no such field: '(\w+)'/.exec(text)?.[1];
  if (unknown !== undefined) return unknown;
  if (/field: "\w+", reason: is required/.test(text)) return ONEOF;
  const rule = [...text.matchAll(/ValidationError\.(\w+?)(?:\[[^\]]*\])?: (?!embedded)/g)].at(-1)?.[1];
  if (rule !== undefined) return rule.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
  return /invalid JSON in [\w.]+ @ [\w.<>[\]]*?(\w+)(?:\[\d+\])*: /.exec(text)?.[1];
}

/** Does an error of legate's stand at the field, or name it? */
function namesField(field: string, errors: readonly string[]): boolean {
  const camel = field.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return errors.some((error) => [field, camel].some((word) => new RegExp(`(?<!\\w)${word}(?!\\w)`, "i").test(error)));
}

/** Prints how often legate names the field that Envoy names; answers the cases where it does not. */
function reportFields(outcomes: readonly Outcome[]): string[] {
  const named = outcomes.flatMap(({ name, envoyError, errors }) => {
    const field = errors.length === 0 ? undefined : fieldNamed(envoyError);
    return field === undefined ? [] : [{ name, field, same: namesField(field, errors), errors }];
  });
  const other = named.filter(({ same }) => !same).map(({ name, field, errors }) => `${name}: Envoy names ${field}, legate ${errors[0] ?? ""}`);
  console.log([`the same field is named in ${named.length - other.length} of the ${named.length} cases in which Envoy names one`, ...other].join("\n  "));
  return other;
}

describe.skipIf(root === undefined)("the verdict is Envoy's", () => {
  test("on every file of its documentation and tests", () => {
    const rows = readFileSync(join(root ?? "", "configs.tsv"), "utf8").trim().split("\n").slice(1).map((line) => line.split("\t"));
    const outcomes = rows.map(([name = "", kind = "", envoy = "", envoyError = ""]) => ({
      name, envoy, envoyError, errors: errorsOf(readFileSync(join(root ?? "", "configs", name)), name, kind === "xds" ? "warning" : "error"),
    }));
    expect(report("configs", outcomes)).toEqual([]);
  });

  test("on every configuration of its negative tests", () => {
    interface Case { readonly suite: string; readonly test: string; readonly bootstrap?: string; readonly needs_files?: unknown; readonly envoy_1_40: { readonly verdict: string; readonly error?: string } }
    const cases = readFileSync(join(root ?? "", "rejected.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line) as Case);
    const outcomes = cases.flatMap(({ suite, test: name, bootstrap, needs_files: files, envoy_1_40: { verdict, error = "" } }) =>
      bootstrap === undefined || files !== undefined ? [] : [{ name: `${suite}.${name}`, envoy: verdict, envoyError: error, errors: errorsOf(bootstrap, "test.yaml", "error") }]);
    expect(report("rejected.jsonl", outcomes)).toEqual([]);
    expect(reportFields(outcomes).length).toBeLessThanOrEqual(0);
  });
});
