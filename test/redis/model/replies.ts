/** Replies of RESP2 as values that can be compared: bulk strings are strings, what has a type of its own keeps its mark. */

export type Reply = string | number | null | Line | readonly Reply[];

/** A status or an error. */
export class Line {
  readonly mark: '+' | '-';
  readonly text: string;
  constructor(mark: '+' | '-', text: string) {
    this.mark = mark;
    this.text = text;
  }
}

export const status = (text: string): Line => new Line('+', text);
export const error = (text: string): Line => new Line('-', text);
export const OK = status('OK');
export const QUEUED = status('QUEUED');

export function isError(reply: Reply): reply is Line {
  return reply instanceof Line && reply.mark === '-';
}

export function show(reply: Reply): string {
  if (reply instanceof Line) return reply.mark + reply.text;
  if (Array.isArray(reply)) return `[${reply.map(show).join(' ')}]`;
  return JSON.stringify(reply);
}

/** The bulk strings in it. */
export function strings(reply: Reply): string[] {
  if (typeof reply === 'string') return [reply];
  return Array.isArray(reply) ? reply.flatMap(strings) : [];
}

/** One reply of `buf` from `at`; null: it has not come whole yet. */
export function read(buf: Buffer, at: number): { reply: Reply; next: number } | null {
  const cr = buf.indexOf('\r\n', at);
  if (cr < 0) return null;
  const line = buf.toString('latin1', at + 1, cr);
  const next = cr + 2;
  const type = String.fromCharCode(buf[at]);
  if (type === '+' || type === '-') return { reply: new Line(type, line), next };
  const n = Number(line);
  if (!/^-?\d+$/.test(line)) throw new Error(`no reply: ${JSON.stringify(buf.toString('latin1', at, at + 80))}`);
  if (type === ':') return { reply: n, next };
  if (n === -1) return { reply: null, next };
  if (type === '$') {
    if (buf.length < next + n + 2) return null;
    return { reply: buf.toString('latin1', next, next + n), next: next + n + 2 };
  }
  if (type !== '*') throw new Error(`no reply: ${JSON.stringify(buf.toString('latin1', at, at + 80))}`);
  const list: Reply[] = [];
  let p = next;
  for (let i = 0; i < n; i++) {
    const one = read(buf, p);
    if (one === null) return null;
    list.push(one.reply);
    p = one.next;
  }
  return { reply: list, next: p };
}
