import * as net from 'node:net';
import t from 'tap';
import { IpRanges, isIP, isIPv6 } from '../../src/platform/ip.ts';

const TEXTS = [
  '',
  '0.0.0.0',
  '1.2.3.4',
  '255.255.255.255',
  '256.1.1.1',
  '1.2.3',
  '1.2.3.4.5',
  '01.2.3.4',
  '1.2.3.04',
  '1.2.3.4 ',
  ' 1.2.3.4',
  '1..3.4',
  '1.2.3.',
  '.1.2.3',
  '1.2.3.4:80',
  '0x1.2.3.4',
  '1000.2.3.4',
  '::',
  '::1',
  '1::',
  ':',
  ':::',
  '1:::2',
  '1::2::3',
  '1:2:3:4:5:6:7:8',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7::',
  '::2:3:4:5:6:7:8',
  '1::3:4:5:6:7:8',
  '1:2:3:4:5:6:7:8::',
  ':1:2:3:4:5:6:7:8',
  '1:2:3:4:5:6:7:8:',
  'fe80::1%eth0',
  'fe80::1%',
  'fe80::1%a b',
  'fe80::1%1.2:3-x',
  '%eth0',
  '::ffff:1.2.3.4',
  '::1.2.3.4',
  '1:2:3:4:5:6:1.2.3.4',
  '1:2:3:4:5:6:7:1.2.3.4',
  '1.2.3.4::',
  '::1.2.3.4:5',
  '::ffff:1.2.3.256',
  '12345::',
  'g::',
  'ABCD:ef01::',
  'localhost',
  '[::1]',
  '::/0',
];

t.test('the same answers as node:net', async (t) => {
  for (const text of TEXTS) t.equal(isIP(text), net.isIP(text), JSON.stringify(text));
  for (const text of TEXTS) t.equal(isIPv6(text), net.isIPv6(text), JSON.stringify(text));
});

t.test('the same answers as node:net on 20,000 mutants', async (t) => {
  let state = 1;
  const random = (n: number): number => {
    state = (state * 48271) % 2147483647;
    return state % n;
  };
  const alphabet = '0123456789abcdefF:.%g/';
  for (let i = 0; i < 20_000; i++) {
    let text = TEXTS[random(TEXTS.length)];
    for (let n = 1 + random(3); n > 0; n--) {
      const at = random(text.length + 1);
      text =
        text.slice(0, at) + (random(3) === 0 ? '' : alphabet[random(alphabet.length)]) + text.slice(at + random(2));
    }
    if (isIP(text) !== net.isIP(text)) t.equal(isIP(text), net.isIP(text), JSON.stringify(text));
  }
});

t.test('ranges answer as a BlockList does', async (t) => {
  const cidrs = ['10.0.0.0/8', '172.16.0.0/12', '192.168.1.1/32', '0.0.0.0/1', '::1/128', 'fd00::/7', 'fe80::/10'];
  const ips = [
    '10.1.2.3',
    '11.0.0.0',
    '172.31.255.255',
    '172.32.0.0',
    '192.168.1.1',
    '192.168.1.2',
    '127.255.255.255',
    '128.0.0.0',
    '::1',
    '::2',
    'fcff::',
    'fdff::1',
    'fe00::',
    'febf::',
    'fec0::',
    '::ffff:10.1.2.3',
    '::ffff:192.168.1.2',
  ];
  for (const cidr of cidrs) {
    const [ip, bits] = cidr.split('/');
    const list = new net.BlockList();
    list.addSubnet(ip, Number(bits), net.isIPv6(ip) ? 'ipv6' : 'ipv4');
    const ranges = new IpRanges();
    ranges.add(cidr);
    for (const ip of ips) t.equal(ranges.has(ip), list.check(ip, net.isIPv6(ip) ? 'ipv6' : 'ipv4'), `${ip} in ${cidr}`);
  }
});

t.test('what is not an address is in no range, what is not a range is refused', async (t) => {
  const ranges = new IpRanges();
  ranges.add('0.0.0.0/0');
  t.notOk(ranges.has('1.2.3'));
  t.notOk(ranges.has('::1'));
  t.ok(ranges.has('255.1.2.3'));
  for (const bad of ['', '1.2.3.4', '1.2.3.4/33', '::/129', '1.2.3.4/-1', '1.2.3.4/x', 'x/8'])
    t.throws(() => ranges.add(bad), RangeError, bad);
});
