/** `30s`, `500ms`, `2m`, or a number of seconds, in ms; undefined for anything else and for more than a day. */
export function timeSpan(text: string): number | undefined {
  const [, number, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  if (number === undefined) return undefined;
  const ms = Number(number) * (UNITS[unit] ?? 1000);
  return ms <= 86_400_000 ? ms : undefined;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A check for flags that take a time; `least` in ms. */
export function isTimeSpan(least: number): (value: string) => string | undefined {
  return (value) => {
    const ms = timeSpan(value);
    return ms !== undefined && ms >= least ? undefined : `"${value}" is no time such as 500ms, 5s or 2m`;
  };
}
