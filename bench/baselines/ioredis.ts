/**
 * Baseline: a RESP server by hand, ioredis behind it; keys are spread over the backends by a hash, MGET is split.
 * `ioredis.ts PORT BACKEND…`.
 */
import { createServer, type Socket } from 'node:net';

interface RedisLike {
  callBuffer(command: string, ...args: Buffer[]): Promise<Reply>;
  on(event: 'error', listener: () => void): void;
}
type Reply = Buffer | string | number | null | Reply[];
const name: string = 'ioredis';
const loaded = (await import(name)) as { Redis: new (options: object) => RedisLike };

const [port, ...backends] = process.argv.slice(2).map(Number);
const clients = backends.map((p) => {
  const client = new loaded.Redis({ port: p, host: '127.0.0.1', enableReadyCheck: false, disableClientInfo: true });
  client.on('error', () => {});
  return client;
});

function shard(key: Buffer): RedisLike {
  let h = 0;
  for (const byte of key) h = (h * 31 + byte) | 0;
  return clients[(h >>> 0) % clients.length];
}

function encode(reply: Reply): Buffer {
  if (reply === null) return Buffer.from('$-1\r\n');
  if (typeof reply === 'number') return Buffer.from(`:${reply}\r\n`);
  if (typeof reply === 'string') return Buffer.from(`+${reply}\r\n`);
  if (Array.isArray(reply)) return Buffer.concat([Buffer.from(`*${reply.length}\r\n`), ...reply.map(encode)]);
  return Buffer.concat([Buffer.from(`$${reply.length}\r\n`), reply, Buffer.from('\r\n')]);
}

async function run(words: Buffer[]): Promise<Buffer> {
  const [command, ...args] = words;
  const verb = command.toString('latin1').toUpperCase();
  try {
    if (verb === 'MGET') return encode(await Promise.all(args.map((key) => shard(key).callBuffer('GET', key))));
    const reply = await shard(args[0] ?? command).callBuffer(verb, ...args);
    // ioredis gives a status as a Buffer, too.
    return verb === 'SET' ? Buffer.from('+OK\r\n') : encode(reply);
  } catch (error) {
    return Buffer.from(`-ERR ${(error as Error).message}\r\n`);
  }
}

/** Whole requests at the start of the bytes, and how far they reach. */
function parse(b: Buffer): { requests: Buffer[][]; used: number } {
  const requests: Buffer[][] = [];
  let used = 0;
  for (;;) {
    let at = b.indexOf('\r\n', used);
    if (at < 0) break;
    const count = Number(b.toString('latin1', used + 1, at));
    const words: Buffer[] = [];
    at += 2;
    for (let i = 0; i < count; i++) {
      const end = b.indexOf('\r\n', at);
      if (end < 0) return { requests, used };
      const length = Number(b.toString('latin1', at + 1, end));
      if (b.length < end + 4 + length) return { requests, used };
      words.push(b.subarray(end + 2, end + 2 + length));
      at = end + 4 + length;
    }
    requests.push(words);
    used = at;
  }
  return { requests, used };
}

createServer({ noDelay: true }, (socket: Socket) => {
  let held: Buffer = Buffer.alloc(0);
  let last: Promise<void> = Promise.resolve();
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    const b = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    const { requests, used } = parse(b);
    held = b.subarray(used);
    if (requests.length === 0) return;
    const answers = Promise.all(requests.map(run));
    // Answers leave in the order of the requests.
    last = last.then(async () => {
      socket.write(Buffer.concat(await answers));
    });
  });
}).listen({ port, host: '127.0.0.1', backlog: 4096 });
