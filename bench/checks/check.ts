/** Is what a contender answers right? Asked before and after every timing, with Node's own clients, not with the bench's codec. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request as requestPlainly } from 'node:http';
import { connect as connectH2 } from 'node:http2';
import { request as requestSecurely, Agent as SecureAgent } from 'node:https';
import { connect } from 'node:net';
import { bodyOf, CHECK_HEADER, digestText, LARGE_BYTES, SMALL_BYTES } from '../backends/http1.ts';
import type { Group } from '../contenders/contender.ts';
import { MESSAGE_BYTES, STREAM_MESSAGES } from '../load/http2.ts';
import { command } from '../load/redis.ts';

/** ms for all answers; a proxy with a share of a CPU gets more (scenarios/edge.ts). */
const LIMIT_MS = 10_000;

function same(what: string, got: Buffer | string | number | undefined, want: Buffer | string | number): void {
  const equal = Buffer.isBuffer(got) && Buffer.isBuffer(want) ? got.equals(want) : got === want;
  if (equal) return;
  const show = (v: unknown): string => (Buffer.isBuffer(v) ? `${v.length} bytes` : JSON.stringify(v)).slice(0, 200);
  throw new Error(`${what}: expected ${show(want)}, got ${show(got)}${sizeHint(got, want)}`);
}

function sizeHint(got: unknown, want: unknown): string {
  return Buffer.isBuffer(got) && Buffer.isBuffer(want) && got.length === want.length ? ' that differ' : '';
}

/** Throws with what was wrong. */
export async function check(group: Group, port: number, limitMs = LIMIT_MS): Promise<void> {
  const timer = new AbortController();
  const late = new Promise<never>((_, reject) => {
    const t = setTimeout(() => reject(new Error(`no complete answer within ${limitMs / 1000} s`)), limitMs);
    timer.signal.addEventListener('abort', () => clearTimeout(t));
  });
  try {
    await Promise.race([CHECKS[group](port), late]);
  } finally {
    timer.abort();
  }
}

const CHECKS: Record<Group, (port: number) => Promise<void>> = {
  http1,
  grpc,
  redis,
  'redis-one': redis,
  'redis-session': redis,
  'redis-cluster': redis,
  tcp,
  tls,
};

/** Both protocols that ALPN may choose. */
async function tls(port: number): Promise<void> {
  await http1(port, true);
  const session = connectH2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  const failed = new Promise<never>((_, reject) => session.on('error', reject));
  try {
    const stream = session.request({ ':path': '/small' });
    const pieces: Buffer[] = [];
    stream.on('data', (piece: Buffer) => pieces.push(piece));
    const [headers] = await Promise.race([once(stream, 'response'), failed]);
    await Promise.race([once(stream, 'end'), failed]);
    same('HTTP/2, status', headers[':status'], 200);
    same('HTTP/2, body', Buffer.concat(pieces), bodyOf(SMALL_BYTES));
  } finally {
    session.destroy();
    failed.catch(() => {});
  }
}

async function http1(port: number, secure = false): Promise<void> {
  const keep = { keepAlive: true, maxSockets: 1 };
  const agent = secure ? new SecureAgent({ ...keep, rejectUnauthorized: false }) : new Agent(keep);
  const request = secure ? requestSecurely : requestPlainly;
  const ask = async (
    method: string,
    path: string,
    body?: Buffer,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: Buffer }> => {
    const req = request({ agent, host: '127.0.0.1', port, method, path, headers });
    req.end(body);
    const [res] = await once(req, 'response');
    const pieces: Buffer[] = [];
    for await (const piece of res) pieces.push(piece as Buffer);
    return { status: res.statusCode, body: Buffer.concat(pieces) };
  };
  try {
    for (let i = 0; i < 3; i++) {
      for (const [path, length] of [
        ['/small', SMALL_BYTES],
        ['/64k', LARGE_BYTES],
      ] as const) {
        const got = await ask('GET', path);
        same(`GET ${path}, status`, got.status, 200);
        same(`GET ${path}, body`, got.body, bodyOf(length));
      }
      const upload = await ask('POST', `/upload-${i}?q=1`, bodyOf(LARGE_BYTES));
      same('POST, status', upload.status, 200);
      same('POST, what arrived', upload.body.toString(), `/upload-${i}?q=1 ${LARGE_BYTES}`);
      // Each time other bytes: an answer cannot be that of the time before.
      const body = bodyOf(LARGE_BYTES + i);
      const path = `/digest-${i}?q=1`;
      const exact = await ask('POST', path, body, { [CHECK_HEADER]: `value ${i}` });
      same('POST, status', exact.status, 200);
      const want = digestText(path, createHash('sha256').update(body), `value ${i}`);
      same('POST, digest and header that arrived', exact.body.toString(), want);
    }
  } finally {
    agent.destroy();
  }
}

