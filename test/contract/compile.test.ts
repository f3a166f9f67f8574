import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type CompileContext, type Extension, Registry } from "../../src/contract/extension.ts";
import { compileListener } from "../../src/downstream/listener-plan.ts";
import { ALL_EXTENSIONS } from "../../src/extensions/all.ts";
import { loadConfiguration, surroundingsOf } from "../../src/resources/configuration.ts";
import type { CompiledResource } from "../../src/resources/resource.ts";
import { PackedTable, packTable } from "../../src/router/packed-table.ts";
import { openRouteTable } from "../../src/router/route-table.ts";
import { compileCluster } from "../../src/upstream/cluster-plan.ts";

const ROOT = resolve(import.meta.dirname, "..", "..");
const registry = new Registry(ALL_EXTENSIONS);

type Json = Readonly<Record<string, unknown>>;

/** Every resource of the examples. */
function examples(): readonly CompiledResource[] {
  const bootstraps = readdirSync(join(ROOT, "configs"), { withFileTypes: true }).map((entry) => join(ROOT, "configs", entry.isDirectory() ? `${entry.name}/bootstrap.yaml` : entry.name));
  return bootstraps.filter((file) => file.endsWith(".yaml") && existsSync(file)).flatMap((file) => {
    const read = (path: string): { name: string; bytes: Buffer } => ({ name: path, bytes: readFileSync(resolve(dirname(file), path)) });
    return loadConfiguration({ file: read(file), overlay: undefined }, {
      registry, read, serviceCluster: "", nodeId: "", unknownStaticFields: "error", unknownDynamicFields: "error", unsupported: "error",
    }).resources;
  });
}

/** The configurations of an extension that occur in them, and an empty one. */
function configsOf(extension: Extension, resources: readonly CompiledResource[]): Json[] {
  const found: Json[] = [{ "@type": `type.googleapis.com/${extension.config}` }];
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    if ((value as Json)["@type"] === `type.googleapis.com/${extension.config}`) found.push(value as Json);
    Object.values(value).forEach(visit);
  };
  for (const resource of resources) visit(JSON.parse(resource.text));
  return found;
}

function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    Object.values(value).forEach(frozen);
    Object.freeze(value);
  }
  return value;
}

/** A context that offers what compiling may look at, frozen, and notes what is reported. */
function context(): { context: CompileContext; reported: string[] } {
  const reported: string[] = [];
  const diagnostics = { report: ({ code, key, message }: { code: string; key?: string | number; message: string }) => void reported.push(`${code} ${key ?? ""} ${message}`) };
  return { context: Object.freeze({ diagnostics, registry, statPrefix: "x.", surroundings: frozen(surroundingsOf({}, { serviceCluster: "c", nodeId: "n" })) }), reported };
}

/** Compiles twice and compares all that can be compared: what was reported, and the plain data of the plan. */
function compilesPurely(compile: (context: CompileContext) => unknown): void {
  const [first, second] = [context(), context()];
  const plans = [compile(first.context), compile(second.context)].map((plan) => JSON.stringify(plan));
  expect(second.reported).toEqual(first.reported);
  expect(plans[1]).toBe(plans[0] as string);
}

const resources = examples();

beforeEach(() => {
  const forbidden = (what: string) => () => {
    throw new Error(`compiling used ${what}`);
  };
  vi.spyOn(Math, "random").mockImplementation(forbidden("chance"));
  vi.spyOn(Date, "now").mockImplementation(forbidden("the clock"));
  vi.spyOn(performance, "now").mockImplementation(forbidden("the clock"));
  vi.spyOn(globalThis, "setTimeout").mockImplementation(forbidden("a timer") as never);
  vi.spyOn(globalThis, "setInterval").mockImplementation(forbidden("a timer") as never);
  vi.spyOn(globalThis, "fetch").mockImplementation(forbidden("the network") as never);
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("compiling is pure: a frozen configuration, no clock, no chance, no timer, the same twice", () => {
  test("the examples hold resources of every kind", () => {
    expect(new Set(resources.map((resource) => resource.type))).toEqual(new Set(["cluster", "endpoints", "listener", "route"]));
  });

  test.each(ALL_EXTENSIONS.map((extension) => [`${extension.category} ${extension.name}`, extension] as const))("%s", (_name, extension) => {
    for (const config of configsOf(extension, resources)) {
      compilesPurely((given) => extension.compile(frozen(config) as never, given));
      if (extension.compileRoute !== undefined) compilesPurely((given) => extension.compileRoute?.(frozen({}) as never, given));
    }
  });

  test("clusters, route tables and listeners", () => {
    for (const { type, text } of resources) {
      const message = frozen(JSON.parse(text) as object) as never;
      if (type === "cluster") compilesPurely((given) => compileCluster(message, given));
      if (type === "listener") compilesPurely((given) => compileListener(message, given));
      if (type === "route") compilesPurely(() => typeof openRouteTable(new PackedTable(packTable(message))));
    }
  });
});
