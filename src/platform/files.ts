/** Files, as a value that is passed in. */

/** A file could not be read. `code` is the system's (ENOENT, EACCES, EISDIR, ...) or ETOOBIG. */
export class FileError extends Error {
  readonly code: string;
  readonly path: string;
  constructor(code: string, path: string) {
    super(`${path}: ${code}`);
    this.name = "FileError";
    this.code = code;
    this.path = path;
  }
}

export interface Watch {
  close(): void;
}

export interface Files {
  /** UTF-8. Throws FileError. For configuration, not for the data path: it blocks. */
  readText(path: string): string;
  /** Throws FileError. */
  readBytes(path: string): Buffer;
  /** Makes or replaces a file, UTF-8. Throws FileError. */
  writeText(path: string, text: string): void;
  exists(path: string): boolean;
  /** Names in a folder, sorted. Throws FileError. */
  list(path: string): string[];
  /**
   * Calls `onChange` after the file's content was or may have been replaced and has come to rest; it exists then. Works for files
   * that do not exist yet.
   */
  watch(path: string, onChange: () => void): Watch;
}
