import type { Flag } from "./command.ts";

/** Flags of every command. */
export const COMMON_FLAGS: readonly Flag[] = [
  { name: "color", value: "WHEN", choices: ["auto", "always", "never"], fallback: "auto", help: "Colour the output; auto: when it goes to a terminal. NO_COLOR and FORCE_COLOR are honoured." },
  { name: "quiet", short: "q", help: "No progress and no summary; results only." },
  { name: "verbose", short: "v", help: "More about what is done; the stack of an internal error." },
  { name: "help", short: "h", help: "Print this help." },
];

/** A check for flags that count: a whole number from `min` to `max`, decimal. */
export function wholeNumber(min: number, max: number): (value: string) => string | undefined {
  return (value) => {
    const fits = /^\d+$/.test(value) && Number(value) >= min && Number(value) <= max;
    return fits ? undefined : `"${value}" is not a whole number from ${min} to ${max}`;
  };
}
