/** Baseline: node:http2 server, http2-wrapper's request over one shared session, trailers passed on. `… PORT BACKEND`. */
import { type ClientHttp2Session, connect, createServer, type IncomingHttpHeaders } from 'node:http2';
import type { Readable, Writable } from 'node:stream';

type Answer = Readable & { statusCode: number; headers: IncomingHttpHeaders; trailers: IncomingHttpHeaders };
type Request = (options: object, done: (answer: Answer) => void) => Writable;
const name: string = 'http2-wrapper';
const loaded = (await import(name)) as { default?: { request: Request }; request?: Request };
const request = (loaded.request ?? loaded.default?.request) as Request;

const [port, backend] = process.argv.slice(2).map(Number);
let session: ClientHttp2Session | null = null;
function upstream(): ClientHttp2Session {
  if (session === null || session.closed || session.destroyed) {
    session = connect(`http://127.0.0.1:${backend}`);
    session.setMaxListeners(0);
    session.on('error', () => {});
  }
  return session;
}

const server = createServer({ settings: { maxConcurrentStreams: 10_000 } });
server.on('stream', (stream, headers) => {
  stream.on('error', () => {});
  const { ':path': path, ':method': method, ':scheme': _, ':authority': __, ...rest } = headers;
  const out = request(
    { h2session: upstream(), path, method, headers: rest, host: '127.0.0.1', port: backend },
    (answer) => {
      const { ':status': _, connection: __, ...answerHeaders } = answer.headers;
      stream.respond({ ...answerHeaders, ':status': answer.statusCode }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ ...answer.trailers }));
      answer.on('error', () => {});
      answer.pipe(stream);
    },
  );
  out.on('error', () => {
    if (!stream.destroyed) stream.close(2);
  });
  stream.pipe(out);
});
server.listen({ port, host: '127.0.0.1' });
