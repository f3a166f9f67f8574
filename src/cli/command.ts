import type { Args } from "./args.ts";
import type { Terminal } from "./terminal.ts";

/** One flag of a command: what parses it, what help prints and what completion offers. */
export interface Flag {
  /** Long name without dashes. */
  readonly name: string;
  /** One letter, without its dash. */
  readonly short?: string;
  /** What the value is called in help; absent: the flag takes no value. */
  readonly value?: string;
  /** May be given several times; every value is kept, in order. Otherwise a second one is a usage error. */
  readonly repeat?: boolean;
  /** The only values it takes. */
  readonly choices?: readonly string[];
  /** Says what is wrong with a value, or undefined. */
  readonly check?: (value: string) => string | undefined;
  readonly help: string;
  /** Shown in help; applied by the command itself. */
  readonly fallback?: string;
  /** The flag is taken for Envoy's sake and changes nothing here; this is the reason, printed when it is used. */
  readonly idle?: string;
  /** What completion offers for the value. */
  readonly completes?: "file";
}

export interface Positionals {
  /** As printed in the usage line, `[PATH...]`. */
  readonly usage: string;
  readonly min: number;
  readonly max: number;
  /** Words that completion offers; `file` stands for names of files. */
  readonly completes?: "file" | readonly string[];
}

export interface Example {
  /** The whole command line, without the program's name. */
  readonly line: string;
  readonly says: string;
}

/** One command: its data, and what it does. `run` answers the exit code: 0 fine, 1 findings, 2 usage or input. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Paragraphs under the usage line. */
  readonly about: string;
  readonly positionals: Positionals;
  readonly flags: readonly Flag[];
  readonly examples: readonly Example[];
  /** Reads words that are not its own but another program's, whose place it takes; undefined: they are its own. */
  readonly readForeign?: (words: readonly string[]) => Args | undefined;
  run(args: Args, terminal: Terminal, commands: readonly Command[]): Promise<number>;
}

/** The command line is wrong: exit code 2, with a hint to `--help`. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** An input, output or address cannot be used: exit code 2, without the hint. */
export class InputError extends Error {
  override readonly name = "InputError";
}
