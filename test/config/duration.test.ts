import t from 'tap';
import { formatDuration, goDuration, parseDuration } from '../../src/config/duration.ts';
import { plainScalar } from '../../src/config/scalars.ts';
import { nearest } from '../../src/config/suggest.ts';

t.test('durations are exact in ms and print as protobuf prints them', async (t) => {
  for (const [text, ms, printed] of [
    ['0s', 0, '0s'],
    ['0.250s', 250, '0.250s'],
    ['0.1s', 100, '0.100s'],
    ['-1.5s', -1500, '-1.500s'],
    ['0.000001s', 0.001, '0.000001s'],
    ['1.000000001s', 1000.000001, '1.000000001s'],
    ['315576000000s', 315576000000000, '315576000000s'],
  ] as const) {
    t.equal(parseDuration(text), ms);
    t.equal(formatDuration(ms), printed);
  }
  for (const text of [
    '',
    's',
    '1',
    '1 s',
    '1S',
    '1m',
    '+1s',
    '.5s',
    '1.s',
    '1e3s',
    '315576000001s',
    '1ss',
    '0x1s',
    '1\ns',
  ]) {
    t.type(parseDuration(text), 'string', text);
  }
});

t.test('constraint errors write durations as Go does', async (t) => {
  const cases: [number, string][] = [
    [0, '0s'],
    [1, '1ms'],
    [1.5, '1.5ms'],
    [0.5, '500\u00b5s'],
    [1000, '1s'],
    [1500, '1.5s'],
    [300_000, '5m0s'],
    [3_600_000, '1h0m0s'],
    [5_430_500, '1h30m30.5s'],
  ];
  for (const [ms, text] of cases) t.equal(goDuration(ms), text);
});

t.test('plain scalars are typed as yaml-cpp types them', async (t) => {
  const cases: [string, unknown][] = [
    ['', null],
    ['~', null],
    ['null', null],
    ['NULL', null],
    ['nULL', 'nULL'],
    ['yes', true],
    ['Yes', true],
    ['YES', true],
    ['yEs', 'yEs'],
    ['y', true],
    ['N', false],
    ['on', true],
    ['Off', false],
    ['TRUE', true],
    ['truE', 'truE'],
    ['0', 0],
    ['-0', 0],
    ['+7', 7],
    ['2147483647', 2147483647],
    ['2147483648', '2147483648'],
    ['-2147483648', -2147483648],
    ['0x1F', 31],
    ['-0x10', -16],
    ['017', 15],
    ['08', '08'],
    ['0o17', '0o17'],
    ['1_000', '1_000'],
    ['1.5', '1.5'],
    ['1e3', '1e3'],
    ['9223372036854775807', '9223372036854775807'],
    ['9223372036854775808', '9223372036854775808'],
    ['-', '-'],
    ['1a', '1a'],
    ['.inf', '.inf'],
  ];
  for (const [text, value] of cases) t.equal(plainScalar(text), value, JSON.stringify(text));
});

t.test('did-you-mean finds slips of the finger and nothing far-fetched', async (t) => {
  const names = ['connect_timeout', 'lb_policy', 'load_assignment', 'name'];
  t.equal(nearest('conect_timeout', names), 'connect_timeout');
  t.equal(nearest('connectTimeout', names), 'connect_timeout');
  t.equal(nearest('lb_plicy', names), 'lb_policy');
  t.equal(nearest('nmae', names), 'name');
  t.equal(nearest('outlier_detection', names), undefined);
  t.equal(nearest('x'.repeat(100_000), names), undefined);
});
