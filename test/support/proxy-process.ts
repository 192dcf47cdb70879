/** Starts a proxy (envoylet, real Envoy or any with Envoy's flags) on a config file and waits until it serves. */
import * as http from 'node:http';
import { fileURLToPath } from 'node:url';
import { Child } from './child.ts';
import { untilAccepting } from './ports.ts';

/** How to start envoylet: `ENVOYLET_CMD` (words separated by spaces), else the sources with this Node. */
export function envoyletCommand(): string[] {
  const words = process.env.ENVOYLET_CMD?.split(' ').filter((word) => word !== '');
  if (words !== undefined && words.length > 0) return words;
  return [process.execPath, fileURLToPath(new URL('../../src/main.ts', import.meta.url))];
}

export interface ProxyStart {
  /** Program and the arguments that come before `args`. */
  command: readonly string[];
  args: readonly string[];
  /** Wait for `/ready` there, or, without an admin listener, until this port accepts. */
  adminPort?: number;
  listenerPort?: number;
  timeoutMs?: number;
}

/** Rejects with the proxy's own output when it ends or is not ready in time (20 s unless told). */
export async function startProxy(start: ProxyStart): Promise<Child> {
  const [program, ...first] = start.command;
  const child = new Child(program!, [...first, ...start.args]);
  const limit = start.timeoutMs ?? READY_TIMEOUT_MS;
  const died = child.ended().then((code) => {
    throw new Error(`exited with ${code}`);
  });
  died.catch(() => {});
  try {
    const { adminPort, listenerPort } = start;
    if (adminPort !== undefined) await Promise.race([untilReady(adminPort, limit), died]);
    if (listenerPort !== undefined) await Promise.race([untilAccepting(listenerPort, limit), died]);
    return child;
  } catch (error) {
    await child.stop();
    throw new Error(`${child.command}: ${(error as Error).message}\n${child.output.slice(-4000)}`);
  }
}
const READY_TIMEOUT_MS = 20_000;
const POLL_MS = 25;

async function untilReady(port: number, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    if ((await get(port, '/ready'))?.status === 200) return;
    if (Date.now() > deadline) throw new Error(`not ready after ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** One request to an admin listener; undefined when it cannot be reached. */
export function get(
  port: number,
  path: string,
  method = 'GET',
): Promise<{ status: number; rawHeaders: string[]; body: string } | undefined> {
  return new Promise((resolve) => {
    const request = http.request({ port, host: '127.0.0.1', path, method, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => resolve(undefined));
      response.on('end', () => {
        const body = Buffer.concat(chunks).toString('latin1');
        resolve({ status: response.statusCode ?? 0, rawHeaders: response.rawHeaders, body });
      });
    });
    request.on('error', () => resolve(undefined));
    request.end();
  });
}
