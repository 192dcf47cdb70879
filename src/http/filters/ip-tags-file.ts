/**
 * The lists of ip_tagging that a file brings, read again when the folder that is watched changes: all filters of an event loop with the same
 * file share them. Mirrors IpTagsProvider (source/extensions/filters/http/ip_tagging/ip_tagging_filter.cc).
 */
import { readFileSync } from 'node:fs';
import { loadMessage } from '../../config/load.ts';
import { refuse } from '../../config/refusal.ts';
import type { DataSource, IPTaggingIPTag as IPTag, IPTaggingIPTags as IPTags } from '../../config/schema/types.ts';
import { logger } from '../../log/logger.ts';
import { FileWatch } from '../../process/file-watch.ts';
import type { Counter } from '../../stats/store.ts';
import type { ClusterLookup } from '../../upstream/cluster-ref.ts';

const IP_TAGS = 'envoy.extensions.filters.http.ip_tagging.v3.IPTagging.IPTags';
const log = logger('filter');

export class TagsFile {
  private readonly path: string;
  private text = '';
  private turn: Promise<void> = Promise.resolve();
  /** Who has to know: what is made of the lists, and where a reading is counted. */
  private readonly readers: ((tags: readonly IPTag[]) => void)[] = [];
  private tags: readonly IPTag[] = [];
  private reloads: Counter | null = null;

  constructor(path: string) {
    this.path = path;
  }

  watch(source: DataSource): void {
    const directory = source.watchedDirectory?.path ?? '';
    if (directory === '') return;
    try {
      new FileWatch(() => {
        this.turn = this.turn.then(() => this.reload());
      }).add(directory, '');
    } catch {
      const message = `unable to add filesystem watch for file ${directory}/: No such file or directory`;
      refuse(source, 'watched_directory', message, { here: true });
    }
  }

  /** `take` throws for lists that are wrong; it is called with each that the file brings, first the one that is there. */
  async read(take: (tags: readonly IPTag[]) => void, reloads: Counter): Promise<void> {
    if (this.readers.length === 0) await this.load();
    take(this.tags);
    this.readers.push(take);
    this.reloads ??= reloads;
  }

  private async load(): Promise<boolean> {
    const text = readFileSync(this.path, 'utf8');
    if (text === this.text) return false;
    const { ipTags = [] } = (await loadMessage(IP_TAGS, this.path)) as IPTags;
    this.text = text;
    this.tags = ipTags;
    return true;
  }

  /** What is wrong with it leaves the old lists. */
  private async reload(): Promise<void> {
    const { text, tags } = this;
    try {
      if (!(await this.load())) return;
      for (const take of this.readers) take(this.tags);
      this.reloads?.inc();
    } catch (e) {
      this.text = text;
      this.tags = tags;
      log.warn(`${this.path} is not read again: ${e instanceof Error ? e.message : String(e)}`);
    }
  }
}

const files = new WeakMap<ClusterLookup, Map<string, TagsFile>>();

/** The one of this event loop. */
export function tagsFile(source: DataSource, clusters: ClusterLookup): TagsFile {
  const { filename = '' } = source;
  if (filename === '') refuse(source, '', 'Cannot load tags from empty filename in datasource.');
  if (!filename.endsWith('.yaml') && !filename.endsWith('.json')) {
    refuse(source, 'filename', `Unsupported file format, unable to parse ip tags from file ${filename}`);
  }
  let known = files.get(clusters);
  if (known === undefined) files.set(clusters, (known = new Map()));
  let file = known.get(filename);
  if (file === undefined) {
    file = new TagsFile(filename);
    file.watch(source);
    known.set(filename, file);
  }
  return file;
}
