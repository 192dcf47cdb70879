import t from 'tap';
import { MAX_REQUEST_ELEMENTS } from '../../../src/codec/resp/limits.ts';
import { BROKEN, COMMAND, INVALID, LARGE, MORE, RequestFramer } from '../../../src/codec/resp/request-framer.ts';
import { LENT_BYTES } from '../../../src/platform/lent.ts';

/** What a framer finds in `chunks`: words of requests joined by spaces, `?` for invalid values, `!` for broken input. */
function frame(chunks: Buffer[]): string[] {
  const f = new RequestFramer();
  const found: string[] = [];
  for (const chunk of chunks) {
    // As the transport lends it: a small chunk's memory is used again.
    const lent = Buffer.from(chunk);
    f.push(lent);
    for (;;) {
      const kind = f.next();
      if (kind === MORE) break;
      if (kind === BROKEN) return [...found, '!'];
      if (kind === INVALID) {
        found.push('?');
        continue;
      }
      if (kind === LARGE) f.joinPieces();
      const list: string[] = [];
      for (let i = 0; i < f.argc; i++) {
        list.push(f.buf.toString('latin1', f.words[i * 2], f.words[i * 2] + f.words[i * 2 + 1]));
      }
      found.push(list.join(' '));
    }
    if (lent.length <= LENT_BYTES) lent.fill('!');
  }
  return found;
}

const one = (text: string): string[] => frame([Buffer.from(text, 'latin1')]);
const bytes = (text: string): string[] => frame([...Buffer.from(text, 'latin1')].map((b) => Buffer.from([b])));
const both = (
  t: { same(a: unknown, b: unknown, what: string): unknown },
  text: string,
  expected: string[],
  what: string,
): void => {
  t.same(one(text), expected, what);
  t.same(bytes(text), expected, `${what}, byte by byte`);
};

t.test('requests, whole and byte by byte', (t) => {
  both(t, '*1\r\n$4\r\nPING\r\n', ['PING'], 'one word');
  both(t, '*2\r\n$3\r\nGET\r\n$0\r\n\r\n*2\r\n$3\r\nGET\r\n$2\r\n\r\n\r\n', ['GET ', 'GET \r\n'], 'empty and binary');
  both(t, '*0\r\n*-1\r\n*1\r\n$4\r\nPING\r\n', ['?', '?', 'PING'], 'arrays without words');
  both(t, '+OK\r\n-no\r\n:1\r\n$1\r\na\r\n$-1\r\n', ['?', '?', '?', '?', '?'], 'values that are no arrays');
  both(t, '*2\r\n$3\r\nGET\r\n*1\r\n$1\r\na\r\n*2\r\n$3\r\nGET\r\n$-1\r\n', ['?', '?'], 'elements that are no words');
  both(t, '*2\r\n$3\r\nGET\r\n:1\r\n*1\r\n$4\r\nPING\r\n', ['?', 'PING'], 'an integer among the words');
  t.end();
});

t.test('what Redis would not read the same way is refused', (t) => {
  for (const text of [
    '*01\r\n$4\r\nPING\r\n',
    '*1\r\n$04\r\nPING\r\n',
    '*+1\r\n$4\r\nPING\r\n',
    '*1\r\n$+4\r\nPING\r\n',
    '*1\r\n$-2\r\n',
    '*-2\r\n',
    '*\r\n',
    '*1\r\n$\r\n\r\n',
    '*1\n$4\nPING\n',
    '*1\r\n$4\r\nPING\n\n',
    '*1\r\n$4\r\nPINGxx',
    '*1\r\n$4 \r\nPING\r\n',
    '*1 \r\n$4\r\nPING\r\n',
    '*1\r\r\n$4\r\nPING\r\n',
    '*1\r\n$4\rXPING\r\n',
    '*99999999999\r\n',
    `*${MAX_REQUEST_ELEMENTS + 1}\r\n`,
    '*1\r\n$536870913\r\n',
    '*1\r\n$99999999999999999999\r\n',
    ':12a\r\n',
    ':\r\n',
    ':123456789012345678901234567890\r\n',
    '%1\r\n+a\r\n+b\r\n',
    '\0',
    '\x80\x81',
    `${'*1\r\n'.repeat(33)}$1\r\na\r\n`,
    '+a\rb\r\n',
  ]) {
    both(t, text, ['!'], JSON.stringify(text));
  }
  t.end();
});

t.test('depth 32 is read, without recursion', (t) => {
  both(t, `${'*1\r\n'.repeat(32)}$1\r\na\r\n*1\r\n$4\r\nPING\r\n`, ['?', 'PING'], 'depth 32');
  t.end();
});

t.test('a declared length allocates nothing', (t) => {
  const before = process.memoryUsage();
  const framers: RequestFramer[] = [];
  for (let i = 0; i < 1000; i++) {
    const f = new RequestFramer();
    f.push(Buffer.from('*1048576\r\n$536870912\r\nab'));
    if (f.next() !== MORE) t.fail('not waiting');
    framers.push(f);
  }
  const after = process.memoryUsage();
  t.ok(after.arrayBuffers - before.arrayBuffers < 16 * 1024 * 1024, 'not even a fraction of one');
  t.ok(framers.every((f) => f.heldBytes === 24));
  t.end();
});

