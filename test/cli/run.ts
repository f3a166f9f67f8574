import { main } from "../../src/cli/main.ts";
import { Terminal } from "../../src/cli/terminal.ts";

/** What one command line printed and answered, run in this process. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function run(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const written = ["", "", ""];
  const terminal = new Terminal(env, () => false, (fd, text) => { written[fd] += text; });
  const code = await main(words, terminal);
  return { code, out: written[1] ?? "", err: written[2] ?? "" };
}
