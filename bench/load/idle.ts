/** Many connections that do nothing: each sends one request, is answered, and stays. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { answerLength } from '../backends/http1.ts';
import { ResponseReader, requestBytes } from './http1.ts';

/** Opened at once; more would only fill the backlog. */
const AT_ONCE = 64;
const OPEN_TIMEOUT_MS = 5000;

async function openOne(port: number, path: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, timeout: OPEN_TIMEOUT_MS });
  const reader = new ResponseReader(answerLength(path, 0));
  socket.on('timeout', () => socket.destroy(new Error('no answer')));
  await once(socket, 'connect');
  const answered = new Promise<void>((resolve, reject) => {
    socket.on('data', (chunk: Buffer) => {
      const whole = reader.feed(chunk);
      if (reader.bad !== '') reject(new Error(reader.bad));
      else if (whole) resolve();
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed before the answer')));
  });
  socket.write(requestBytes(path, 0, false));
  await answered;
  socket.setTimeout(0);
  return socket;
}

/** Resolves when all are open; failures are counted, not thrown. */
export async function openIdle(
  port: number,
  path: string,
  count: number,
): Promise<{ sockets: Socket[]; failed: number }> {
  const sockets: Socket[] = [];
  let failed = 0;
  while (sockets.length + failed < count) {
    const batch = Math.min(AT_ONCE, count - sockets.length - failed);
    const done = await Promise.allSettled(Array.from({ length: batch }, () => openOne(port, path)));
    for (const d of done) {
      if (d.status === 'fulfilled') sockets.push(d.value);
      else failed++;
    }
  }
  return { sockets, failed };
}
