/** `POST /logging`: the level of the server's log. legate has one logger, which Envoy too names `main`. */
import { type AdminEndpoint, textAnswer } from "./admin-endpoint.ts";
import type { AdminParams } from "./admin-params.ts";
import type { AdminState } from "./admin-state.ts";
import { LEVELS } from "./server-log.ts";

const LOGGER = "main";

const USAGE = `usage: /logging?<name>=<level> (change single level)
usage: /logging?paths=name1:level1,name2:level2,... (change multiple levels)
usage: /logging?level=<level> (change all levels)
usage: /logging?group=<group_name>:<level> (change group of loggers)
levels: ${LEVELS.join(" ")} \n`;

export const logging: AdminEndpoint = {
  path: "/logging", help: "query/change logging levels", mutates: true,
  params: [
    { name: "paths", help: "Change multiple logging levels by setting to <logger_name1>:<desired_level1>,<logger_name2>:<desired_level2>. If fine grain logging is enabled, use __FILE__ or a glob experision as the logger name. For example, source/common*:warning" },
    { name: "group", help: "Change given logger group to desired level, set to <logger_group_name>:<desired_level>. logger_group_name must be a logger name." },
    { name: "level", help: "desired logging level, this will change all loggers's level", choices: ["", ...LEVELS] },
  ],
  answer({ params }, state) {
    const error = changeLevel(params, state);
    const loggers = `active loggers:\n  ${LOGGER}: ${state.logLevel()}\n\n`;
    return error === undefined ? textAnswer(loggers) : textAnswer(`error: ${error}\n\n${USAGE}${loggers}`, 400);
  },
};

/** What is wrong with the parameters, in Envoy's words. */
function changeLevel(params: AdminParams, state: AdminState): string | undefined {
  const [only, ...others] = params.filled();
  if (only === undefined) return undefined;
  if (others.length > 0) return "invalid number of parameters";
  const [name, value] = only;
  if (name === "group") return "group parameter requires fine-grain logging to be enabled";
  if (name === "level") return setAll([[LOGGER, value]], state);
  if (name === "paths") return setAll(value.split(",").filter((pair) => pair.trim() !== "").map(splitPair), state);
  return setAll([[name, value]], state);
}

function splitPair(pair: string): [string, string] {
  const colon = pair.indexOf(":");
  return colon < 0 ? [pair, ""] : [pair.slice(0, colon), pair.slice(colon + 1)];
}

/** Sets all of them or none. */
function setAll(pairs: readonly (readonly [string, string])[], state: AdminState): string | undefined {
  for (const [name, level] of pairs) {
    if (name.trim() === "" || level.trim() === "") return "empty logger name or empty logger level";
    if (!(LEVELS as readonly string[]).includes(level)) return "unknown logger level";
  }
  if (pairs.some(([name]) => name !== LOGGER)) return "unknown logger name";
  const last = pairs.at(-1);
  if (last !== undefined) state.setLogLevel(last[1]);
  return undefined;
}
