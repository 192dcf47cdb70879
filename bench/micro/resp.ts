/**
 * ns per request in the RESP code alone, without sockets: framing, command lookup and key hash of requests, boundaries of
 * replies. `node bench/micro/resp.ts [seconds]`.
 */
import { MAX_REPLY_BULK_BYTES, MAX_REPLY_ELEMENTS } from '../../src/codec/resp/limits.ts';
import { wholeReply } from '../../src/codec/resp/reply.ts';
import { MORE, RequestFramer, words } from '../../src/codec/resp/request-framer.ts';
import { ValueScanner } from '../../src/codec/resp/value-scanner.ts';
import { lookup } from '../../src/redis/commands.ts';
import { hashKey, keyHash } from '../../src/redis/key-hash.ts';

const seconds = Number(process.argv[2] ?? 1);
let sink = 0;

function measure(name: string, perCall: number, run: () => void): void {
  for (let i = 0; i < 2000; i++) run();
  const start = process.cpuUsage();
  const until = performance.now() + seconds * 1000;
  let calls = 0;
  while (performance.now() < until) {
    for (let i = 0; i < 200; i++) run();
    calls += 200;
  }
  const used = process.cpuUsage(start);
  const ns = ((used.user + used.system) * 1000) / (calls * perCall);
  console.log(`${name.padEnd(44)} ${ns.toFixed(1).padStart(8)} ns`);
}

const get = '*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000042\r\n';
const set = `*3\r\n$3\r\nSET\r\n$16\r\nkey:000000000042\r\n$100\r\n${'v'.repeat(100)}\r\n`;

for (const [name, text, n] of [
  ['GET, one in a read', get, 1],
  ['GET, 16 in a read', get.repeat(16), 16],
  ['SET of 100 bytes, 16 in a read', set.repeat(16), 16],
] as const) {
  const framer = new RequestFramer();
  const chunk = Buffer.from(text);
  measure(`frame + lookup: ${name}`, n, () => {
    framer.push(chunk);
    while (framer.next() !== MORE) sink += lookup(framer.buf, words[0], words[1]);
  });
}

const halves = [Buffer.from(get.slice(0, 20)), Buffer.from(get.slice(20))];
const cut = new RequestFramer();
measure('frame: GET cut in two reads', 1, () => {
  cut.push(halves[0]);
  sink += cut.next();
  cut.push(halves[1]);
  while (cut.next() !== MORE) sink++;
});

const key = Buffer.from('key:000000000042');
measure('hash of a 16-byte key', 1, () => {
  hashKey(key, 0, key.length, false);
  sink += keyHash.hashLo;
});

const bulk = Buffer.from(`$100\r\n${'v'.repeat(100)}\r\n`.repeat(16));
measure('boundary of a 100-byte bulk reply', 16, () => {
  for (let p = 0; p < bulk.length; ) p = wholeReply(bulk, p, bulk.length);
});

const array = Buffer.from(`*10\r\n${'$10\r\nabcdefghij\r\n'.repeat(10)}`);
const scanner = new ValueScanner(MAX_REPLY_ELEMENTS, MAX_REPLY_BULK_BYTES, true);
measure('boundary of an array reply of 10', 1, () => {
  scanner.begin();
  sink += scanner.scan(array, 0, array.length);
});

if (sink === 0.5) console.log(sink);
