/** The endpoints that tell the server to do something. */
import { type AdminEndpoint, textAnswer } from "./admin-endpoint.ts";

const DONE = textAnswer("OK\n");

export const commands: readonly AdminEndpoint[] = [
  {
    path: "/healthcheck/fail", help: "cause the server to fail health checks", mutates: true,
    answer: (_, state) => {
      state.failHealthCheck(true);
      return DONE;
    },
  },
  {
    path: "/healthcheck/ok", help: "cause the server to pass health checks", mutates: true,
    answer: (_, state) => {
      state.failHealthCheck(false);
      return DONE;
    },
  },
  {
    path: "/drain_listeners", help: "drain listeners", mutates: true,
    params: [
      { name: "graceful", flag: true, help: "When draining listeners, enter a graceful drain period prior to closing listeners. This behaviour and duration is configurable via server options or CLI" },
      { name: "skip_exit", flag: true, help: "When draining listeners, drain the connections but never stop the listeners. The graceful parameter has no effect when this is set, since the drain period only delays stopping the listeners" },
      { name: "inboundonly", flag: true, help: "Drains all inbound listeners. traffic_direction field in envoy_v3_api_msg_config.listener.v3.Listener is used to determine whether a listener is inbound or outbound." },
    ],
    answer: ({ params }, state) => {
      state.drainListeners({ graceful: params.has("graceful"), skipExit: params.has("skip_exit"), inboundOnly: params.has("inboundonly") });
      return DONE;
    },
  },
  {
    path: "/quitquitquit", help: "exit the server", mutates: true,
    answer: (_, state) => {
      state.quit();
      return DONE;
    },
  },
  {
    path: "/reset_counters", help: "reset all counters to zero", mutates: true,
    answer: (_, state) => {
      state.stats.resetCounters();
      return DONE;
    },
  },
  {
    path: "/reopen_logs", help: "reopen access logs", mutates: true,
    answer: (_, state) => {
      state.reopenLogs();
      return DONE;
    },
  },
];
