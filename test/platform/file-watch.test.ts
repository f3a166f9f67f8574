import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync, appendFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FileWatch } from "../../src/platform/file-watch.ts";
import { SystemClock } from "../../src/platform/system-clock.ts";
import { Turn } from "../../src/platform/turn.ts";

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const clock = new SystemClock(new Turn((error) => { throw error; }));

describe("a watched file", () => {
  let folder: string;
  let seen: string[];
  let watch: FileWatch | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "watch-"));
    seen = [];
  });
  afterEach(() => {
    watch?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function follow(path: string): void {
    watch = new FileWatch(path, clock, () => seen.push(readFileSync(path, "utf8")));
  }

  async function heard(count: number, ms = 2500): Promise<void> {
    for (let waited = 0; waited < ms && seen.length < count; waited += 20) await sleep(20);
  }

  const at = (name: string): string => join(folder, name);

  it("is told of once when written in place, also in several pieces", async () => {
    writeFileSync(at("f"), "one");
    follow(at("f"));
    writeFileSync(at("f"), "two");
    await sleep(30);
    appendFileSync(at("f"), "-more");
    await heard(1);
    await sleep(250);
    expect(seen).toEqual(["two-more"]);
  });

  it("is told of when another is renamed onto it, again and again", async () => {
    writeFileSync(at("f"), "one");
    follow(at("f"));
    for (const text of ["two", "three"]) {
      writeFileSync(at("tmp"), text);
      renameSync(at("tmp"), at("f"));
      const before = seen.length;
      await heard(before + 1);
    }
    expect(seen).toEqual(["two", "three"]);
  });

  it("is told of when an editor moves it away and writes it anew", async () => {
    writeFileSync(at("f"), "one");
    follow(at("f"));
    renameSync(at("f"), at("f~"));
    writeFileSync(at("f"), "two");
    unlinkSync(at("f~"));
    await heard(1);
    expect(seen).toEqual(["two"]);
  });

  it("is told of when Kubernetes swaps the ..data link", async () => {
    const version = (name: string, text: string): void => {
      mkdirSync(at(name));
      writeFileSync(join(at(name), "f"), text);
      symlinkSync(name, at("..data_tmp"));
      renameSync(at("..data_tmp"), at("..data"));
    };
    version("..v1", "one");
    symlinkSync(join("..data", "f"), at("f"));
    follow(at("f"));
    version("..v2", "two");
    rmSync(at("..v1"), { recursive: true });
    await heard(1);
    version("..v3", "three");
    rmSync(at("..v2"), { recursive: true });
    await heard(2);
    expect(seen).toEqual(["two", "three"]);
  });

  it("is told of when a folder on its way is a link that is led elsewhere", async () => {
    for (const version of ["v1", "v2"]) {
      mkdirSync(join(at(version), "deep"), { recursive: true });
      writeFileSync(join(at(version), "deep", "f"), version);
    }
    symlinkSync("v1", at("current"));
    follow(join(at("current"), "deep", "f"));
    symlinkSync("v2", at("next"));
    renameSync(at("next"), at("current"));
    await heard(1, 1500);
    expect(seen).toEqual(["v2"]);
  });

  it("is told of when the file a link leads to changes in another folder", async () => {
    mkdirSync(at("far"));
    mkdirSync(at("near"));
    writeFileSync(join(at("far"), "f"), "one");
    symlinkSync(join(at("far"), "f"), join(at("near"), "f"));
    follow(join(at("near"), "f"));
    writeFileSync(join(at("far"), "f"), "two");
    await heard(1);
    expect(seen).toEqual(["two"]);
  });

  it("is told of when it appears, and not when it disappears", async () => {
    follow(at("f"));
    writeFileSync(at("f"), "one");
    await heard(1);
    unlinkSync(at("f"));
    await sleep(250);
    expect(seen).toEqual(["one"]);
    writeFileSync(at("f"), "two");
    await heard(2);
    expect(seen).toEqual(["one", "two"]);
  });

  it("is told of when even its folder comes later", async () => {
    follow(join(at("later"), "f"));
    mkdirSync(at("later"));
    writeFileSync(join(at("later"), "f"), "one");
    await heard(1, 5000);
    expect(seen).toEqual(["one"]);
  });

  it("neighbours are not told of, and nothing after close()", async () => {
    writeFileSync(at("f"), "one");
    follow(at("f"));
    writeFileSync(at("g"), "x");
    await sleep(250);
    watch?.close();
    writeFileSync(at("f"), "two");
    await sleep(250);
    expect(seen).toEqual([]);
  });

  it("that changes all the time is told of all the same", async () => {
    writeFileSync(at("f"), "one");
    follow(at("f"));
    for (let i = 0; i < 40 && seen.length === 0; i++) {
      writeFileSync(at("f"), `v${i}`);
      await sleep(50);
    }
    expect(seen.length).toBeGreaterThan(0);
  });
});
