import type { Group } from "../case.ts";
import { balancing } from "./balancing.ts";
import { breakers } from "./breakers.ts";
import { clusterKinds } from "./cluster-kinds.ts";
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
import { http2 } from "./http2.ts";
import { grpcCalls } from "./grpc-calls.ts";
import { grpcFilters } from "./grpc-filters.ts";
import { http2Grpc } from "./http2-grpc.ts";
import { http2Upstreams } from "./http2-upstreams.ts";
import { expressions } from "./expressions.ts";
import { sessions } from "./sessions.ts";
import { tokens } from "./tokens.ts";
import { requestSyntax } from "./request-syntax.ts";
import { responses } from "./responses.ts";
import { listeners } from "./listeners.ts";
import { tcpTunnels } from "./tcp-tunnels.ts";
import { networkFilters } from "./network-filters.ts";
import { tcp } from "./tcp.ts";
import { tls } from "./tls.ts";
import { listenerFilters } from "./listener-filters.ts";
import { transports } from "./transports.ts";
import { tunnels } from "./tunnels.ts";
import { manager } from "./manager.ts";
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
  tls,
  listenerFilters,
  networkFilters,
  tcpTunnels,
  listeners,
  balancing,
  breakers,
  clusterKinds,
  limits,
  compression,
  authorization,
  http2,
  manager,
  http2Upstreams,
  http2Grpc,
  grpcFilters,
  grpcCalls,
  expressions,
  sessions,
  tokens, transports,
];
