/**
 * The demo's gRPC service, `demo.Greeter/SayHello`: HelloRequest { string name = 1; } → HelloReply { string message = 1; }.
 * On node:http2, which is fine for a demo and only there.
 */
import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';

/** gRPC's five bytes, tag and length before a text shorter than 128 bytes. */
const PREFIX = 7;
const MAX_TEXT = 120;

export function grpcUpstream(): Http2Server {
  const server = createServer();
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    if (headers[':path'] !== '/demo.Greeter/SayHello') {
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': 12, 'grpc-message': 'unknown method' },
        { endStream: true },
      );
      return;
    }
    answer(stream);
  });
  return server;
}

function answer(stream: ServerHttp2Stream): void {
  const chunks: Buffer[] = [];
  let length = 0;
  stream.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= PREFIX + MAX_TEXT) chunks.push(chunk);
  });
  stream.on('end', () => {
    if (stream.destroyed) return;
    const name = Buffer.concat(chunks).subarray(PREFIX).toString() || 'world';
    const text = Buffer.from(`Hello, ${name}!`).subarray(0, MAX_TEXT);
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(Buffer.concat([Buffer.from([0, 0, 0, 0, text.length + 2, 0x0a, text.length]), text]));
  });
}
