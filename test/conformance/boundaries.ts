/** Where a message ends in a byte string: HTTP/1 heads and messages, RESP replies. The scripts' own, lenient readers. */
import type { Wanted } from './peer.ts';

export const untilHead: Wanted = (bytes) => {
  const end = bytes.indexOf('\r\n\r\n');
  return end < 0 ? undefined : end + 4;
};

export const untilRequest: Wanted = (bytes, ended) => messageEnd(bytes, 0, ended, false);

/** `count` whole responses; a 1xx counts as one. */
export function untilResponses(count: number): Wanted {
  return (bytes, ended) => {
    let at: number | undefined = 0;
    for (let i = 0; i < count && at !== undefined; i++) at = messageEnd(bytes, at, ended, true);
    return at;
  };
}

function messageEnd(bytes: string, start: number, ended: boolean, response: boolean): number | undefined {
  const end = bytes.indexOf('\r\n\r\n', start);
  if (end < 0) return undefined;
  const body = end + 4;
  const head = bytes.slice(start, body).toLowerCase();
  if (response && /^http\/1\.[01] (1\d\d|204|304)/.test(head)) return body;
  if (/\r\ntransfer-encoding:[^\r]*chunked/.test(head)) return chunkedEnd(bytes, body);
  const length = /\r\ncontent-length: *(\d+)/.exec(head);
  if (length !== null) {
    const until = body + Number(length[1]);
    return bytes.length >= until ? until : undefined;
  }
  if (!response) return body;
  return ended ? bytes.length : undefined;
}

function chunkedEnd(bytes: string, start: number): number | undefined {
  let at = start;
  for (;;) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) return undefined;
    const size = Number.parseInt(bytes.slice(at, line), 16);
    if (Number.isNaN(size)) return bytes.length;
    at = line + 2;
    if (size === 0) break;
    at += size + 2;
    if (at > bytes.length) return undefined;
  }
  for (;;) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) return undefined;
    if (line === at) return at + 2;
    at = line + 2;
  }
}

/** `count` RESP values. */
export function untilReplies(count: number): Wanted {
  return (bytes) => {
    let at = 0;
    for (let left = count; left > 0; left--) {
      const line = bytes.indexOf('\r\n', at);
      if (line < 0) return undefined;
      const kind = bytes[at];
      const size = Number(bytes.slice(at + 1, line));
      at = line + 2;
      if (kind === '$' && size >= 0) at += size + 2;
      if (kind === '*' && size > 0) left += size;
      if (at > bytes.length) return undefined;
    }
    return at;
  };
}

/** Commands as arrays of bulk strings; a text is split at spaces. */
export function respCommands(commands: readonly (string | readonly string[])[]): string {
  return commands
    .map((command) => (typeof command === 'string' ? command.split(' ') : command))
    .map(
      (words) => `*${words.length}\r\n${words.map((w) => `$${Buffer.byteLength(w, 'latin1')}\r\n${w}\r\n`).join('')}`,
    )
    .join('');
}
