/** The last words on an HTTP/1 connection whose framing is lost: no stream is there to answer. */
import { Headers } from '../../codec/headers.ts';
import type { Protocol } from '../../codec/http.ts';
import { httpDate } from '../date.ts';

const REASONS: Record<number, string> = {
  400: 'Bad Request',
  413: 'Payload Too Large',
  426: 'Upgrade Required',
  431: 'Request Header Fields Too Large',
  501: 'Not Implemented',
};

/** `server` was checked with the config. */
export function rawReplyHead(status: number, body: string, server: string): Headers {
  const h = new Headers();
  h.status = status;
  if (body !== '') {
    h.add('content-length', String(body.length));
    h.add('content-type', 'text/plain');
  }
  h.add('date', httpDate());
  h.add('server', server);
  h.add('connection', 'close');
  return h;
}

export function rawReply(protocol: Protocol, head: Headers, body: string): string {
  let text = `${protocol} ${head.status} ${REASONS[head.status] ?? 'Error'}\r\n`;
  for (let i = 0; i < head.list.length; i += 2) text += `${head.list[i]}: ${head.list[i + 1]}\r\n`;
  // The length of an empty body is the codec's doing and comes last, as Envoy's does.
  if (body === '') text += 'content-length: 0\r\n';
  return `${text}\r\n${body}`;
}
