/** Many connections that do nothing: each asks once, is answered, and stays. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { answerLength } from '../backends/http1.ts';
import { ResponseReader, requestBytes } from './http1.ts';
import { GrpcLane, Link } from './http2.ts';
import type { Job } from './job.ts';
import type { Pacer } from './pacer.ts';

/** Opened at once; more would only fill the backlog. */
const AT_ONCE = 64;
const OPEN_TIMEOUT_MS = 5000;

export interface IdleConnection {
  readonly open: boolean;
  close(): void;
}

/** What is sent, and whether a chunk ends the right answer; throws where it is a wrong one. */
interface Question {
  bytes: Buffer;
  answers(chunk: Buffer): boolean;
}

function http1(path: string): Question {
  const reader = new ResponseReader(answerLength(path, 0));
  return {
    bytes: requestBytes(path, 0, false),
    answers(chunk) {
      const whole = reader.feed(chunk);
      if (reader.bad !== '') throw new Error(reader.bad);
      return whole;
    },
  };
}

const PONG = '+PONG\r\n';
function ping(): Question {
  let text = '';
  return {
    bytes: Buffer.from('*1\r\n$4\r\nPING\r\n'),
    answers(chunk) {
      text += chunk.toString('latin1');
      if (!PONG.startsWith(text)) throw new Error(`answer: ${text.slice(0, 80)}`);
      return text === PONG;
    },
  };
}

async function openSocket(port: number, question: Question): Promise<IdleConnection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, timeout: OPEN_TIMEOUT_MS });
  socket.on('timeout', () => socket.destroy(new Error('no answer')));
  await once(socket, 'connect');
  const answered = new Promise<void>((resolve, reject) => {
    socket.on('data', (chunk: Buffer) => {
      try {
        if (question.answers(chunk)) resolve();
      } catch (error) {
        reject(error);
      }
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed before the answer')));
  });
  socket.write(question.bytes);
  await answered;
  socket.setTimeout(0);
  return {
    get open() {
      return socket.readyState === 'open';
    },
    close: () => socket.destroy(),
  };
}

/** One unary call over a connection of HTTP/2. */
async function openHttp2(job: Job): Promise<IdleConnection> {
  const link = new Link(job);
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer')), OPEN_TIMEOUT_MS);
    const over = (fail: boolean): void => {
      clearTimeout(timer);
      if (fail) reject(new Error('the call failed'));
      else resolve();
    };
    const pacer = { done: () => over(false), failed: () => over(true) } as unknown as Pacer;
    new GrpcLane(pacer, link, { ...job, kind: 'grpc-unary' }).send();
  }).catch((error: unknown) => {
    link.close();
    throw error;
  });
  return link;
}

/** Resolves when all are open; failures are counted, not thrown. */
export async function openIdle(job: Job): Promise<{ connections: IdleConnection[]; failed: number }> {
  const { port, what, connections: count } = job;
  const one = (): Promise<IdleConnection> => {
    if (job.kind === 'idle-grpc') return openHttp2(job);
    return openSocket(port, what === 'ping' ? ping() : http1(what));
  };
  const connections: IdleConnection[] = [];
  let failed = 0;
  while (connections.length + failed < count) {
    const batch = Math.min(AT_ONCE, count - connections.length - failed);
    for (const done of await Promise.allSettled(Array.from({ length: batch }, one))) {
      if (done.status === 'fulfilled') connections.push(done.value);
      else failed++;
    }
  }
  return { connections, failed };
}
