/**
 * What a Redis node has executed, from its append-only file: Redis writes there before it answers, so that whatever it has acknowledged is in it, also
 * after SIGKILL.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Executed {
  readonly words: readonly string[];
  /** Seconds since 1970 (aof-timestamp-enabled); 0: it does not say. */
  readonly at: number;
}

/** What the node whose `--dir` this is has written or heard from its primary, oldest first, since its file began anew. */
export function executed(dir: string): Executed[] {
  const files = join(dir, 'appendonlydir');
  const number = (name: string): number => Number(/\.(\d+)\.incr\.aof$/.exec(name)?.[1] ?? -1);
  const names = readdirSync(files).filter((name) => number(name) >= 0);
  names.sort((a, b) => number(a) - number(b));
  return names.flatMap((name) => commands(readFileSync(join(files, name))));
}

function commands(bytes: Buffer): Executed[] {
  const all: Executed[] = [];
  let at = 0;
  let seconds = 0;
  /** Up to the end of the line; null: there is none any more. */
  const line = (): string | null => {
    const end = bytes.indexOf('\r\n', at);
    if (end < 0) return null;
    const text = bytes.toString('latin1', at, end);
    at = end + 2;
    return text;
  };
  for (;;) {
    const head = line();
    // The last one may be half: it has not been answered.
    if (head === null) return all;
    if (head.startsWith('#')) {
      seconds = Number(/^#TS:(\d+)/.exec(head)?.[1] ?? seconds);
      continue;
    }
    const words: string[] = [];
    const count = Number(head.slice(1));
    while (words.length < count) {
      const size = line();
      if (size === null) return all;
      const length = Number(size.slice(1));
      if (at + length + 2 > bytes.length) return all;
      words.push(bytes.toString('latin1', at, at + length));
      at += length + 2;
    }
    all.push({ words, at: seconds });
  }
}

const KEYLESS = new Set(['MULTI', 'EXEC', 'SELECT', 'PUBLISH', 'FLUSHALL', 'FLUSHDB']);
const MANY = new Set(['DEL', 'UNLINK']);

/** Keys of a command of the kind that clients of the model send, as Redis writes it down. */
export function keysOf(words: readonly string[]): readonly string[] {
  const name = words[0].toUpperCase();
  if (KEYLESS.has(name)) return [];
  return MANY.has(name) ? words.slice(1) : words.slice(1, 2);
}
