/**
 * Free TCP ports for processes that must be told their port. Taken below the kernel's ephemeral range (32768 on Linux),
 * so that no outgoing connection of another test can take one between the check and its use.
 */
import { once } from 'node:events';
import * as net from 'node:net';

const FIRST = 20_000;
const COUNT = 12_000;
const taken = new Set<number>();
let next = (process.pid * 97) % COUNT;

/** A port of 127.0.0.1 on which nothing listens, never the same one twice in this process. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < COUNT; tries++) {
    const port = FIRST + next;
    next = (next + 1) % COUNT;
    if (!taken.has(port) && (await bindable(port))) {
      taken.add(port);
      return port;
    }
  }
  throw new Error(`no free port between ${FIRST} and ${FIRST + COUNT}`);
}

async function bindable(port: number): Promise<boolean> {
  const server = net.createServer();
  try {
    server.listen(port, '0.0.0.0');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/** Resolves when something accepts on the port; rejects after `timeoutMs`. */
export async function untilAccepting(port: number, timeoutMs: number, host = '127.0.0.1'): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    if (await accepts(port, host)) return;
    if (Date.now() > deadline) throw new Error(`nothing listens on ${host}:${port} after ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
const POLL_MS = 25;

function accepts(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
