/** Baseline: httpxy's proxy server with a keep-alive Agent. `httpxy.ts PORT BACKEND`. */
import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http';

interface Proxy {
  web(req: IncomingMessage, res: ServerResponse): Promise<void>;
}
const name: string = 'httpxy';
const { createProxyServer } = (await import(name)) as { createProxyServer(options: object): Proxy };

const [port, backend] = process.argv.slice(2).map(Number);
const agent = new Agent({ keepAlive: true, maxSockets: 8192, scheduling: 'lifo' });
const proxy = createProxyServer({ target: `http://127.0.0.1:${backend}`, agent });

createServer((req, res) => {
  // Between us and the client only: passed on, it would end the kept upstream connections.
  delete req.headers.connection;
  proxy.web(req, res).catch(() => {
    if (!res.headersSent) res.writeHead(502);
    res.end();
  });
}).listen({ port, host: '127.0.0.1', backlog: 4096 });
