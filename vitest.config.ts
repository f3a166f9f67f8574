import { defineConfig } from "vitest/config";

/** `unit` is everything that needs no built binary and no other program; the rest are asked for by name. */
export default defineConfig({
  test: {
    // threads: the fork pool needs a channel call that Bun lacks
    pool: "threads",
    globalSetup: "test/support/scratch.ts",
    projects: [
      {
        test: {
          name: "unit",
          pool: "threads",
          include: ["test/**/*.test.ts"],
          exclude: ["test/e2e/**", "test/differential/**"],
          testTimeout: 20_000,
        },
      },
      { test: { name: "e2e", pool: "threads", include: ["test/e2e/**/*.test.ts"], testTimeout: 120_000, fileParallelism: false } },
      // a difference must show twice: two programs and their peers share the machine, and some cases turn on milliseconds
      { test: { name: "differential", pool: "threads", include: ["test/differential/**/*.test.ts"], testTimeout: 300_000, fileParallelism: false, retry: 1 } },
    ],
  },
});
