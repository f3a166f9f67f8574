/** How texts from files are shown on a terminal: never as control codes, and with known widths. */

const TAB_WIDTH = 4;

/** Replaces what could steer a terminal (controls, marks that change the direction of text) by visible signs; tabs become spaces. */
export function displayText(text: string): string {
  return text.replace(UNSAFE, (c) => {
    const code = c.charCodeAt(0);
    if (code === 9) return " ".repeat(TAB_WIDTH);
    if (code < 32) return String.fromCharCode(0x2400 + code);
    return code === 127 ? "\u2421" : "\uFFFD";
  });
}

const UNSAFE = /[\x00-\x1F\x7F-\x9F\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/g;

/** How many columns of a terminal a shown text takes: wide characters two, combining ones none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const c of text) width += charWidth(c);
  return width;
}

function charWidth(c: string): number {
  const code = c.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  if (COMBINING.test(c)) return 0;
  return WIDE.some(([from, to]) => code >= from && code <= to) ? 2 : 1;
}

const COMBINING = /^[\p{Mn}\p{Me}\p{Cf}]$/u;

/** East Asian wide and fullwidth characters, and emoji (Unicode Standard Annex 11), in blocks. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f], [0x2e80, 0x303e], [0x3041, 0x33ff], [0x3400, 0x4dbf], [0x4e00, 0x9fff], [0xa000, 0xa4cf], [0xac00, 0xd7a3],
  [0xf900, 0xfaff], [0xfe30, 0xfe6f], [0xff00, 0xff60], [0xffe0, 0xffe6], [0x1f300, 0x1f64f], [0x1f680, 0x1f6ff], [0x1f900, 0x1f9ff], [0x20000, 0x3fffd],
];

export interface Window {
  /** The part of the line that is shown, marks for what was left out included. */
  readonly text: string;
  /** Columns of the terminal before and under the marked part. */
  readonly before: number;
  readonly marked: number;
}

const ELLIPSIS = "\u2026";
/** How much of a long line stands before the mark. */
const LEAD = 30;

/**
 * Shows one line of a frame in `width` code points. `start` and `end` (code points from 0, `end` exclusive) are the
 * part to mark; `skip` code points are left out on the left, which the caller chooses alike for all lines of a frame.
 */
export function windowOf(line: string, start: number, end: number, skip: number, width: number): Window {
  const characters = Array.from(line);
  const shown = characters.slice(skip, skip + width);
  const head = skip > 0 && characters.length > 0 ? ELLIPSIS : "";
  const tail = characters.length > skip + width ? ELLIPSIS : "";
  const part = (from: number, to: number): string => displayText(shown.slice(Math.max(from - skip, 0), Math.max(to - skip, 0)).join(""));
  const text = head + displayText(shown.join("")) + tail;
  return { text, before: displayWidth(head + part(skip, start)), marked: displayWidth(part(start, end)) };
}

/** How many code points of a line to leave out on the left so that `start` is seen within `width`. */
export function skipFor(line: string, start: number, width: number): number {
  const { length } = Array.from(line);
  return length <= width || start < width - LEAD ? 0 : Math.max(0, start - LEAD);
}
