/**
 * A DiscoveryResponse that a file brings (ConfigSource with a path), read again when the file, or the folder that is watched instead, is replaced.
 * Mirrors source/extensions/config_subscription/filesystem/filesystem_subscription_impl.cc.
 */
import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { FileWatch } from '../process/file-watch.ts';
import { loadMessage } from './load.ts';
import { refuse } from './refusal.ts';
import type { ConfigSource, DiscoveryResponse } from './schema/types.ts';

const RESPONSE = 'envoy.service.discovery.v3.DiscoveryResponse';

export class ResponseFile {
  readonly path: string;
  private readonly watch: FileWatch;
  private turn: Promise<void> = Promise.resolve();
  private waiting = 0;

  /** `changed`: what to do when the file is another, in turn. Throws where there is nothing to read or to watch. */
  constructor(source: ConfigSource, changed: () => Promise<void>) {
    const about = source.pathConfigSource ?? source;
    const { path = '' } = about;
    const directory = source.pathConfigSource?.watchedDirectory?.path ?? '';
    this.path = path;
    this.watch = new FileWatch(() => this.enqueue(changed));
    if (!existsSync(path)) {
      const message = `paths must refer to an existing path in the system: '${path}' does not exist`;
      refuse(about, 'path', message, { here: true });
    }
    try {
      if (directory === '') this.watch.add(dirname(path), basename(path));
      else this.watch.add(directory, '');
    } catch {
      const message = `unable to add filesystem watch for file ${directory}/: No such file or directory`;
      refuse(about, 'watched_directory', message, { here: true });
    }
  }

  read(): Promise<DiscoveryResponse> {
    return loadMessage(RESPONSE, this.path);
  }

  /** One piece of work after the other; what is asked for while another waits is done by that one. Resolves after the last. */
  enqueue(work: () => Promise<void>): Promise<void> {
    if (this.waiting <= 1) {
      this.waiting++;
      this.turn = this.turn.then(work).finally(() => this.waiting--);
    }
    return this.turn;
  }

  close(): void {
    this.watch.close();
  }
}
