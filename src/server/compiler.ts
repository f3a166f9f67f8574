/**
 * The compiler thread: reads, checks and compiles configuration, so that neither traffic nor health checks wait for it. Answers a
 * `load` with the configuration as text, and with the indexes of its route tables in shared memory.
 */
import { Registry } from "../contract/extension.ts";
import { ALL_EXTENSIONS } from "../extensions/all.ts";
import { FileError, type Files } from "../platform/files.ts";
import type { Message, Thread } from "../platform/threads.ts";
import { type Configuration, loadConfiguration } from "../resources/configuration.ts";
import type { InputText } from "../resources/load.ts";
import { buildRouteIndexes } from "../router/route-table.ts";
import type { RouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";
import { openMachine } from "./machine.ts";
import type { LoadRequest } from "./messages.ts";
import { packIndexes } from "./route-index-pack.ts";

export function runCompiler(thread: Thread): void {
  const machine = openMachine((error) => thread.post({ kind: "bug", text: String(error) }));
  const compiler = new Compiler(machine.files);
  thread.onMessage((message) => thread.post(compiler.answer(message as Exclude<Message, string>)));
  thread.post({ kind: "started" });
}

class Compiler {
  private readonly files: Files;
  private readonly registry = new Registry(ALL_EXTENSIONS);
  /** Text of a table -> its index: what did not change is not built again. */
  private indexes = new Map<string, SharedArrayBuffer>();
  /** Subscribed files as they were when they last held no error. */
  private readonly good = new Map<string, InputText>();

  constructor(files: Files) {
    this.files = files;
  }

  answer(message: Exclude<Message, string>): Message {
    const request = JSON.parse(message.text as string) as LoadRequest;
    try {
      const configuration = this.load(request);
      return { kind: "loaded", number: request.number, text: JSON.stringify(configuration), indexes: this.indexesOf(configuration) };
    } catch (error) {
      return { kind: "failed", number: request.number, text: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
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
    return { ...usable(standing), findings: fresh.findings, refused: fresh.refused };
  }

  private loadFrom(request: LoadRequest, read: (path: string) => InputText): Configuration {
    return loadConfiguration(
      {
        file: request.configPath === null ? undefined : this.fileOf(request.configPath, request.stdin),
        overlay: request.configYaml === null ? undefined : { name: "--config-yaml.yaml", bytes: Buffer.from(request.configYaml, "utf8") },
      },
      {
        registry: this.registry, read, serviceCluster: request.serviceCluster, nodeId: request.nodeId,
        unknownStaticFields: request.unknownStaticFields, unknownDynamicFields: request.unknownDynamicFields, unsupported: request.unsupported,
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

  private indexesOf(configuration: Configuration): (string | SharedArrayBuffer)[] {
    const fresh = new Map<string, SharedArrayBuffer>();
    const packed: (string | SharedArrayBuffer)[] = [];
    for (const resource of configuration.resources) {
      if (resource.type !== "route") continue;
      const index = this.indexes.get(resource.text) ?? packIndexes(buildRouteIndexes(JSON.parse(resource.text) as RouteConfiguration));
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
  return { ...configuration, resources: configuration.resources.filter((resource) => !refused.has(resource.source)) };
}

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: "does not exist", EACCES: "may not be read", EISDIR: "is a folder, not a file", ETOOBIG: "is too large", ENOTDIR: "does not exist",
};

function problemOf(code: string): string {
  return PROBLEMS[code] ?? `cannot be read (${code})`;
}
