import t from 'tap';
import { MAX_REPLY_BULK_BYTES, MAX_REPLY_ELEMENTS } from '../../../src/codec/resp/limits.ts';
import { Pieces } from '../../../src/codec/resp/pieces.ts';
import { wholeReply } from '../../../src/codec/resp/reply.ts';
import { MALFORMED, NEED_MORE, ValueScanner } from '../../../src/codec/resp/value-scanner.ts';

const scanner = (resp3 = false): ValueScanner =>
  new ValueScanner(MAX_REPLY_ELEMENTS, MAX_REPLY_BULK_BYTES, true, resp3);

/** Cut `text`, read in parts of `step` bytes, into replies: by the scanner, or the quick way first. */
function cut(text: string, step: number, quick: boolean, resp3 = false): string[] {
  const all = Buffer.from(text, 'latin1');
  const s = scanner(resp3);
  const found: string[] = [];
  let carry = Buffer.alloc(0);
  let part = '';
  let open = false;
  for (let i = 0; i < all.length; i += step) {
    const buf = Buffer.concat([carry, all.subarray(i, i + step)]);
    carry = Buffer.alloc(0);
    let pos = 0;
    while (pos < buf.length) {
      let next = 0;
      if (!open && quick) next = wholeReply(buf, pos, buf.length);
      if (next === 0) {
        if (!open) s.begin();
        next = s.scan(buf, pos, buf.length);
      }
      if (next === MALFORMED) return [...found, '!'];
      if (next === NEED_MORE) {
        open = true;
        part += buf.toString('latin1', pos, s.pos);
        carry = Buffer.from(buf.subarray(s.pos));
        break;
      }
      found.push(part + buf.toString('latin1', pos, next));
      part = '';
      open = false;
      pos = next;
    }
  }
  return found;
}

const GOOD = [
  '+OK\r\n',
  '+\r\n',
  '-ERR no such thing\r\n',
  ':0\r\n',
  ':-9223372036854775808\r\n',
  '$0\r\n\r\n',
  '$5\r\n\r\n\r\n\0\r\n',
  '$-1\r\n',
  '*0\r\n',
  '*2\r\n$1\r\na\r\n:1\r\n',
  '*3\r\n*2\r\n+a\r\n*0\r\n$-1\r\n-x\r\n',
  `$12\r\n${'x'.repeat(12)}\r\n`,
];

t.test('replies, however they are cut', (t) => {
  for (const step of [1, 2, 3, 7, 1000]) {
    t.same(cut(GOOD.join(''), step, true), GOOD, `reads of ${step}`);
    t.same(cut(GOOD.join(''), step, false), GOOD, `reads of ${step}, scanner only`);
  }
  t.end();
});

t.test('a null array becomes a null bulk string, at any depth', (t) => {
  for (const step of [1, 2, 3, 1000]) {
    t.same(cut('*-1\r\n*2\r\n*-1\r\n*1\r\n*-1\r\n', step, true), ['$-1\r\n', '*2\r\n$-1\r\n*1\r\n$-1\r\n']);
  }
  t.end();
});

t.test('what is no RESP2 is malformed', (t) => {
  for (const text of [
    'x',
    '_\r\n',
    '%1\r\n',
    '+a\rb',
    ':1a\r\n',
    '$1\r\nab\r\n',
    '*-2\r\n',
    '$01\r\na\r\n',
    '\r\n',
    '$-0\r\n',
  ]) {
    for (const step of [1, 1000]) t.same(cut(text, step, true), ['!'], JSON.stringify(text));
  }
  t.end();
});

const RESP3 = [
  '_\r\n',
  '#t\r\n',
  ',1.5\r\n',
  '(123456789012345678901234567890\r\n',
  '!5\r\nERR x\r\n',
  '=7\r\ntxt:a\r\n\r\n',
  '%0\r\n',
  '%2\r\n+a\r\n:1\r\n$1\r\nb\r\n*2\r\n_\r\n#f\r\n',
  '~2\r\n$1\r\na\r\n%1\r\n+x\r\n,inf\r\n',
  '>3\r\n+message\r\n+c\r\n$1\r\nm\r\n',
  '|1\r\n+ttl\r\n:3\r\n$1\r\nv\r\n',
  '*2\r\n|0\r\n+a\r\n+b\r\n',
];

t.test('RESP3 has more types, however they are cut, and only where it is spoken', (t) => {
  for (const step of [1, 2, 3, 7, 1000]) {
    t.same(cut([...RESP3, ...GOOD].join(''), step, true, true), [...RESP3, ...GOOD], `reads of ${step}`);
  }
  for (const text of RESP3) t.same(cut(text, 1000, true), ['!'], JSON.stringify(text));
  for (const text of [
    '%-1\r\n',
    '~-1\r\n',
    '!-1\r\n',
    '=-1\r\n',
    '>x\r\n',
    '%01\r\n',
    '|-1\r\n',
    `${'%1\r\n:1\r\n'.repeat(33)}:1\r\n`,
  ]) {
    t.same(cut(text, 1000, true, true), ['!'], JSON.stringify(text));
  }
  t.end();
});

t.test('an array may be larger than a request may be, and nest 32 deep', (t) => {
  const s = scanner();
  s.begin();
  t.equal(s.scan(Buffer.from('*2000000000\r\n:1\r\n'), 0, 17), NEED_MORE);
  t.equal(cut(`${'*1\r\n'.repeat(32)}:1\r\n`, 1000, true).length, 1);
  t.same(cut(`${'*1\r\n'.repeat(33)}:1\r\n`, 1000, true), ['!']);
  t.end();
});

t.test('pieces keep large reads as they are and gather small ones', (t) => {
  const p = new Pieces();
  const large = Buffer.alloc(5000, 'L');
  let text = '';
  for (let i = 0; i < 50_000; i++) {
    p.add(Buffer.from([i & 255]));
    text += String.fromCharCode(i & 255);
  }
  p.add(large);
  p.add(Buffer.from('end'));
  t.equal(p.bytes, 55_003);
  const list = p.take();
  t.ok(list.includes(large), 'not copied');
  t.ok(list.length < 10);
  t.equal(Buffer.concat(list).toString('latin1'), `${text}${large.toString()}end`);
  t.same(p.take(), []);
  t.end();
});
