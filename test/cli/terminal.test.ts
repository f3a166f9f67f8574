import { expect, test } from "vitest";
import { Terminal } from "../../src/cli/terminal.ts";

const colors = (env: Record<string, string>, tty: boolean): boolean => new Terminal(env, () => tty, () => {}).colorOut;

test("colour follows the terminal unless NO_COLOR, FORCE_COLOR or --color says otherwise", () => {
  expect(colors({}, true)).toBe(true);
  expect(colors({}, false)).toBe(false);
  expect(colors({ NO_COLOR: "1" }, true)).toBe(false);
  expect(colors({ NO_COLOR: "" }, true)).toBe(true);
  expect(colors({ FORCE_COLOR: "1" }, false)).toBe(true);
  expect(colors({ FORCE_COLOR: "0" }, true)).toBe(false);
  expect(colors({ NO_COLOR: "1", FORCE_COLOR: "1" }, true)).toBe(false);
  expect(colors({ TERM: "dumb" }, true)).toBe(false);
  const terminal = new Terminal({ NO_COLOR: "1" }, () => false, () => {});
  terminal.color = "always";
  expect(terminal.colorOut).toBe(true);
});

test("nothing is written after the reader went away, on that stream only", () => {
  const written: string[] = [];
  const terminal = new Terminal({}, () => false, (fd, text) => {
    written.push(`${fd}${text}`);
    if (fd === 1) throw Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
  });
  terminal.out("a");
  terminal.out("b");
  terminal.err("c");
  expect(written).toEqual(["1a", "2c"]);
});

test("a new screen is begun where results go to a terminal that has screens, and nowhere else", () => {
  const written = (env: Record<string, string>, tty: (fd: number) => boolean): string => {
    let text = "";
    new Terminal(env, tty, (_fd, more) => { text += more; }).clear();
    return text;
  };
  expect(written({}, () => true)).toBe("\u001b[H\u001b[2J\u001b[3J");
  expect(written({}, (fd) => fd === 2)).toBe("");
  expect(written({ TERM: "dumb" }, () => true)).toBe("");
});

test("progress is a line of a terminal that the next output replaces", () => {
  const written: [number, string][] = [];
  const on = new Terminal({}, () => true, (fd, text) => written.push([fd, text]));
  on.progress("reading");
  on.progress("checking");
  on.out("found\n");
  on.progress("");
  expect(written).toEqual([[2, "\r\u001b[Kreading"], [2, "\r\u001b[Kchecking"], [2, "\r\u001b[K"], [1, "found\n"]]);
  written.length = 0;
  const off = new Terminal({}, () => false, (fd, text) => written.push([fd, text]));
  off.progress("reading");
  on.level = 0;
  on.progress("reading");
  expect(written).toEqual([]);
});
