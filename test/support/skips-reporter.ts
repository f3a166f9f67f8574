/** Says of each test that did not run which one it is and why: a skip must not hide in a count. */
import { relative } from "node:path";
import type { Reporter, TestModule } from "vitest/node";

function skipsOf(module: TestModule): string[] {
  return [...module.children.allTests("skipped")].map((test) => {
    const result = test.result();
    const reason = (result.state === "skipped" ? result.note : undefined) ?? "what its file needs is not on this machine; the file says it at its start";
    return `SKIPPED ${relative(process.cwd(), module.moduleId)} > ${test.fullName}: ${reason}`;
  });
}

// The runner finds a reporter by its default export.
// oxlint-disable-next-line import/no-default-export
export default class SkipsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    // A filter by name skips all the rest: that needs no reason.
    if (process.argv.includes("-t")) return;
    for (const line of modules.flatMap(skipsOf)) console.log(line);
  }
}
