/** The demo's HTTP server: says what reached it, so that one sees what a proxy adds. */
import { createServer, type Server } from 'node:http';

export function httpUpstream(): Server {
  return createServer((request, response) => {
    const lines = [`hello from the demo's HTTP upstream`, `${request.method} ${request.url}`];
    for (const [name, value] of Object.entries(request.headers)) lines.push(`${name}: ${value}`);
    request.resume();
    request.on('end', () => {
      response.setHeader('content-type', 'text/plain');
      response.end(`${lines.join('\n')}\n`);
    });
  });
}
