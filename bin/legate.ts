#!/usr/bin/env bun
import { main } from "../src/cli/main.ts";
import { currentThread } from "../src/platform/threads.ts";

/** The threads of `serve` start this module again; the role they were given says what they are. */
const thread = currentThread();
if (thread === undefined) process.exitCode = await main(process.argv.slice(2), import.meta.url);
else if (thread.role === "compiler") (await import("../src/server/compiler.ts")).runCompiler(thread);
else (await import("../src/server/worker.ts")).runWorker(thread);
