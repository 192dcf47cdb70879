/** HTTP/2 requests of a case, over one prior-knowledge connection of node:http2; shows what came back in order of arrival. */
import type { Buffer } from 'node:buffer';
import * as http2 from 'node:http2';
import { asMap, type Yaml } from './case.ts';
import { bodyChunks, fields, showFields, toOutgoing } from './message-form.ts';
import { ScriptError, WAIT_MS } from './peer.ts';

export class H2Client {
  readonly session: http2.ClientHttp2Session;
  #goaway = '';

  constructor(port: number) {
    this.session = http2.connect(`http://127.0.0.1:${port}`, { settings: { enablePush: false } });
    this.session.on('error', () => {});
    this.session.on('goaway', (code) => {
      this.#goaway = `goaway ${errorName(code)}\n`;
    });
  }

  /** Sends one request and resolves with the transcript of its answer. */
  request(yaml: Yaml): Promise<string> {
    const r = asMap(yaml, 'an HTTP/2 request');
    const headers = toOutgoing([
      ...[':method', String(r['method'] ?? (r['grpc'] === undefined ? 'GET' : 'POST'))],
      ...[':scheme', String(r['scheme'] ?? 'http'), ':authority', String(r['authority'] ?? 'a.example')],
      ...[':path', String(r['path'] ?? '/')],
      ...(r['grpc'] === undefined ? [] : ['content-type', 'application/grpc', 'te', 'trailers']),
      ...fields(r['headers']),
    ]);
    const chunks = bodyChunks(r);
    const trailers = fields(r['trailers']);
    const unfinished = r['end'] === false;
    const endStream = chunks.length === 0 && trailers.length === 0 && !unfinished;
    const stream = this.session.request(headers, { endStream, waitForTrailers: trailers.length > 0 });
    if (trailers.length > 0) stream.on('wantTrailers', () => stream.sendTrailers(toOutgoing(trailers)));
    for (const chunk of chunks) stream.write(chunk);
    if (!endStream && !unfinished) stream.end();
    const cancelAt = r['cancel'];
    return this.#watch(stream, typeof cancelAt === 'string' ? cancelAt : '');
  }

  #watch(stream: http2.ClientHttp2Stream, cancelAt: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let shown = '';
      let body = '';
      let ended = false;
      const flushBody = (): void => {
        if (body !== '') shown += `data ${body.length} bytes:\n${body}\n`;
        body = '';
      };
      const timer = setTimeout(
        () => reject(new ScriptError('waited in vain for the end of the HTTP/2 stream', shown + body)),
        WAIT_MS,
      );
      const head = (_: unknown, flags: number, raw: readonly string[]): void => {
        flushBody();
        shown += showFields(raw);
        if ((flags & http2.constants.NGHTTP2_FLAG_END_STREAM) !== 0) ended = true;
        if (cancelAt === 'headers') stream.close(http2.constants.NGHTTP2_CANCEL);
      };
      // The raw list is a third argument that the types leave out.
      const on = stream.on.bind(stream) as (event: string, listener: typeof head) => void;
      on('headers', head);
      on('response', head);
      on('trailers', (headers, flags, raw) => {
        flushBody();
        shown += 'trailers:\n';
        head(headers, flags, raw);
      });
      stream.on('data', (chunk: Buffer) => {
        body += chunk.toString('latin1');
        if (cancelAt === 'data') stream.close(http2.constants.NGHTTP2_CANCEL);
      });
      stream.on('end', () => {
        if (!stream.rstCode) ended = true;
      });
      stream.on('error', () => {});
      if (cancelAt === 'sent') setImmediate(() => stream.close(http2.constants.NGHTTP2_CANCEL));
      stream.on('close', () => {
        clearTimeout(timer);
        flushBody();
        const reset = stream.rstCode !== 0 && stream.rstCode !== undefined ? `reset ${errorName(stream.rstCode)}` : '';
        resolve(`${shown}${this.#goaway}${ended ? 'end\n' : ''}${reset === '' ? '' : `${reset}\n`}`);
      });
    });
  }

  /** Resolves with how the proxy ended the connection. */
  untilClose(): Promise<string> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        resolve(`${this.#goaway}closed\n`);
      };
      const timer = setTimeout(
        () => reject(new ScriptError('waited in vain for the end of the HTTP/2 connection')),
        WAIT_MS,
      );
      if (this.session.destroyed) done();
      else this.session.once('close', done);
    });
  }

  close(): void {
    this.session.destroy();
  }
}

export function errorName(code: number): string {
  const names = Object.entries(http2.constants).filter(([k, v]) => k.startsWith('NGHTTP2_') && v === code);
  const error = names.find(([k]) => ERROR.test(k));
  return error === undefined ? String(code) : error[0].slice('NGHTTP2_'.length);
}
const ERROR =
  /^NGHTTP2_(NO_ERROR|PROTOCOL_ERROR|INTERNAL_ERROR|FLOW_CONTROL_ERROR|SETTINGS_TIMEOUT|STREAM_CLOSED|FRAME_SIZE_ERROR|REFUSED_STREAM|CANCEL|COMPRESSION_ERROR|CONNECT_ERROR|ENHANCE_YOUR_CALM|INADEQUATE_SECURITY|HTTP_1_1_REQUIRED)$/;
