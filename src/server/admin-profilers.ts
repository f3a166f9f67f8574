/** Envoy's profilers and tracers, none of which is built in: each answers as an Envoy that lacks it. */
import { type AdminAnswer, type AdminEndpoint, type AdminParam, type AdminRequest, PLAIN, textAnswer } from "./admin-endpoint.ts";

const SWITCH = ["y", "n"];

function switchParam(help: string): readonly AdminParam[] {
  return [{ name: "enable", help, choices: SWITCH }];
}

/** The answer to anything but `?enable=y` or `?enable=n`. */
function badSwitch({ params }: AdminRequest): AdminAnswer | undefined {
  return params.size === 1 && SWITCH.includes(params.get("enable")) ? undefined : textAnswer("?enable=<y|n>\n", 400);
}

export const profilers: readonly AdminEndpoint[] = [
  {
    path: "/allocprofiler", help: "enable/disable the allocation profiler (if supported)", mutates: true, params: switchParam("enable/disable the allocation profiler"),
    answer: (request) => badSwitch(request) ?? textAnswer("Allocation profile is not implemented in current build", 400),
  },
  {
    path: "/contention", help: "dump current Envoy mutex contention stats (if enabled)",
    answer: () => textAnswer("Mutex contention tracing is not enabled. To enable, run Envoy with flag --enable-mutex-tracing."),
  },
  {
    path: "/cpuprofiler", help: "enable/disable the CPU profiler", mutates: true, params: switchParam("enables the CPU profiler"),
    answer: (request) => badSwitch(request) ?? (request.params.get("enable") === "y" ? textAnswer("failure to start the profiler", 500) : textAnswer("OK\n")),
  },
  { path: "/heap_dump", help: "dump current Envoy heap (if supported)", answer: () => textAnswer("Heap profile is not implemented in current build", 501) },
  {
    path: "/heapprofiler", help: "enable/disable the heap profiler", mutates: true, params: switchParam("enable/disable the heap profiler"),
    answer: () => textAnswer("The current build does not support heap profiler", 501),
  },
  { path: "/memory/tcmalloc", help: "print TCMalloc stats", answer: () => ({ status: 501, type: PLAIN, body: "Envoy was not built with tcmalloc.\n" }) },
  { path: "/peak_heap_dump", help: "dump peak Envoy heap (if supported)", answer: () => textAnswer("Peak heap profile is not implemented in current build", 501) },
];

const NOT_RECORDED = "legate does not record stat-name lookups\n";

/** Names of statistics are looked up when configuration is opened, never by traffic: there is nothing to record. */
export const lookups: readonly AdminEndpoint[] = [
  {
    path: "/stats/recentlookups", help: "Show recent stat-name lookups",
    answer: () => textAnswer("Lookup tracking is not enabled. Use /stats/recentlookups/enable to enable.\n\ntotal: 0\n"),
  },
  { path: "/stats/recentlookups/clear", help: "clear list of stat-name lookups and counter", mutates: true, answer: () => textAnswer("OK\n") },
  { path: "/stats/recentlookups/disable", help: "disable recording of reset stat-name lookup names", mutates: true, answer: () => textAnswer("OK\n") },
  { path: "/stats/recentlookups/enable", help: "enable recording of reset stat-name lookup names", mutates: true, answer: () => textAnswer(NOT_RECORDED, 501) },
];
