import { childProcess, fs } from "../platform/builtins.ts";

/** What an input holds, or why it cannot be read. Names are shown as the user gave them; `-` becomes `<stdin>`. */
export type Input = { readonly name: string; readonly bytes: Uint8Array } | { readonly name: string; readonly problem: string };

/** Larger inputs are refused: no configuration has this size, and a device file has no end. */
const MAX_BYTES = 512 << 20;

/** Reads a file, standard input (`-`), or a file of a git revision (`git:REV:PATH`). */
export function readInput(word: string): Input {
  if (word === "-") return attempt("<stdin>", () => fs().readFileSync(0));
  if (word.startsWith("git:")) return readRevision(word);
  return attempt(word, () => {
    const facts = fs().statSync(word);
    if (facts.isDirectory()) throw new Error("is a folder");
    if (facts.size > MAX_BYTES) throw new Error(`has ${facts.size} bytes, which is too large for a configuration`);
    return fs().readFileSync(word);
  });
}

function attempt(name: string, read: () => Uint8Array): Input {
  try {
    return { name, bytes: read() };
  } catch (error) {
    return { name, problem: readProblem(error) };
  }
}

/** Plain words for the errors that reading a file has. */
export function readProblem(error: unknown): string {
  const { code, message } = error as { code?: string; message: string };
  switch (code) {
    case "ENOENT": return "does not exist";
    case "ENOTDIR": return "does not exist: a part of its path is no folder";
    case "EACCES":
    case "EPERM": return "may not be read (permission denied)";
    case "EISDIR": return "is a folder";
    case "ELOOP": return "is a circle of symbolic links";
    default: return code === undefined ? message : `cannot be read (${code})`;
  }
}

function readRevision(word: string): Input {
  const [, revision, path] = /^git:([^:]*):(.+)$/.exec(word) ?? [];
  if (revision === undefined || path === undefined) return { name: word, problem: "is not git:REVISION:PATH" };
  if (revision.startsWith("-")) return { name: word, problem: `names no revision: ${revision}` };
  // `REV:./PATH` is relative to the current folder, `REV:PATH` to the root of the repository: a user means the first
  const object = `${revision}:${path.startsWith("/") || path.startsWith("./") || path.startsWith("../") ? path : `./${path}`}`;
  try {
    return { name: word, bytes: childProcess().execFileSync("git", ["cat-file", "blob", object], { maxBuffer: MAX_BYTES, stdio: ["ignore", "pipe", "pipe"] }) };
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: Uint8Array };
    const said = new TextDecoder().decode(stderr ?? new Uint8Array()).trim().split("\n")[0] ?? "";
    return { name: word, problem: code === "ENOENT" ? "needs git, which is not installed" : `is not known to git: ${said.replace(/^fatal: /, "")}` };
  }
}
