const DECIMAL = /^[ \t\n\v\f\r]*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[ \t\n\v\f\r]*$/;

/** The number that is the whole of a text (white space around it does not count), null if there is none. */
export function decimalOf(text: string): number | null {
  const found = DECIMAL.exec(text)?.[1];
  return found === undefined ? null : Number(found);
}
