/** The last words on an HTTP/1 connection whose framing is lost: no stream is there to answer. */
import type { Protocol } from '../../codec/http.ts';
import { httpDate } from '../date.ts';

const REASONS: Record<number, string> = {
  400: 'Bad Request',
  413: 'Payload Too Large',
  426: 'Upgrade Required',
  431: 'Request Header Fields Too Large',
  501: 'Not Implemented',
};

export function rawReply(protocol: Protocol, status: number, body: string, server: string): string {
  const start = `${protocol} ${status} ${REASONS[status] ?? 'Error'}\r\n`;
  const common = `date: ${httpDate()}\r\nserver: ${server}\r\nconnection: close\r\n`;
  // Envoy's order: the length of an empty body is the codec's doing and comes last.
  return body === ''
    ? `${start}${common}content-length: 0\r\n\r\n`
    : `${start}content-length: ${body.length}\r\ncontent-type: text/plain\r\n${common}\r\n${body}`;
}
