/** Baseline: node:http server, undici Pool with `stream`, bodies piped. `undici.ts PORT BACKEND`. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';

interface PoolLike {
  stream(
    options: {
      path: string;
      method: string;
      headers: IncomingHttpHeaders;
      body: IncomingMessage | null;
      opaque: ServerResponse;
    },
    factory: (answer: { statusCode: number; headers: IncomingHttpHeaders; opaque: ServerResponse }) => Writable,
  ): Promise<unknown>;
}
const name: string = 'undici';
const { Pool } = (await import(name)) as { Pool: new (origin: string, options: object) => PoolLike };

const [port, backend] = process.argv.slice(2).map(Number);
const pool = new Pool(`http://127.0.0.1:${backend}`, { connections: 256, pipelining: 1 });

createServer((req, res) => {
  const { connection: _, host: __, ...headers } = req.headers;
  const hasBody = req.headers['content-length'] !== undefined || req.headers['transfer-encoding'] !== undefined;
  pool
    .stream(
      { path: req.url ?? '/', method: req.method ?? 'GET', headers, body: hasBody ? req : null, opaque: res },
      (answer) => {
        const { connection: _, 'keep-alive': __, ...answerHeaders } = answer.headers;
        answer.opaque.writeHead(answer.statusCode, answerHeaders);
        return answer.opaque;
      },
    )
    .catch(() => {
      if (!res.headersSent) res.writeHead(502);
      res.end();
    });
}).listen({ port, host: '127.0.0.1', backlog: 4096 });
