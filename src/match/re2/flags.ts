/** The settings that hold where a piece of a pattern stands; `(?i)` and its like change them. */
export const [FOLD_CASE, DOT_NEWLINE, ONE_LINE, NON_GREEDY, WAS_DOLLAR] = [1, 2, 4, 8, 16] as const;

/** What holds at the beginning of a pattern: `^` and `$` are the ends of the text, `.` is no newline, case counts. */
export const DEFAULT_FLAGS = ONE_LINE;
