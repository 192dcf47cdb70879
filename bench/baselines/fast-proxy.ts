/** Baseline: fast-proxy as its README shows it. `fast-proxy.ts PORT BACKEND`. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

type Factory = (options: object) => {
  proxy(req: IncomingMessage, res: ServerResponse, url: string, options: object): void;
};
const name: string = 'fast-proxy';
const { default: fastProxy } = (await import(name)) as { default: Factory };

const [port, backend] = process.argv.slice(2).map(Number);
const { proxy } = fastProxy({ base: `http://127.0.0.1:${backend}` });

createServer((req, res) => proxy(req, res, req.url ?? '/', {})).listen({ port, host: '127.0.0.1', backlog: 4096 });
