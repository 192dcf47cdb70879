/** Baseline: node:http server, node:http client with a keep-alive Agent, streams piped. `node-http.ts PORT BACKEND`. */
import { Agent, createServer, request } from 'node:http';

const [port, backend] = process.argv.slice(2).map(Number);
const agent = new Agent({ keepAlive: true, maxSockets: 8192, scheduling: 'lifo' });

createServer((req, res) => {
  const { connection: _, ...headers } = req.headers;
  const out = request(
    { agent, host: '127.0.0.1', port: backend, method: req.method, path: req.url, headers },
    (answer) => {
      const { connection: _, 'keep-alive': __, ...answerHeaders } = answer.headers;
      res.writeHead(answer.statusCode ?? 502, answerHeaders);
      answer.pipe(res);
    },
  );
  out.on('error', () => {
    if (!res.headersSent) res.writeHead(502);
    res.end();
  });
  res.on('close', () => {
    if (!res.writableFinished) out.destroy();
  });
  req.pipe(out);
}).listen({ port, host: '127.0.0.1', backlog: 4096 });
