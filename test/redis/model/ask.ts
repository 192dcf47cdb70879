/** One command to a node itself, not through the proxy. */
import { createConnection } from 'node:net';
import { request } from '../harness.ts';
import { type Reply, read, show } from './replies.ts';

/** Behind AUTH where `password` says so. Fails where nobody answers. */
export function ask(port: number, ...words: string[]): Promise<Reply> {
  return asked(port, words, '');
}

export function asked(port: number, words: readonly string[], password: string): Promise<Reply> {
  const skipped = password === '' ? 0 : 1;
  return new Promise((resolve, reject) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    let got: Buffer = Buffer.alloc(0);
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`${port} has closed the connection`)));
    socket.on('data', (d) => {
      got = Buffer.concat([got, d]);
      let next = 0;
      for (let i = 0; ; i++) {
        const one = read(got, next);
        if (one === null) return;
        if (i === skipped) {
          resolve(one.reply);
          socket.destroy();
          return;
        }
        ({ next } = one);
      }
    });
    if (skipped > 0) socket.write(request('AUTH', password));
    socket.write(request(...words));
  });
}

/** Its text: of a bulk string what is in it. */
export async function said(port: number, ...words: string[]): Promise<string> {
  const reply = await ask(port, ...words);
  return typeof reply === 'string' ? reply : show(reply);
}
