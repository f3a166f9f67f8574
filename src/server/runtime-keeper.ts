/**
 * The runtime as control keeps it: the layers of the bootstrap in their order, of which static ones stay, files of disk layers and of RTDS are
 * followed, and the admin's one is changed by `/runtime_modify` (Envoy's Runtime::LoaderImpl). Each change makes one new snapshot for all threads.
 */
import type { RuntimeValue } from "../contract/request-view.ts";
import { FileError, type Files, type Watch } from "../platform/files.ts";
import { KINDS } from "../resources/kind.ts";
import { finalValues, flattenStruct, type RuntimeLayer } from "../resources/runtime.ts";
import { runtimeValueOf, textOfRuntimeFile } from "../resources/runtime-text.ts";
import { fileOf } from "../resources/subscriptions.ts";
import type { Bootstrap, RuntimeLayer as LayerMessage, RuntimeLayer_DiskLayer, RuntimeLayer_RtdsLayer } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import type { Runtime as RuntimeMessage } from "../schema/generated/envoy/service/runtime/v3.ts";
import type { RuntimeStats } from "./runtime-stats.ts";
import { readSource } from "./source-reading.ts";

export interface RuntimeKeeperOptions {
  readonly files: Files;
  readonly serviceCluster: string;
  readonly stats: RuntimeStats;
  readonly warn: (text: string) => void;
  /** The values in force are now these. */
  readonly onChange: (values: Readonly<Record<string, RuntimeValue>>) => void;
}

/** Envoy's limit of folders in folders. */
const MOST_DEPTH = 16;
const NOTHING: ReadonlyMap<string, RuntimeValue> = new Map();

export class RuntimeKeeper {
  /** Later ones win. */
  layers: readonly RuntimeLayer[] = [];
  private readonly messages: readonly LayerMessage[];
  private readonly options: RuntimeKeeperOptions;
  private readonly admin = new Map<string, string>();
  /** What RTDS files gave last that was good, by layer. */
  private readonly discovered = new Map<LayerMessage, ReadonlyMap<string, RuntimeValue>>();
  private readonly watches: Watch[] = [];

  constructor(bootstrap: Bootstrap, options: RuntimeKeeperOptions) {
    this.messages = bootstrap.layered_runtime?.layers ?? [];
    this.options = options;
    for (const layer of this.messages) if (layer.rtds_layer !== undefined) this.discover(layer, layer.rtds_layer);
    this.load();
  }

  get values(): Record<string, RuntimeValue> {
    return finalValues(this.layers);
  }

  /** Begins to follow files. */
  follow(): void {
    const { files } = this.options;
    for (const layer of this.messages) {
      const { disk_layer: disk, rtds_layer: rtds } = layer;
      if (disk !== undefined) this.watches.push(files.watch(disk.symlink_root ?? "", () => this.changed()));
      const file = fileOf(rtds?.rtds_config);
      if (rtds === undefined || file === undefined) continue;
      this.watches.push(files.watch(file, () => {
        if (this.discover(layer, rtds)) this.changed();
      }));
    }
  }

  close(): void {
    for (const watch of this.watches.splice(0)) watch.close();
  }

  /** `/runtime_modify`: an empty text takes a value back. False: there is no admin layer. */
  modify(texts: ReadonlyMap<string, string>): boolean {
    if (!this.messages.some((layer) => layer.admin_layer !== undefined)) return false;
    for (const [key, text] of texts) {
      this.admin.delete(key);
      if (text !== "") this.admin.set(key, text);
    }
    this.changed();
    return true;
  }

  private changed(): void {
    this.load();
    this.options.onChange(this.values);
  }

  private load(): void {
    const { stats } = this.options;
    let disks = 0;
    let errors = 0;
    this.layers = this.messages.flatMap((layer): RuntimeLayer[] => {
      const name = layer.name ?? "";
      if (layer.admin_layer !== undefined) return [textLayer(name, this.admin)];
      if (layer.rtds_layer !== undefined) return [{ name, values: this.discovered.get(layer) ?? NOTHING }];
      if (layer.disk_layer === undefined) return [{ name, values: flattenStruct(layer.static_layer ?? {}) }];
      const texts = this.readDisk(layer.disk_layer);
      if (texts === "absent") return [];
      if (texts === "broken") errors++;
      else disks++;
      return texts === "broken" ? [] : [textLayer(name, texts)];
    });
    stats.loaded({ layers: this.layers.length, keys: Object.keys(this.values).length, failed: errors > 0, severalDisks: disks > 1, adminOverrides: this.admin.size > 0 });
  }

  private readDisk({ symlink_root: root = "", subdirectory = "", append_service_cluster: append }: RuntimeLayer_DiskLayer): ReadonlyMap<string, string> | "absent" | "broken" {
    const folder = `${root}/${subdirectory}${append === true ? `/${this.options.serviceCluster}` : ""}`;
    const texts = new Map<string, string>();
    if (this.namesIn(folder) === null) return "absent";
    return this.walk(folder, "", 1, texts) ? texts : "broken";
  }

  private walk(folder: string, prefix: string, depth: number, into: Map<string, string>): boolean {
    if (depth > MOST_DEPTH) return false;
    for (const name of this.namesIn(folder) ?? []) {
      const key = prefix === "" ? name : `${prefix}.${name}`;
      const path = `${folder}/${name}`;
      const text = this.textOf(path);
      if (text === null) return false;
      if (text === undefined ? !this.walk(path, key, depth + 1, into) : false) return false;
      if (text !== undefined) into.set(key, textOfRuntimeFile(text));
    }
    return true;
  }

  private namesIn(folder: string): string[] | null {
    try {
      return this.options.files.list(folder);
    } catch {
      return null;
    }
  }

  /** Undefined: a folder. Null: it cannot be read. */
  private textOf(path: string): string | undefined | null {
    try {
      return this.options.files.readText(path);
    } catch (error) {
      return error instanceof FileError && error.code === "EISDIR" ? undefined : null;
    }
  }

  /** Reads an RTDS file; true: it gave the layer. What is wrong is told, and what was good goes on. */
  private discover(layer: LayerMessage, rtds: RuntimeLayer_RtdsLayer): boolean {
    const { files, stats, warn } = this.options;
    const path = fileOf(rtds.rtds_config);
    if (path === undefined) return false;
    const { outcome, version, messages, error } = readSource(files, path);
    const found = messages.filter(({ type }) => type === KINDS["runtime"]).map(({ message }) => message as RuntimeMessage);
    const [only] = found;
    if (outcome === "update_success" && found.length === 1 && only?.name === rtds.name) {
      this.discovered.set(layer, flattenStruct(only?.layer ?? {}));
      stats.updated({ outcome, version });
      return true;
    }
    stats.updated({ outcome: outcome === "update_success" ? "update_rejected" : outcome, version: undefined });
    const unexpected = found.length === 1 ? `unexpected RTDS runtime (expecting ${rtds.name ?? ""}): ${only?.name ?? ""}` : `unexpected RTDS resource length ${found.length}`;
    warn(`${path}: rejected: ${error === "" ? unexpected : error}; what it gave before goes on`);
    return false;
  }
}

function textLayer(name: string, texts: ReadonlyMap<string, string>): RuntimeLayer {
  return { name, values: new Map([...texts].map(([key, text]) => [key, runtimeValueOf(text)])), texts };
}
