/** A secret that is bytes: a token, a password. What filters read (GenericSecret; source/common/secret/secret_provider_impl.cc, ThreadLocalGenericSecretProvider). */
import { readDataSource } from '../config/data-source.ts';
import type { SecretEntry, SecretUser } from './secret.ts';

const NONE = Buffer.alloc(0);

export class GenericSecretValue implements SecretUser {
  /** As it is now; empty where none is there yet. Field reads cost nothing: whoever needs it reads it anew. */
  bytes: Buffer;
  private readonly entry: SecretEntry;

  constructor(entry: SecretEntry) {
    this.entry = entry;
    this.bytes = this.read();
    entry.watch(this);
  }

  get text(): string {
    return this.bytes.toString();
  }

  private read(): Buffer {
    const { current } = this.entry;
    return current === null ? NONE : readDataSource(current.genericSecret?.secret);
  }

  async secretChanged(): Promise<() => void> {
    const bytes = this.read();
    return () => {
      this.bytes = bytes;
    };
  }
}
