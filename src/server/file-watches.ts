/** Follows files, whichever they are at the moment. */
import type { Files, Watch } from "../platform/files.ts";

export class FileWatches {
  private readonly files: Files;
  private readonly changed: (file: string) => void;
  private watches: Watch[] = [];
  private followed = "";

  constructor(files: Files, changed: (file: string) => void) {
    this.files = files;
    this.changed = changed;
  }

  /** From now on these and no others. */
  follow(files: readonly string[]): void {
    const names = files.join("\n");
    if (names === this.followed) return;
    this.close();
    this.followed = names;
    this.watches = files.map((file) => this.files.watch(file, () => this.changed(file)));
  }

  close(): void {
    for (const watch of this.watches) watch.close();
    this.watches = [];
  }
}
