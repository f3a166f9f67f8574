import type { Watch } from "../platform/files.ts";

/**
 * Does `work` now and again whenever one of the files that it names changes, until the user interrupts. Answers what
 * the last run answered.
 */
export async function watchFiles<T>(work: () => Promise<T>, filesOf: (result: T) => readonly string[]): Promise<T> {
  const [{ SystemClock }, { SystemFiles }, { Turn }] = await Promise.all([
    import("../platform/system-clock.ts"), import("../platform/system-files.ts"), import("../platform/turn.ts"),
  ]);
  const files = new SystemFiles(new SystemClock(new Turn((error) => { throw error; })));
  const interrupted = new Promise<"interrupted">((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve("interrupted"));
  });
  for (;;) {
    let watches: readonly Watch[] = [];
    const result = await work();
    const changed = new Promise<"changed">((resolve) => {
      watches = filesOf(result).map((file) => files.watch(file, () => resolve("changed")));
    });
    const event = await Promise.race([changed, interrupted]);
    for (const watch of watches) watch.close();
    if (event === "interrupted") return result;
  }
}
