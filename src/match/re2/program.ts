/** A program of RE2's instructions over bytes. Instruction 0 never matches. */
export const [ALT, ALT_MATCH, BYTES, CAPTURE, CONDITION, MATCH, NOP, FAIL] = [0, 1, 2, 3, 4, 5, 6, 7] as const;

/** Conditions without width, one bit each. */
export const [BEGIN_LINE, END_LINE, BEGIN_TEXT, END_TEXT, WORD_BOUNDARY, NO_WORD_BOUNDARY] = [1, 2, 4, 8, 16, 32] as const;

/**
 * | op        | out       | arg                                            |
 * |-----------|-----------|------------------------------------------------|
 * | ALT       | preferred | the other way                                  |
 * | BYTES     | next      | `low << 9`, `high << 1`, 1: letters fold        |
 * | CAPTURE   | next      | register: twice the group, one more at its end |
 * | CONDITION | next      | its bit                                        |
 */
export interface Program {
  readonly op: readonly number[];
  readonly out: readonly number[];
  readonly arg: readonly number[];
  /** Where a match at the beginning of the text starts, and one anywhere. */
  readonly start: number;
  readonly search: number;
  /** Whether the pattern's own anchors, which are not in the program, bind it to the ends of the text. */
  readonly anchoredAtStart: boolean;
  readonly anchoredAtEnd: boolean;
}

const [UPPER_A, UPPER_Z, TO_LOWER] = [65, 90, 32] as const;

/** Whether a BYTES instruction with this argument takes a byte. */
export function takesByte(arg: number, byte: number): boolean {
  const folded = (arg & 1) === 1 && byte >= UPPER_A && byte <= UPPER_Z ? byte + TO_LOWER : byte;
  return folded >= arg >>> 9 && folded <= ((arg >>> 1) & 0xff);
}
