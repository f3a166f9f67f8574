import { FileError, type Files, type Watch } from "./files.ts";

/** A folder tree that only a test changes; watchers hear of it at once. */
export class MemoryFiles implements Files {
  readonly #contents = new Map<string, Buffer>();
  readonly #watches = new Map<string, Set<() => void>>();

  set(path: string, content: string | Buffer): void {
    this.#contents.set(path, Buffer.from(content));
    for (const onChange of this.#watches.get(path) ?? []) onChange();
  }

  delete(path: string): void {
    this.#contents.delete(path);
  }

  readText(path: string): string {
    return this.readBytes(path).toString("utf8");
  }

  readBytes(path: string): Buffer {
    const content = this.#contents.get(path);
    if (content === undefined) throw new FileError(this.#under(path).length > 0 ? "EISDIR" : "ENOENT", path);
    return Buffer.from(content);
  }

  writeText(path: string, text: string): void {
    this.set(path, text);
  }

  exists(path: string): boolean {
    return this.#contents.has(path) || this.#under(path).length > 0;
  }

  list(path: string): string[] {
    const names = this.#under(path);
    if (names.length === 0) throw new FileError("ENOENT", path);
    return [...new Set(names)].sort();
  }

  watch(path: string, onChange: () => void): Watch {
    const all = this.#watches.get(path) ?? new Set();
    this.#watches.set(path, all.add(onChange));
    return { close: () => void all.delete(onChange) };
  }

  #under(folder: string): string[] {
    const prefix = folder.endsWith("/") ? folder : `${folder}/`;
    return [...this.#contents.keys()].filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length).split("/")[0] ?? "");
  }
}
