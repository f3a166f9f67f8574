import { describe, expect, it } from "vitest";
import { displayText, displayWidth, skipFor, windowOf } from "../../src/diagnostics/display.ts";

describe("texts on a terminal", () => {
  it("show control characters instead of obeying them", () => {
    expect(displayText("a\u001b[1m\u0007\x7f\x9b\u202eb\tc")).toBe("a␛[1m␇␡\uFFFD\uFFFDb    c");
  });

  it("have the width of their characters", () => {
    expect(displayWidth("abc")).toBe(3);
    expect(displayWidth("日本")).toBe(4);
    expect(displayWidth("😀")).toBe(2);
    expect(displayWidth("e\u0301")).toBe(1);
  });

  it("are cut around the mark", () => {
    const line = `${"x".repeat(200)}MARK${"y".repeat(200)}`;
    const skip = skipFor(line, 200, 80);
    const window = windowOf(line, 200, 204, skip, 80);
    expect(window.text).toMatch(/^…x{30}MARKy+…$/);
    expect(window.text.slice(window.before, window.before + window.marked)).toBe("MARK");
    expect(skipFor("short", 3, 80)).toBe(0);
  });
});
