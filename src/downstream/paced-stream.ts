/** A stream and the client's pace: reading from it stops when the upstream is slow, and whoever writes to it hears when it is slow itself. */
import type { DownstreamWatcher } from "../contract/http-filter.ts";
import { FLOW_PAUSED, FLOW_RESUMED } from "./manager-stats.ts";
import { RoutedStream } from "./routed-stream.ts";

export abstract class PacedStream extends RoutedStream {
  private watcher: DownstreamWatcher | null = null;
  /** When one is not enough. */
  private watchers: DownstreamWatcher[] | null = null;

  onDownstreamBlocked(blocked: boolean): void {
    this.watcher?.onDownstreamBlocked(blocked);
    if (this.watchers !== null) for (const watcher of this.watchers) watcher.onDownstreamBlocked(blocked);
  }

  pauseReading(): void {
    this.manager.stats.inc(FLOW_PAUSED);
    this.connection.pauseReading();
  }

  resumeReading(): void {
    this.manager.stats.inc(FLOW_RESUMED);
    this.connection.resumeReading();
  }

  watchBlocked(watcher: DownstreamWatcher): void {
    if (this.watcher === null) this.watcher = watcher;
    else (this.watchers ??= []).push(watcher);
    if (this.connection.blocked) watcher.onDownstreamBlocked(true);
  }
}
