/**
 * A Redis stand-in for the demo, never for anything else: a few string commands over a bounded map. Pipelines work; a
 * request it cannot parse closes the connection.
 */
import { createServer, type Server, type Socket } from 'node:net';

const MAX_KEYS = 10_000;
const MAX_REQUEST_BYTES = 1024 * 1024;

export function redisUpstream(): Server {
  const data = new Map<string, string>();
  return createServer((socket: Socket) => {
    socket.on('error', () => {});
    let held = '';
    // latin1 keeps bytes as they are.
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      held += chunk;
      let out = '';
      for (;;) {
        const request = parse(held);
        if (request === 'more') break;
        if (request === 'bad') {
          socket.end('-ERR Protocol error\r\n');
          return;
        }
        held = held.slice(request.length);
        out += reply(data, request.words);
      }
      if (out !== '') socket.write(out, 'latin1');
      if (held.length > MAX_REQUEST_BYTES) socket.destroy();
    });
  });
}

/** One array of bulk strings at the start of the text. */
function parse(text: string): { words: string[]; length: number } | 'more' | 'bad' {
  let at = 0;
  const header = (mark: string): number | 'more' | 'bad' => {
    const end = text.indexOf('\r\n', at);
    if (end < 0) return text.length - at > 32 ? 'bad' : 'more';
    const n = text[at] === mark ? Number(text.slice(at + 1, end)) : Number.NaN;
    if (!Number.isInteger(n) || n < 0 || n > MAX_REQUEST_BYTES) return 'bad';
    at = end + 2;
    return n;
  };
  const count = header('*');
  if (typeof count === 'string') return count;
  const words: string[] = [];
  for (let i = 0; i < count; i++) {
    const length = header('$');
    if (typeof length === 'string') return length;
    if (text.length < at + length + 2) return 'more';
    words.push(text.slice(at, at + length));
    at += length + 2;
  }
  return { words, length: at };
}

const bulk = (text: string | undefined): string => (text === undefined ? '$-1\r\n' : `$${text.length}\r\n${text}\r\n`);

function reply(data: Map<string, string>, [command = '', ...args]: string[]): string {
  const [key = '', value] = args;
  switch (command.toLowerCase()) {
    case 'ping':
      return '+PONG\r\n';
    case 'get':
      return bulk(data.get(key));
    case 'set':
      if (value === undefined) return "-ERR wrong number of arguments for 'set' command\r\n";
      if (data.size >= MAX_KEYS && !data.has(key)) return '-OOM the demo keeps 10000 keys\r\n';
      data.set(key, value);
      return '+OK\r\n';
    case 'incr': {
      const n = Number(data.get(key) ?? '0') + 1;
      if (!Number.isSafeInteger(n)) return '-ERR value is not an integer or out of range\r\n';
      data.set(key, String(n));
      return `:${n}\r\n`;
    }
    case 'del':
    case 'unlink':
      return `:${Number(data.delete(key))}\r\n`;
    case 'exists':
      return `:${Number(data.has(key))}\r\n`;
    case 'append':
      data.set(key, (data.get(key) ?? '') + (value ?? ''));
      return `:${data.get(key)?.length}\r\n`;
    case 'strlen':
      return `:${data.get(key)?.length ?? 0}\r\n`;
    default:
      return `-ERR unknown command '${command.slice(0, 32).replace(/[^\w]/g, '')}' (the demo's stand-in knows few)\r\n`;
  }
}
