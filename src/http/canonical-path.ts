/**
 * The path of a URL in canonical form, as Chromium's URL library makes it: dot segments are resolved (`%2e` too), `\` is
 * `/`, a leading `/` is added, escapes of unreserved characters are undone, bytes that may not stand in a path are escaped.
 * Slashes are not merged. Null: the path holds a NUL, escaped or not.
 */
export function canonicalPath(path: string): string | null {
  if (PLAIN.test(path)) return path;
  let out = isSlash(path, 0) ? "" : "/";
  for (let i = 0; i < path.length; ) {
    const first = dotLength(path, i);
    if (first === 0) {
      const piece = canonicalCharacter(path, i);
      if (piece === null) return null;
      out += piece;
      i += isEscape(path, i) ? 3 : 1;
      continue;
    }
    const after = i + first;
    const second = dotLength(path, after);
    if (out.endsWith("/") && endsSegment(path, after)) i = after + 1;
    else if (out.endsWith("/") && second > 0 && endsSegment(path, after + second)) {
      out = parent(out);
      i = after + second + 1;
    } else {
      out += ".";
      i = after;
    }
  }
  return out;
}

/** Nothing to do: a leading slash, ordinary characters, no segment that begins with a dot. */
const PLAIN = /^(?:\/(?![.])[A-Za-z0-9\-._~!$&'()*+,:;=@[\]]*)+$/;

/** Ordinary characters, and those that are written plain when they come escaped. */
const PASS = /[A-Za-z0-9\-._~!$&'()*+,/:;=@[\]]/;
const UNRESERVED = /[A-Za-z0-9\-._~]/;

function endsSegment(path: string, at: number): boolean {
  return at >= path.length || isSlash(path, at);
}

function isSlash(path: string, at: number): boolean {
  return path[at] === "/" || path[at] === "\\";
}

function dotLength(path: string, at: number): number {
  if (path[at] === ".") return 1;
  return path[at] === "%" && path[at + 1] === "2" && (path[at + 2] === "e" || path[at + 2] === "E") ? 3 : 0;
}

function isEscape(path: string, at: number): boolean {
  return /^%[0-9A-Fa-f]{2}/.test(path.slice(at, at + 3));
}

function parent(out: string): string {
  return out.length <= 1 ? out : out.slice(0, out.lastIndexOf("/", out.length - 2) + 1);
}

function canonicalCharacter(path: string, at: number): string | null {
  const c = path[at] as string;
  if (c === "\\") return "/";
  if (c === "%") {
    if (!isEscape(path, at)) return "%";
    const code = Number.parseInt(path.slice(at + 1, at + 3), 16);
    if (code === 0) return null;
    return UNRESERVED.test(String.fromCharCode(code)) ? String.fromCharCode(code) : path.slice(at, at + 3);
  }
  if (c === "\0") return null;
  return PASS.test(c) ? c : `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}
