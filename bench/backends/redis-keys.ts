/**
 * Which Redis server holds the load's keys, asked of the servers themselves: through the proxy, one server that gets
 * everything looks like two.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { command, KEYS, keyName } from '../load/redis.ts';

/** Share of the keys that each server must hold at least: hash rings are uneven, not this uneven. */
const LEAST_SHARE = 0.1;
const LIMIT_MS = 10_000;

/** Sends the verb once per key; the sum of the integers that came back. */
async function sumOf(port: number, verb: string): Promise<number> {
  const socket = connect({ port, host: '127.0.0.1' });
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

  async function ask(): Promise<number> {
    await once(socket, 'connect');
    let text = '';
    for (let i = 0; i < KEYS; i++) text += command([verb, keyName(i)]);
    socket.write(text);
    let got = '';
    for await (const chunk of socket) {
      got += (chunk as Buffer).toString('latin1');
      const lines = got.split('\r\n');
      const wrong = lines.find((line) => line !== '' && !/^:\d*$/.test(line));
      if (wrong !== undefined) throw new Error(`Redis on port ${port}, ${verb}: ${wrong.slice(0, 100)}`);
      if (lines.length > KEYS) return lines.reduce((sum, line) => sum + Number(line.slice(1)), 0);
    }
    throw new Error(`Redis on port ${port} closed during ${verb}`);
  }
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