function grpcMessage(seed: number): Buffer {
  const b = Buffer.alloc(MESSAGE_BYTES + 5, 65 + (seed % 26));
  b[0] = 0;
  b.writeUInt32BE(MESSAGE_BYTES, 1);
  return b;
}

async function grpc(port: number): Promise<void> {
  const session = connectH2(`http://127.0.0.1:${port}`);
  const failed = new Promise<never>((_, reject) => session.on('error', reject));
  const call = async (method: string, messages: Buffer[], pingPong: boolean): Promise<Buffer> => {
    const stream = session.request({
      ':method': 'POST',
      ':path': `/bench.Echo/${method}`,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    let status = 0;
    let grpcStatus: unknown;
    let received = 0;
    let sent = 0;
    const pieces: Buffer[] = [];
    stream.on('response', (h) => {
      status = h[':status'] ?? 0;
    });
    stream.on('trailers', (h) => {
      grpcStatus = h['grpc-status'];
    });
    const next = (): void => {
      if (sent < messages.length) stream.write(messages[sent++]);
      else stream.end();
    };
    stream.on('data', (piece: Buffer) => {
      pieces.push(piece);
      received += piece.length;
      // Bidirectional: the next message only after the answer to the last one.
      if (pingPong && received === sent * (MESSAGE_BYTES + 5)) next();
    });
    if (pingPong) next();
    else {
      for (const m of messages) stream.write(m);
      stream.end();
    }
    await Promise.race([once(stream, 'end'), failed]);
    same(`${method}, status`, status, 200);
    same(`${method}, grpc-status in the trailers`, grpcStatus === undefined ? undefined : String(grpcStatus), '0');
    return Buffer.concat(pieces);
  };
  try {
    const one = grpcMessage(1);
    const unary = await Promise.all(Array.from({ length: 10 }, (_, i) => call('Unary', [grpcMessage(i)], false)));
    for (const [i, got] of unary.entries()) same('Unary, message', got, grpcMessage(i));
    same(
      'ServerStream, messages',
      await call('ServerStream', [one], false),
      Buffer.concat(Array(STREAM_MESSAGES).fill(one)),
    );
    const many = Array.from({ length: 20 }, (_, i) => grpcMessage(i));
    same('Bidi, messages', await call('Bidi', many, true), Buffer.concat(many));
  } finally {
    session.destroy();
    failed.catch(() => {});
  }
}

async function redis(port: number): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' });
  try {
    // Raw bytes: what a client sees, to the last one.
    const ask = async (text: string, want: string): Promise<void> => {
      socket.write(text, 'latin1');
      let got = '';
      while (got.length < want.length) {
        const [piece] = (await once(socket, 'data')) as [Buffer];
        got += piece.toString('latin1');
        if (!want.startsWith(got.slice(0, want.length))) break;
      }
      same(JSON.stringify(text.slice(0, 60)), got, want);
    };
    const bulk = (v: string): string => `$${v.length}\r\n${v}\r\n`;
    const keys = Array.from({ length: 20 }, (_, i) => `check:${i}`);
    await ask(keys.map((k, i) => command(['SET', k, `value ${i}`])).join(''), '+OK\r\n'.repeat(20));
    await ask(keys.map((k) => command(['GET', k])).join(''), keys.map((_, i) => bulk(`value ${i}`)).join(''));
    await ask(command(['GET', 'check:none']), '$-1\r\n');
    const mixed = [...keys.slice(0, 9), 'check:none', ...keys.slice(9)];
    const want = mixed.map((k) => (k === 'check:none' ? '$-1\r\n' : bulk(`value ${keys.indexOf(k)}`))).join('');
    await ask(command(['MGET', ...mixed]), `*${mixed.length}\r\n${want}`);
  } finally {
    socket.destroy();
  }
}

async function tcp(port: number): Promise<void> {
  await http1(port);
  // A stream's bytes, in order, and a client that leaves in the middle of it.
  const socket = connect({ port, host: '127.0.0.1' });
  try {
    socket.write('stream\n');
    const piece = bodyOf(256 * 1024);
    let at = 0;
    for await (const chunk of socket) {
      const b = chunk as Buffer;
      const from = at % piece.length;
      const n = Math.min(b.length, piece.length - from);
      same(`stream, bytes from ${at}`, b.subarray(0, n), piece.subarray(from, from + n));
      at += b.length;
      if (at > 2 * piece.length) break;
    }
  } finally {
    socket.destroy();
  }
}
