import { type AdminEndpoint, textAnswer } from "./admin-endpoint.ts";

export const ready: AdminEndpoint = {
  path: "/ready", help: "print server state, return 200 if LIVE, otherwise return 503",
  answer: (_, state) => textAnswer(`${state.state()}\n`, state.state() === "LIVE" ? 200 : 503),
};
