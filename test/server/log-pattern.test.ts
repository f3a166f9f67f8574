import { expect, test } from "vitest";
import { compileLogPattern, DEFAULT_LOG_PATTERN } from "../../src/server/log-pattern.ts";

const EVENT = { wall: Date.UTC(2026, 0, 2, 3, 4, 5, 67), pid: 8, level: "warning", text: 'a "b"\nc' };

test.each([
  [DEFAULT_LOG_PATTERN, '[2026-01-02 03:04:05.067][8][warning][main] a "b"\nc\n'],
  ["%L%Y%m%d %H:%M:%S.%f %t %_", 'W20260102 03:04:05.067000 8 a "b"\\nc\n'],
  ['{"at":"%FT%T%z","l":"%l","m":"%j"}', '{"at":"2026-01-02T03:04:05+00:00","l":"warning","m":"a \\"b\\"\\nc"}\n'],
  ["100%% %^%v%$ %q%", '100% a "b"\nc %q%\n'],
])("%s", (pattern, line) => {
  expect(compileLogPattern(pattern)(EVENT)).toBe(line);
});
