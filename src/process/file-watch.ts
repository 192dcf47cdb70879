/**
 * Tells when something in a folder was moved or made: how files that are replaced whole (rename, Kubernetes' swap of a symbolic link) are noticed.
 * Envoy's watcher looks for moves alone (source/common/filesystem/inotify/watcher_impl.cc); Node tells moves, new files and deletions alike, so
 * whoever is told compares what it reads.
 */
import { type FSWatcher, watch } from 'node:fs';
import { logger } from '../log/logger.ts';

const log = logger('file');

/** ms during which further changes are waited for: a file that was just made is mostly not whole yet. */
const SETTLE_MS = 20;

export class FileWatch {
  private readonly watchers: FSWatcher[] = [];
  private readonly changed: () => void;
  private timer: NodeJS.Timeout | null = null;

  constructor(changed: () => void) {
    this.changed = changed;
  }

  /** `name`: a file of it; '' for any. Throws where there is no such folder. */
  add(directory: string, name: string): void {
    const watcher = watch(directory, { persistent: false }, (kind, file) => {
      if (kind !== 'rename' || (name !== '' && file !== null && file !== name)) return;
      this.timer ??= setTimeout(this.settled, SETTLE_MS);
    });
    watcher.on('error', (e) => log.warn(`watching ${directory} failed: ${e.message}`));
    this.watchers.push(watcher);
  }

  private readonly settled = (): void => {
    this.timer = null;
    this.changed();
  };

  close(): void {
    for (const w of this.watchers.splice(0)) w.close();
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }
}
