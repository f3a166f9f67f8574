/** Reads, checks and compiles configuration: its text, and its route tables packed in shared memory. Remembers what was good. */
import { Buffer } from "node:buffer";
import { toWire } from "../base/wire-text.ts";
import { Registry } from "../contract/extension.ts";
import { ALL_EXTENSIONS } from "../extensions/all.ts";
import { FileError, type Files } from "../platform/files.ts";
import { type Configuration, loadConfiguration } from "../resources/configuration.ts";
import type { InputText } from "../resources/load.ts";
import { packTable } from "../router/packed-table.ts";
import type { BodySources } from "../router/direct-response.ts";
import type { RouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";
import type { LoadRequest } from "./messages.ts";

export interface Loaded {
  readonly configuration: Configuration;
  /** `[table, memory, table, memory, ...]` */
  readonly indexes: readonly (string | SharedArrayBuffer)[];
}

/** Subscribed files as they were when they last held no error: path -> bytes as latin1 text. */
export type GoodFiles = Readonly<Record<string, string>>;

export class Compilation {
  private readonly files: Files;
  private readonly bodies: BodySources;
  private readonly registry = new Registry(ALL_EXTENSIONS);
  /** Text of a table -> the packed table: what did not change is not built again. */
  private indexes = new Map<string, SharedArrayBuffer>();
  private readonly good = new Map<string, InputText>();

  /** `environment`: of this process. */
  constructor(files: Files, environment: Readonly<Record<string, string | undefined>>, good: GoodFiles = {}) {
    this.files = files;
    this.bodies = { file: (path) => this.bodyOf(path), environment: (name) => (environment[name] === undefined ? null : toWire(environment[name])) };
    for (const [name, text] of Object.entries(good)) this.good.set(name, { name, bytes: Buffer.from(text, "latin1") });
  }

  /** Never throws for what a file holds. */
  run(request: LoadRequest): Loaded {
    const configuration = this.load(request);
    return { configuration, indexes: this.indexesOf(configuration) };
  }

  /** For a successor on another thread. */
  get goodFiles(): GoodFiles {
    const files: Record<string, string> = {};
    for (const [name, text] of this.good) if ("bytes" in text) files[name] = Buffer.from(text.bytes).toString("latin1");
    return files;
  }

  /** A subscribed file that holds an error stands as it was when it last held none, so that what it subscribes to goes on too. */
  private load(request: LoadRequest): Configuration {
    const seen = new Map<string, InputText>();
    const fresh = this.loadFrom(request, (path) => {
      const text = this.read(path);
      seen.set(path, text);
      return text;
    });
    const refused = new Set(fresh.refused);
    for (const [path, text] of seen) if (!refused.has(path)) this.good.set(path, text);
    if (!fresh.refused.some((path) => this.good.has(path))) return usable(fresh);
    const standing = this.loadFrom(request, (path) => (refused.has(path) ? this.good.get(path) : seen.get(path)) ?? this.read(path));
    return { ...usable(standing), findings: fresh.findings, refused: fresh.refused, unreadable: fresh.unreadable };
  }

  private loadFrom(request: LoadRequest, read: (path: string) => InputText): Configuration {
    return loadConfiguration(
      {
        file: request.configPath === null ? undefined : this.fileOf(request.configPath, request.stdin),
        overlay: request.configYaml === null ? undefined : { name: "--config-yaml.yaml", bytes: Buffer.from(request.configYaml, "utf8") },
      },
      {
        registry: this.registry, read, serviceCluster: request.serviceCluster, nodeId: request.nodeId,
        unknownStaticFields: request.unknownStaticFields, unknownDynamicFields: request.unknownDynamicFields, unsupported: request.unsupported, bodies: this.bodies,
      },
    );
  }

  private fileOf(path: string, stdin: string | null): InputText {
    return stdin === null ? this.read(path) : { name: "<stdin>", bytes: Buffer.from(stdin, "utf8") };
  }

  private read(path: string): InputText {
    try {
      return { name: path, bytes: this.files.readBytes(path) };
    } catch (error) {
      return { name: path, problem: error instanceof FileError ? problemOf(error.code) : String(error) };
    }
  }

  private bodyOf(path: string): string | null {
    const text = this.read(path);
    return "bytes" in text ? Buffer.from(text.bytes).toString("latin1") : null;
  }

  private indexesOf(configuration: Configuration): (string | SharedArrayBuffer)[] {
    const fresh = new Map<string, SharedArrayBuffer>();
    const packed: (string | SharedArrayBuffer)[] = [];
    for (const resource of configuration.resources) {
      if (resource.type !== "route") continue;
      const index = this.indexes.get(resource.text) ?? packTable(JSON.parse(resource.text) as RouteConfiguration, this.bodies);
      fresh.set(resource.text, index);
      packed.push(resource.name, index);
    }
    this.indexes = fresh;
    return packed;
  }
}

/** Without what files gave that hold an error. */
function usable(configuration: Configuration): Configuration {
  const refused = new Set(configuration.refused);
  return {
    ...configuration,
    resources: configuration.resources.filter((resource) => !refused.has(resource.source)), sources: configuration.sources.filter(({ from }) => !refused.has(from)),
  };
}

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: "does not exist", EACCES: "may not be read", EISDIR: "is a folder, not a file", ETOOBIG: "is too large", ENOTDIR: "does not exist",
};

function problemOf(code: string): string {
  return PROBLEMS[code] ?? `cannot be read (${code})`;
}
