/**
 * The keys of the Redis loads: set through the proxy; which server holds them is asked of the servers themselves, for through the
 * proxy one server that gets everything looks like two.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { command, KEYS, keyName, VALUE_BYTES } from '../load/redis.ts';

/** Share of the keys that each server must hold at least: hash rings are uneven, not this uneven. */
const LEAST_SHARE = 0.1;
const LIMIT_MS = 10_000;

/** Sends one command per key and gives back all replies, each of which must be `right`. Throws after LIMIT_MS. */
async function askEach(port: number, words: (key: string) => string[], right: RegExp): Promise<string[]> {
  const socket = connect({ port, host: '127.0.0.1' });
  const [verb] = words(keyName(0));
  const late = new AbortController();
  try {
    return await Promise.race([
      ask(),
      sleep(LIMIT_MS, null, { signal: late.signal }).then(() => {
        throw new Error(`Redis on port ${port} does not answer ${verb}`);
      }),
    ]);
  } finally {
    late.abort();
    socket.destroy();
  }

  async function ask(): Promise<string[]> {
    await once(socket, 'connect');
    let text = '';
    for (let i = 0; i < KEYS; i++) text += command(words(keyName(i)));
    socket.write(text);
    let got = '';
    for await (const chunk of socket) {
      got += (chunk as Buffer).toString('latin1');
      // What is behind the last CRLF is cut.
      const replies = got.split('\r\n').slice(0, -1);
      const wrong = replies.find((reply) => !right.test(reply));
      if (wrong !== undefined) throw new Error(`Redis on port ${port}, ${verb}: ${wrong.slice(0, 100)}`);
      if (replies.length >= KEYS) return replies;
    }
    throw new Error(`Redis on port ${port} closed during ${verb}`);
  }
}

/** The sum of the integers that `verb` answers for all keys. */
async function sumOf(port: number, verb: string): Promise<number> {
  const replies = await askEach(port, (key) => [verb, key], /^:\d+$/);
  return replies.reduce((sum, reply) => sum + Number(reply.slice(1)), 0);
}

/** Sets every key through a proxy, so that each lies on the server that proxy asks for it. */
export async function fillRedis(port: number, bytes = VALUE_BYTES): Promise<void> {
  await askEach(port, (key) => ['SET', key, 'x'.repeat(bytes)], /^\+OK$/);
}

/** Forgets what contenders before have set: their keys may lie elsewhere. */
export async function clearKeys(ports: readonly number[]): Promise<void> {
  for (const port of ports) await sumOf(port, 'DEL');
}

/** Throws when a server holds hardly any key. */
export async function mustBeSpread(ports: readonly number[]): Promise<void> {
  const held: number[] = [];
  for (const port of ports) held.push(await sumOf(port, 'EXISTS'));
  if (held.some((n) => n < KEYS * LEAST_SHARE)) {
    throw new Error(`the keys are not spread over the servers: they hold ${held.join(' and ')} of ${KEYS}`);
  }
}
