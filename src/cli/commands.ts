import { defineCommand, runCommand } from "citty";
import type { Command } from "./command.ts";
import { completion } from "./completion.ts";
import { demoCommand } from "./demo.ts";
import { diff } from "./diff.ts";
import { explain } from "./explain.ts";
import { health } from "./health.ts";
import { init } from "./init.ts";
import { migrateCommand } from "./migrate.ts";
import { serveCommand } from "./serve.ts";
import { simulateRoute } from "./simulate-route.ts";
import { startServer } from "./start-server.ts";
import { validate } from "./validate.ts";

/** Every command, in the order of help. Their modules are light: what is heavy they import when they run. */
export const COMMANDS: readonly Command[] = [serveCommand(startServer), validate, diff, simulateRoute, health, migrateCommand, explain, init, demoCommand(startServer), completion];

/** The command tree: answers what runs a command line whose first word is a known command, handing its words to `run`. */
export function commandTree(run: (command: Command, words: readonly string[]) => Promise<void>): (words: string[]) => Promise<unknown> {
  const root = defineCommand({
    meta: { name: "legate" },
    subCommands: Object.fromEntries(COMMANDS.map((command) => [
      command.name,
      defineCommand({ meta: { name: command.name, description: command.summary }, run: ({ rawArgs }) => run(command, rawArgs) }),
    ])),
  });
  return (rawArgs) => runCommand(root, { rawArgs });
}
