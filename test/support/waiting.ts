/** Resolves after `ms` milliseconds. */
export function delay(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

/** Asks `probe` again and again until it answers true; resolves to whether it did within `ms` milliseconds. */
export async function eventually(probe: () => boolean | Promise<boolean>, ms: number, every = 10): Promise<boolean> {
  const end = performance.now() + ms;
  for (;;) {
    if (await probe()) return true;
    if (performance.now() >= end) return false;
    await delay(every);
  }
}
