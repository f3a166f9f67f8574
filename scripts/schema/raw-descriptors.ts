/**
 * Finds the serialized FileDescriptorProto that protoc-gen-go writes into each `.pb.go` file as joined Go string literals
 * (older versions: as a list of bytes).
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const SIMPLE: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, "\\": 92, '"': 34, "'": 39 };

/** Decodes one interpreted Go string literal (without its quotes) into bytes, pushed onto `out`. */
function unquote(body: string, out: number[]): void {
  for (const match of body.matchAll(/\\x([0-9a-f]{2})|\\([0-7]{3})|\\u([0-9a-f]{4})|\\U([0-9a-f]{8})|\\(.)|[^\\]+/gi)) {
    if (match[1] !== undefined) out.push(Number.parseInt(match[1], 16));
    else if (match[2] !== undefined) out.push(Number.parseInt(match[2], 8));
    else if (match[3] ?? match[4]) out.push(...Buffer.from(String.fromCodePoint(Number.parseInt(match[3] ?? match[4] ?? "", 16))));
    else if (match[5] !== undefined) out.push(SIMPLE[match[5]] ?? 0);
    else out.push(...Buffer.from(match[0]));
  }
}

/** Returns the descriptors in the text of a `.pb.go` file (none or one). */
export function descriptorsIn(text: string): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (const match of text.matchAll(/(?:const|var) file_\w+_rawDesc = ((?:\s*\+?\s*"(?:\\.|[^"\\\n])*")+)/g)) {
    const bytes: number[] = [];
    for (const literal of (match[1] ?? "").matchAll(/"((?:\\.|[^"\\\n])*)"/g)) unquote(literal[1] ?? "", bytes);
    found.push(Uint8Array.from(bytes));
  }
  for (const match of text.matchAll(/var file_\w+_rawDesc = \[\]byte\{([^}]*)\}/g)) {
    found.push(Uint8Array.from((match[1] ?? "").match(/0x[0-9a-f]{2}/g) ?? [], Number));
  }
  return found;
}

function goFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return /^(test|tests|testdata|internal)$/.test(entry.name) ? [] : goFiles(path);
      return entry.name.endsWith(".pb.go") ? [path] : [];
    });
}

/** Returns every descriptor below a module's folder, its tests left out. */
export function descriptorsBelow(folder: string): Uint8Array[] {
  return goFiles(folder).flatMap((file) => descriptorsIn(readFileSync(file, "utf8")));
}