t.test('inline requests', (t) => {
  both(t, 'PING\r\n', ['PING'], 'one word');
  both(t, 'SET  key "a b\\x41\\n" \r\nGET key\n', ['SET key a bA\n', 'GET key'], 'quotes, escapes, a bare line feed');
  both(t, "SET k 'it\\'s \\n'\r\n", ["SET k it's \\n"], 'single quotes');
  both(t, '\r\n', [], 'an empty line asks for nothing');
  both(t, `${' \r\n\n'.repeat(20_000)}PING\r\n`, ['PING'], 'nor do many');
  for (const text of [
    'SET k "a\r\n',
    'SET k "a"b\r\n',
    "GET 'a\r\n",
    'GET a"b\r\n',
    'POST / HTTP/1.1\r\n',
    'Host: x\r\n',
  ]) {
    both(t, text, ['!'], JSON.stringify(text));
  }
  t.same(one(`${'a'.repeat(65536)}`), ['a'.repeat(0)].slice(1), 'a line at the limit is waited for');
  t.same(one(`${'a'.repeat(65537)}`), ['!'], 'a line above it is not');
  t.same(one('PING\r\n*1\r\n$4\r\nPING\r\nPING\r\n'), ['PING', 'PING', 'PING'], 'mixed');
  t.end();
});

t.test('a large request keeps its pieces and gives its first words', (t) => {
  const value = Buffer.alloc(300_000, 'v');
  const text = Buffer.concat([
    Buffer.from('*3\r\n$3\r\nSET\r\n$5\r\nhello\r\n$300000\r\n'),
    value,
    Buffer.from('\r\n*1\r\n$4\r\nPING\r\n'),
  ]);
  const f = new RequestFramer();
  for (let i = 0; i < text.length; i += 65536) {
    f.push(text.subarray(i, i + 65536));
    const kind = f.next();
    if (i + 65536 < text.length) {
      t.equal(kind, MORE);
      continue;
    }
    t.equal(kind, LARGE);
    t.equal(f.argc, 3);
    t.equal(f.word(0).toString(), 'SET');
    t.equal(f.word(1).toString(), 'hello');
    t.ok(f.word(2).equals(value));
    const pieces = f.takePieces();
    t.ok(Buffer.concat(pieces).equals(text.subarray(0, text.length - 14)));
    t.equal(f.next(), COMMAND);
    t.equal(f.next(), MORE);
  }
  t.end();
});

t.test('a million words', (t) => {
  const parts = ['*1048576\r\n$4\r\nMGET\r\n', '$1\r\nk\r\n'.repeat(1048575)];
  const text = Buffer.from(parts.join(''));
  const chunks: Buffer[] = [];
  for (let i = 0; i < text.length; i += 65536) chunks.push(text.subarray(i, i + 65536));
  const found = frame(chunks);
  t.equal(found.length, 1);
  t.equal(found[0].length, 4 + 1048575 * 2);
  t.end();
});

t.test('any way of cutting the same bytes finds the same', (t) => {
  let seed = 12345;
  const random = (n: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return (seed >>> 8) % n;
  };
  for (let round = 0; round < 300; round++) {
    const parts: Buffer[] = [];
    const expected: string[] = [];
    const n = 1 + random(12);
    for (let i = 0; i < n; i++) {
      const what = random(12);
      if (what === 0) {
        parts.push(Buffer.from([':12\r\n', '*0\r\n', '*1\r\n*2\r\n:1\r\n+x\r\n', '$-1\r\n'][random(4)]));
        expected.push('?');
      } else if (what === 1) {
        parts.push(Buffer.from('GET "a b"\r\n'));
        expected.push('GET a b');
      } else {
        const list: string[] = [];
        const count = 1 + random(6);
        parts.push(Buffer.from(`*${count}\r\n`));
        for (let k = 0; k < count; k++) {
          const size = random(20) === 0 ? random(90_000) : random(12);
          const w = Buffer.alloc(size, ['\r\n', '$1', 'x', '*'][random(4)]).toString('latin1');
          list.push(w);
          parts.push(Buffer.from(`$${w.length}\r\n${w}\r\n`, 'latin1'));
        }
        expected.push(list.join(' '));
      }
    }
    const all = Buffer.concat(parts);
    const chunks: Buffer[] = [];
    for (let i = 0; i < all.length; ) {
      const size = 1 + random(random(3) === 0 ? 10 : 70_000);
      chunks.push(all.subarray(i, i + size));
      i += size;
    }
    const found = frame(chunks);
    if (JSON.stringify(found) !== JSON.stringify(expected)) {
      t.fail(`round ${round}`);
      break;
    }
  }
  t.pass('all rounds');
  t.end();
});

t.test('noise never throws and never hangs', (t) => {
  let seed = 99;
  const random = (n: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return (seed >>> 8) % n;
  };
  const alphabet = '*$+-:\r\n0123456789aP"\'\\ ';
  for (let round = 0; round < 3000; round++) {
    let text = '';
    const n = random(60);
    for (let i = 0; i < n; i++) text += alphabet[random(alphabet.length)];
    if (JSON.stringify(bytes(text)) !== JSON.stringify(one(text))) t.fail(JSON.stringify(text));
  }
  t.pass('the same whole and byte by byte');
  t.end();
});
