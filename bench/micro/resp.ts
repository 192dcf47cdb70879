/** Redis in bytes: requests framed and looked up, ends of replies found, keys hashed. */
import { MAX_REPLY_BULK_BYTES, MAX_REPLY_ELEMENTS } from '../../src/codec/resp/limits.ts';
import { wholeReply } from '../../src/codec/resp/reply.ts';
import { MORE, RequestFramer } from '../../src/codec/resp/request-framer.ts';
import { ValueScanner } from '../../src/codec/resp/value-scanner.ts';
import { commandTable } from '../../src/redis/commands.ts';
import { hashKey, keyHash } from '../../src/redis/key-hash.ts';
import type { MicroCase, Suite } from './harness.ts';

const CALLS = 100;
const GET = '*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000042\r\n';
const SET = `*3\r\n$3\r\nSET\r\n$16\r\nkey:000000000042\r\n$100\r\n${'v'.repeat(100)}\r\n`;
/** What is computed goes here, so that it is computed at all. */
const taken = { sum: 0 };

function framing(name: string, text: string, requests: number): MicroCase {
  const framer = new RequestFramer();
  const chunk = Buffer.from(text);
  return {
    name: `request: ${name}`,
    perCall: CALLS * requests,
    run: () => {
      for (let i = 0; i < CALLS; i++) {
        framer.push(chunk);
        while (framer.next() !== MORE)
          taken.sum += commandTable(true).lookup(framer.buf, framer.words[0], framer.words[1]);
      }
    },
  };
}

function cutRequest(): MicroCase {
  const framer = new RequestFramer();
  const [first, second] = [Buffer.from(GET.slice(0, 20)), Buffer.from(GET.slice(20))];
  return {
    name: 'request: GET cut in two reads',
    perCall: CALLS,
    run: () => {
      for (let i = 0; i < CALLS; i++) {
        framer.push(first);
        taken.sum += framer.next();
        framer.push(second);
        while (framer.next() !== MORE) taken.sum++;
      }
    },
  };
}

function replies(elements: number): MicroCase {
  const array = Buffer.from(`*${elements}\r\n${'$10\r\nabcdefghij\r\n'.repeat(elements)}`);
  const scanner = new ValueScanner(MAX_REPLY_ELEMENTS, MAX_REPLY_BULK_BYTES, true);
  return {
    name: `reply: array of ${elements}`,
    series: 'reply: array',
    size: elements,
    perCall: 1,
    run: () => {
      scanner.begin();
      taken.sum += scanner.scan(array, 0, array.length);
    },
  };
}

const key = Buffer.from('key:000000000042');
const bulks = Buffer.from(`$100\r\n${'v'.repeat(100)}\r\n`.repeat(16));

export const suite: Suite = {
  name: 'resp',
  unit: 'request or reply',
  growth: { 'reply: array': 1.1 },
  cases: () => [
    framing('GET, one in a read', GET, 1),
    framing('GET, 16 in a read', GET.repeat(16), 16),
    framing('SET of 100 bytes, 16 in a read', SET.repeat(16), 16),
    cutRequest(),
    {
      name: 'reply: bulk of 100 bytes, 16 in a read',
      perCall: CALLS * 16,
      run: () => {
        for (let i = 0; i < CALLS; i++) for (let p = 0; p < bulks.length; ) p = wholeReply(bulks, p, bulks.length);
      },
    },
    ...[10, 1000, 100_000].map(replies),
    {
      name: 'hash of a 16-byte key',
      perCall: CALLS,
      run: () => {
        for (let i = 0; i < CALLS; i++) {
          hashKey(key, 0, key.length, false);
          taken.sum += keyHash.hashLo;
        }
      },
    },
  ],
};
