/** A route's `key_formatter`: what stands before, between and behind the keys that are sent. Role of PrefixRoutes::formatKey (redis_proxy/router_impl.cc). */
import type { Connection } from '../transport/connection.ts';

export const KEY = '%KEY%';

/** Bytes, or what the client's connection makes of a command. */
export type KeyPart = Buffer | ((connection: Connection) => Buffer);

export class KeyForm {
  /** A key stands between each two. */
  private readonly parts: readonly KeyPart[];

  constructor(parts: readonly KeyPart[]) {
    this.parts = parts;
  }

  /** Of text and keys alone; null where there is more to it. */
  static plain(format: string): KeyForm | null {
    const texts = format.split(KEY);
    return texts.some((t) => t.includes('%')) ? null : new KeyForm(texts.map((t) => Buffer.from(t)));
  }

  /** The key that is sent; itself where nothing is left of it. */
  of(key: Buffer, connection: Connection): Buffer {
    const pieces: Buffer[] = [];
    for (const [i, part] of this.parts.entries()) {
      if (i > 0) pieces.push(key);
      pieces.push(typeof part === 'function' ? part(connection) : part);
    }
    const made = Buffer.concat(pieces);
    return made.length > 0 ? made : key;
  }
}
