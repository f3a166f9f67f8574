/** The packed route tables, made by the compiler thread, shared with all workers. */
import type { CompiledResource } from "../resources/resource.ts";
import type { Loaded } from "./compilation.ts";

export class TableIndexes {
  private byText = new Map<string, SharedArrayBuffer>();

  /** Keeps what `wanted` still needs and takes what is new. By the text of the table: one that a refused file keeps must not meet the index of its successor. */
  take({ configuration, indexes }: Loaded, wanted: readonly CompiledResource[]): void {
    const fresh = new Map<unknown, unknown>();
    for (let i = 0; i + 1 < indexes.length; i += 2) fresh.set(indexes[i], indexes[i + 1]);
    const before = this.byText;
    this.byText = new Map();
    const keep = (text: string, index: unknown): void => {
      if (index !== undefined) this.byText.set(text, index as SharedArrayBuffer);
    };
    for (const { text } of wanted) keep(text, before.get(text));
    for (const { type, name, text } of configuration.resources) if (type === "route") keep(text, fresh.get(name));
  }

  /** A packed table crosses as it is packed: without its text, which no worker would read. */
  withoutText(resource: CompiledResource): CompiledResource {
    return resource.type === "route" && this.byText.has(resource.text) ? { ...resource, text: "" } : resource;
  }

  /** Names and packed tables by turns, as a change carries them. */
  of(resources: readonly CompiledResource[]): (string | SharedArrayBuffer)[] {
    return resources.flatMap((resource) => {
      const index = resource.type === "route" ? this.byText.get(resource.text) : undefined;
      return index === undefined ? [] : [resource.name, index];
    });
  }
}
