/** The last words on an HTTP/1 connection whose framing is lost: no stream is there to answer. */
import { Headers } from '../../codec/headers.ts';
import type { Protocol } from '../../codec/http.ts';
import { lineStart } from '../../codec/http1/encode.ts';
import { httpDate } from '../date.ts';

const REASONS: Record<number, string> = {
  400: 'Bad Request',
  413: 'Payload Too Large',
  426: 'Upgrade Required',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
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

/** `proper`: names in proper case (header_key_format.proper_case_words). */
export function rawReply(protocol: Protocol, head: Headers, body: string, proper: boolean): string {
  let text = `${protocol} ${head.status} ${REASONS[head.status] ?? 'Error'}`;
  for (let i = 0; i < head.list.length; i += 2) text += lineStart(head.list[i], proper) + head.list[i + 1];
  // The length of an empty body is the codec's doing and comes last, as Envoy's does.
  if (body === '') text += `${lineStart('content-length', proper)}0`;
  return `${text}\r\n\r\n${body}`;
}
