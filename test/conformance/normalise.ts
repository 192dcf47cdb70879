/** The published list of what is made equal before two transcripts are compared (README.md), and how bytes are shown. */
import { createHash } from 'node:crypto';

const DATE = /\b(date: )(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:\w{3}) \d{4} \d\d:\d\d:\d\d GMT/g;
const SERVICE_TIME = /(x-envoy-upstream-service-time: )\d+/g;
const UUID_V4 = /\b[0-9a-f]{8}-[0-9a-f]{4}-[4-9a-f][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b/g;

/** `ports` are those of one side of this run. */
export function normalise(text: string, ports: ReadonlyMap<string, number>): string {
  let out = text.replace(DATE, '$1DATE').replace(SERVICE_TIME, '$1MS').replace(UUID_V4, 'UUID');
  for (const [name, port] of ports) out = out.replace(new RegExp(`(?<!\\d)${port}(?!\\d)`, 'g'), `<${name}>`);
  return out;
}

/** More than this is shown by its length and hash. */
const LONGEST = 4096;

/** One line of text for each line of bytes, everything unprintable escaped. */
export function printable(bytes: string): string {
  if (bytes.length > LONGEST) {
    const hash = createHash('sha256').update(bytes, 'latin1').digest('hex').slice(0, 16);
    return `${printable(bytes.slice(0, 1024))}\n… ${bytes.length} bytes in all, sha256 ${hash}`;
  }
  const escaped = bytes.replace(/\\/g, '\\\\').replace(/[^\x20-\x7e\n\\]/g, escapeByte);
  return escaped.replace(/\n(?!$)/g, '\\n\n').replace(/\n$/, '\\n');
}

function escapeByte(char: string): string {
  if (char === '\r') return '\\r';
  if (char === '\t') return '\\t';
  return `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
