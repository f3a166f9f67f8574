#!/usr/bin/env bun
import { currentThread } from "../src/platform/threads.ts";

const thread = currentThread();
if (thread === undefined) {
  const { main } = await import("../src/cli/main.ts");
  process.exit(await main(process.argv.slice(2)));
} else if (thread.role === "worker") {
  const { runWorker } = await import("../src/server/worker.ts");
  runWorker(thread);
} else {
  const { runCompiler } = await import("../src/server/compiler.ts");
  runCompiler(thread);
}
