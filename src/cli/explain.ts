import { type Command, UsageError } from "./command.ts";
import { suggestion } from "./parse.ts";

/** Prints what a code of a finding means. */
export const explain: Command = {
  name: "explain",
  summary: "Say what a code such as LGT0201 means, why it is reported and what to do",
  about: "Without a code, every code is listed with its severity and title.",
  positionals: { usage: "[CODE]", min: 0, max: 1 },
  flags: [],
  examples: [
    { line: "explain LGT0201", says: "one code" },
    { line: "explain", says: "all of them" },
  ],
  run: async (args, terminal) => {
    const { CODES, codeEntry, isCode } = await import("../diagnostics/codes.ts");
    const known = Object.keys(CODES).filter(isCode).sort();
    const word = args.positionals[0];
    if (word === undefined) {
      for (const code of known) terminal.out(`${code}  ${codeEntry(code).severity.padEnd(7)}  ${codeEntry(code).title}\n`);
      return 0;
    }
    const code = word.toUpperCase();
    if (!isCode(code)) throw new UsageError(`there is no code ${word}${suggestion(code, known)}`);
    const { severity, title, why, fix } = codeEntry(code);
    terminal.out(`${code}: ${title} (${severity})\n\nWhy: ${why}\nFix: ${fix}\n`);
    return 0;
  },
};
