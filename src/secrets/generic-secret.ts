/** A secret that is bytes: a token, a password. What filters read (GenericSecret; source/common/secret/secret_provider_impl.cc, ThreadLocalGenericSecretProvider). */
import { readDataSource } from '../config/data-source.ts';
import type { SecretEntry, SecretUser } from './secret.ts';

const NONE = Buffer.alloc(0);

type Entries = ReadonlyMap<string, Buffer>;
const NO_ENTRIES: Entries = new Map();

export class GenericSecretValue implements SecretUser {
  /** As it is now; empty where none is there yet. Field reads cost nothing: whoever needs it reads it anew. */
  bytes: Buffer;
  /** Of a secret with several values; empty for one with a single value. */
  entries: Entries;
  private readonly entry: SecretEntry;

  constructor(entry: SecretEntry) {
    this.entry = entry;
    this.bytes = this.read();
    this.entries = this.readEntries();
    entry.watch(this);
  }

  get text(): string {
    return this.bytes.toString();
  }

  private read(): Buffer {
    const { current } = this.entry;
    return current === null ? NONE : readDataSource(current.genericSecret?.secret);
  }

  private readEntries(): Entries {
    const sources = this.entry.current?.genericSecret?.secrets;
    if (sources === undefined) return NO_ENTRIES;
    return new Map(Array.from(sources, ([name, source]) => [name, readDataSource(source)]));
  }

  async secretChanged(): Promise<() => void> {
    const bytes = this.read();
    const entries = this.readEntries();
    return () => {
      this.bytes = bytes;
      this.entries = entries;
    };
  }
}
