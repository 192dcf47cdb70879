/** Letters of %START_TIME(…)%, against what GNU date prints for the same moment. */
import { spawnSync } from 'node:child_process';
import t from 'tap';
import { compileTime, isoTime } from '../../src/format/time-format.ts';

/** A Sunday, a leap day, both ends of a year whose weeks differ, and one hour past noon. */
const MOMENTS = [
  '2024-12-29T00:00:00.000Z',
  '2024-02-29T23:59:59.999Z',
  '2021-01-01T12:00:00.001Z',
  '2026-12-31T13:07:09.050Z',
];
const LETTERS = 'a A b B C d D e F g G h H I j k l m M p P r R s S T u U V w W y Y z'.split(' ');

t.test('letters mean what strftime means', (t) => {
  for (const moment of MOMENTS) {
    for (const letter of LETTERS) {
      const format = `%${letter}`;
      const env = { ...process.env, TZ: 'UTC', LC_ALL: 'C' };
      const date = spawnSync('date', ['-u', '-d', moment, `+${format}`], { env, encoding: 'utf8' });
      t.equal(compileTime(format, false)(Date.parse(moment)), date.stdout.slice(0, -1), `${format} of ${moment}`);
    }
  }
  t.end();
});

t.test('fractions of a second', (t) => {
  const at = Date.parse('2026-01-31T12:34:56.007Z') + 0.125;
  const shows = (format: string, text: string): void => void t.equal(compileTime(format, false)(at), text, format);
  shows('%3f', '007');
  shows('%6f', '007125');
  shows('%9f', '007125000');
  shows('%f', '007125000');
  shows('%s.%3f', '1769862896.007');
  shows('%E3S', '56.007');
  shows('%E*S', '56.007125');
  shows('%E4f', '0071');
  shows('%%', '%');
  t.equal(isoTime(at), '2026-01-31T12:34:56.007Z');
  t.equal(isoTime(at + 93), '2026-01-31T12:34:56.100Z');
  t.equal(isoTime(at + 993), '2026-01-31T12:34:57.000Z');
  t.end();
});
