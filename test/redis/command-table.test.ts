import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { type CommandSpec, CommandTable, FORWARD, LOCAL, UNKNOWN } from '../../src/redis/command-table.ts';
import { commandTable } from '../../src/redis/commands.ts';
import { DIRECT, PendingRing } from '../../src/redis/pending-ring.ts';
import type { Session } from '../../src/redis/session.ts';

const spec = (name: string, counted = true): CommandSpec => ({
  name,
  arity: -2,
  keys: { first: 1, last: 1, step: 1 },
  handler: counted ? FORWARD : LOCAL,
  counted,
});

t.test('every name is found, in any letter case; nothing else is', (t) => {
  const table = commandTable(false);
  for (const [i, name] of table.countedNames.entries()) {
    t.equal(table.numberOf(name), i, name);
    const framed = Buffer.from(`*2\r\n${name.toUpperCase()}\r\n`);
    t.equal(table.lookup(framed, 4, name.length), i);
    t.equal(table.numberOf(`${name}!`), UNKNOWN);
  }
  for (const name of ['', 'ge', 'helloo', 'x'.repeat(1000)]) t.equal(table.numberOf(name), UNKNOWN, name);
  // A control character is no letter, though one bit from it.
  t.equal(table.lookup(Buffer.from('\x07et'), 0, 3), UNKNOWN);
  t.end();
});

t.test('more than 256 names: numbers do not wrap, neither in the table nor in the ring', (t) => {
  const names = Array.from({ length: 1000 }, (_, i) => `command${i}`);
  const table = new CommandTable([spec('local', false), ...names.map((n) => spec(n))]);
  t.equal(table.countedNames.length, 1000);
  for (const [i, name] of names.entries()) if (table.numberOf(name) !== i) t.fail(`${name}: ${table.numberOf(name)}`);
  t.equal(table.numberOf('local'), 1000, 'those without statistics come last');
  t.same([table.handlers[1000], table.handlers[999]], [LOCAL, FORWARD]);
  const ring = new PendingRing(false);
  for (let i = 0; i < 1000; i++) ring.push({} as Session, null, i, DIRECT, i, 0);
  for (let i = 0; i < 1000; i++) {
    if (ring.commands[ring.head] !== i) t.fail(`request ${i} has command ${ring.commands[ring.head]}`);
    ring.shift();
  }
  t.throws(() => new CommandTable(Array.from({ length: 65536 }, (_, i) => spec(`c${i}`))), /65536 commands/);
  t.end();
});

t.test('every command is compared with real Envoy: it begins a request of a conformance case', (t) => {
  const folder = new URL('../conformance/cases/redis/', import.meta.url);
  const text = readdirSync(folder)
    .map((file) => readFileSync(new URL(file, folder), 'latin1'))
    .join('\n')
    .toLowerCase();
  for (const name of commandTable(false).countedNames) {
    const begins = new RegExp(`[\\["\\s]${name.replace('.', '\\.')}[\\]", \n]`);
    t.ok(begins.test(text), name);
  }
  t.end();
});
