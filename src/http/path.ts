/** Path normalisation, in Envoy's order (envoy-semantics 1.1). What follows the first `?` is never touched. */
import { canonicalPath } from "./canonical-path.ts";

export interface PathOptions {
  /** `normalize_path` */
  readonly normalizePath: boolean;
  /** `merge_slashes` */
  readonly mergeSlashes: boolean;
  /** `path_with_escaped_slashes_action` */
  readonly escapedSlashes: "KEEP_UNCHANGED" | "REJECT_REQUEST" | "UNESCAPE_AND_REDIRECT" | "UNESCAPE_AND_FORWARD" | number;
  /** Runtime `http_reject_path_with_fragment`: otherwise the fragment is cut off. */
  readonly rejectFragment?: boolean;
}

export interface NormalPath {
  /** `redirect`: answer 307 with this path as the location. */
  readonly action: "continue" | "reject" | "redirect";
  readonly path: string;
}

/** Brings a `:path` into the form in which filters and routes see it. */
export function normalizePath(path: string, options: PathOptions): NormalPath {
  const fragment = path.indexOf("#");
  if (fragment >= 0) {
    if (options.rejectFragment !== false) return { action: "reject", path };
    path = path.slice(0, fragment);
  }
  const action = options.escapedSlashes;
  let redirect = false;
  if (action !== "KEEP_UNCHANGED") {
    const unescaped = unescapeSlashes(path);
    if (unescaped !== path) {
      if (action === "REJECT_REQUEST") return { action: "reject", path: unescaped };
      redirect = action === "UNESCAPE_AND_REDIRECT";
      path = unescaped;
    }
  }
  if (options.normalizePath) {
    const query = queryStart(path);
    const canonical = canonicalPath(path.slice(0, query));
    if (canonical === null) return { action: "reject", path };
    path = canonical + path.slice(query);
  }
  if (options.mergeSlashes) path = mergeSlashes(path);
  return { action: redirect ? "redirect" : "continue", path };
}

function queryStart(path: string): number {
  const query = path.indexOf("?");
  return query < 0 ? path.length : query;
}

function unescapeSlashes(path: string): string {
  const query = queryStart(path);
  return path.slice(0, query).replace(/%2[Ff]|%5[Cc]/g, (escape) => (escape[1] === "2" ? "/" : "\\")) + path.slice(query);
}

/** A path of nothing but slashes keeps two: Envoy puts back the first and the last without asking whether they are one. */
function mergeSlashes(path: string): string {
  const query = queryStart(path);
  if (query > 1 && /^\/+$/.test(path.slice(0, query))) return `//${path.slice(query)}`;
  return path.slice(0, query).replace(/\/{2,}/g, "/") + path.slice(query);
}
