import type { CodeEntry } from "./code-entry.ts";

/** 06xx: listeners and the HTTP connection manager. */
export const LISTENER_CODES = {
  LGT0601: {
    severity: "error",
    title: "Address used twice",
    why: "Two listeners claim one address and port.",
    fix: "Change the address or port of one of them.",
  },
  LGT0602: {
    severity: "error",
    title: "Filter order",
    why: "The last filter must be a terminal filter, and only the last.",
    fix: "Put the terminal filter (router, tcp_proxy, http_connection_manager, ...) at the end.",
  },
  LGT0603: {
    severity: "error",
    title: "Two ways to strip the port",
    why: "strip_any_host_port and strip_matching_host_port exclude each other.",
    fix: "Keep one of them.",
  },
  LGT0604: {
    severity: "error",
    title: "Two ways to find the client's address",
    why: "use_remote_address and original_ip_detection_extensions exclude each other.",
    fix: "Keep one of them.",
  },
  LGT0605: {
    severity: "error",
    title: "Listener without address",
    why: "A listener needs an address to listen on.",
    fix: "Add address with a socket_address.",
  },
  LGT0606: {
    severity: "error",
    title: "Not an IP address",
    why: "Listeners bind to addresses; names are not resolved.",
    fix: "Write an IPv4 or IPv6 address.",
  },
  LGT0607: {
    severity: "error",
    title: "Listener without filter chains",
    why: "Nothing would serve its connections.",
    fix: "Add filter_chains.",
  },
  LGT0608: {
    severity: "error",
    title: "Filter chains that match alike",
    why: "Two filter chains with the same rules: the second would never be chosen.",
    fix: "Give one of them a filter_chain_match of its own.",
  },
  LGT0609: {
    severity: "warning",
    title: "Filter chain without filters",
    why: "Its connections are closed at once.",
    fix: "Add a filter, such as the HTTP connection manager.",
  },
  LGT0610: {
    severity: "error",
    title: "Listener name repeated",
    why: "Listener names must differ.",
    fix: "Rename one of the listeners.",
  },
  LGT0611: {
    severity: "error",
    title: "Listener rule",
    why: "Envoy refuses such a listener.",
    fix: "Change the fields named in the message.",
  },
  LGT0612: {
    severity: "error",
    title: "Filter chain match",
    why: "Each connection must match one filter chain, and the match must be one that Envoy can read.",
    fix: "Change the match of one of the filter chains.",
  },
  LGT0613: {
    severity: "error",
    title: "HTTP connection manager rule",
    why: "Envoy refuses such a connection manager.",
    fix: "Change the fields named in the message.",
  },
  LGT0614: {
    severity: "error",
    title: "TLS context",
    why: "Envoy refuses such a TLS context.",
    fix: "Change the fields named in the message.",
  },
} as const satisfies Record<string, CodeEntry>;
