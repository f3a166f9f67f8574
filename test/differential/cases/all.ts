import type { Group } from "../case.ts";
import { balancing } from "./balancing.ts";
import { connections } from "./connections.ts";
import { edge } from "./edge.ts";
import { failures } from "./failures.ts";
import { forwarding } from "./forwarding.ts";
import { replies } from "./replies.ts";
import { filters } from "./filters.ts";
import { guards } from "./guards.ts";
import { tagging } from "./tagging.ts";
import { faults } from "./faults.ts";
import { access } from "./access.ts";
import { limits } from "./limits.ts";
import { compression } from "./compression.ts";
import { authorization } from "./authz.ts";
import { sessions } from "./sessions.ts";
import { tokens } from "./tokens.ts";
import { requestSyntax } from "./request-syntax.ts";
import { responses } from "./responses.ts";
import { tcpTunnels } from "./tcp-tunnels.ts";
import { networkFilters } from "./network-filters.ts";
import { tcp } from "./tcp.ts";
import { tunnels } from "./tunnels.ts";
import { rewriting } from "./rewriting.ts";
import { routing } from "./routing.ts";

/** Every group of cases, in the order in which they are run. */
export const groups: readonly Group[] = [
  requestSyntax,
  connections,
  responses,
  failures,
  forwarding,
  routing,
  rewriting,
  edge,
  tunnels,
  replies,
  filters,
  guards,
  tagging,
  faults,
  access,
  tcp,
  networkFilters,
  tcpTunnels,
  balancing,
  limits,
  compression,
  authorization,
  sessions,
  tokens,
];
