import type { CodeEntry } from "./code-entry.ts";

/** 07xx: clusters and endpoints. */
export const CLUSTER_CODES = {
  LGT0701: {
    severity: "error",
    title: "Cluster name repeated",
    why: "Cluster names must differ.",
    fix: "Rename one of the clusters.",
  },
  LGT0702: {
    severity: "error",
    title: "Not an IP address",
    why: "Clusters of type STATIC and EDS take addresses, not names.",
    fix: "Write an address, or use type STRICT_DNS.",
  },
  LGT0703: {
    severity: "error",
    title: "eds_cluster_config outside an EDS cluster",
    why: "Only clusters of type EDS read eds_cluster_config.",
    fix: "Set type: EDS, or remove eds_cluster_config.",
  },
  LGT0704: {
    severity: "error",
    title: "EDS cluster without source",
    why: "An EDS cluster must say where its endpoints come from.",
    fix: "Add eds_cluster_config with eds_config.",
  },
  LGT0705: {
    severity: "warning",
    title: "Name does not resolve",
    why: "Requests to this cluster are answered 503 until the name resolves.",
    fix: "Check the spelling of the name and the name servers.",
  },
  LGT0707: {
    severity: "error",
    title: "Cluster rule",
    why: "Envoy refuses such a cluster.",
    fix: "Change the fields named in the message.",
  },
  LGT0708: {
    severity: "error",
    title: "Load balancing and cluster type",
    why: "The load balancing policy does not fit the cluster.",
    fix: "Choose another lb_policy, or another type.",
  },
  LGT0709: {
    severity: "error",
    title: "Health check rule",
    why: "Envoy refuses such a health check.",
    fix: "Change the fields named in the message.",
  },
} as const satisfies Record<string, CodeEntry>;
