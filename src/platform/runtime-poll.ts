/** The epoll descriptor of the runtime's loop in this thread: that which watches a socket just made here. Linux only. */
import { fs } from "./builtins.ts";

const FOLDER = "/proc/self";

/** Null where it cannot be told. */
export function runtimePoll(): number | null {
  if (typeof Bun === "undefined") return null;
  let probe: Bun.TCPSocketListener<undefined> | undefined;
  try {
    probe = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data(): void {} }, data: undefined });
    return watcherOf((probe as unknown as { readonly fd: number }).fd);
  } catch {
    return null;
  } finally {
    probe?.stop(true);
  }
}

function watcherOf(socket: number): number | null {
  const line = new RegExp(`^tfd:\\s+${socket}\\s`, "m");
  for (const name of fs().readdirSync(`${FOLDER}/fd`)) {
    try {
      if (fs().readlinkSync(`${FOLDER}/fd/${name}`) !== "anon_inode:[eventpoll]") continue;
      if (line.test(fs().readFileSync(`${FOLDER}/fdinfo/${name}`, "utf8"))) return Number(name);
    } catch {
      // closed meanwhile, by another thread
    }
  }
  return null;
}
