/** What is hashed for a balancer; cookies that are made: conformance hash/cookies. */
import t from 'tap';
import { Headers } from '../../../src/codec/headers.ts';
import type { RouteActionHashPolicy } from '../../../src/config/schema/types.ts';
import { clientAddress } from '../../../src/http/headers/client-address.ts';
import { loadRegexes } from '../../../src/http/headers/regex.ts';
import { HashPolicies } from '../../../src/http/route/hash-policy.ts';
import type { RequestContext } from '../../../src/http/route/request-context.ts';
import type { Connection } from '../../../src/transport/connection.ts';
import { type Hash64, xxHash64 } from '../../../src/upstream/load-balancers/xxhash64.ts';

const regexes = await loadRegexes();
const client = clientAddress({ useRemoteAddress: false, xffNumTrustedHops: 0, skipXffAppend: false });
const MASK = (1n << 64n) - 1n;

function hash(text: string): bigint {
  const out: Hash64 = { hi: 0, lo: 0 };
  xxHash64(Buffer.from(text), out);
  return (BigInt(out.hi >>> 0) << 32n) | BigInt(out.lo >>> 0);
}
const connection = { remoteAddress: { ip: '10.0.0.1', text: '10.0.0.1:5' }, localAddress: { text: '10.0.0.2:80' } };
const context: RequestContext = {
  connection: connection as unknown as Connection,
  dynamicMetadata: () => undefined,
  filterState: (key) => (key === 'f' ? 'state' : undefined),
};

function of(policies: RouteActionHashPolicy[], path = '/', ...list: string[]): bigint | null {
  const h = new Headers();
  h.path = path;
  h.list = list;
  const c = new HashPolicies(policies, regexes, client).compute(h, context, []);
  return c.hasHash ? (BigInt(c.hashHi) << 32n) | BigInt(c.hashLo) : null;
}

t.test('one policy: the hash of what it finds', async (t) => {
  const key: RouteActionHashPolicy[] = [{ header: { headerName: 'X-Key' } }];
  t.equal(of(key, '/', 'x-key', 'a'), 0xd24ec4f1a98c6e5bn);
  t.equal(of(key, '/', 'x-key', ''), 0xef46db3751d8e999n, 'an empty one is one');
  t.equal(of(key), null);
  const first: Hash64 = { hi: 0, lo: 0 };
  xxHash64(Buffer.from('a'), first);
  xxHash64(Buffer.from('b'), first, first.lo, first.hi);
  const chained = (BigInt(first.hi) << 32n) | BigInt(first.lo);
  t.equal(of(key, '/', 'x-key', 'b', 'x-key', 'a'), chained, 'several in any order');
  t.equal(of(key, '/', 'x-key', 'a', 'x-key', 'b'), chained);
  t.equal(of([{ filterState: { key: 'f' } }]), hash('state'));
  t.equal(of([{ filterState: { key: 'g' } }]), null);
  const rewritten = { headerName: 'x-key', regexRewrite: { pattern: { regex: '^(.).*$' }, substitution: '\\1' } };
  t.equal(of([{ header: rewritten }], '/', 'x-key', 'abc'), hash('a'));
  t.equal(of([{ header: { headerName: ':path' } }], '/x?y'), hash('/x?y'));
  t.equal(of([{ connectionProperties: { sourceIp: true } }]), hash('10.0.0.1'));
  const behind = of([{ connectionProperties: { sourceIp: true } }], '/', 'x-forwarded-for', '9.9.9.9, 8.8.8.8');
  t.equal(behind, hash('8.8.8.8'), 'who the connection manager takes for the client');
  t.equal(of([{ connectionProperties: { sourceIp: false } }]), null);
  t.equal(of([{ queryParameter: { name: 'q' } }], '/?a=1&q=v&q=w'), hash('v'));
  t.equal(of([{ cookie: { name: 'c' } }], '/', 'cookie', 'b=1; c="x"'), hash('x'));
});

t.test('several are mixed, each turned by a bit; a terminal one that found something is the last', async (t) => {
  const a: RouteActionHashPolicy = { header: { headerName: 'a' } };
  const b: RouteActionHashPolicy = { header: { headerName: 'b' } };
  const turned = (n: bigint): bigint => ((n << 1n) | (n >> 63n)) & MASK;
  const all = ['a', '1', 'b', '2'];
  t.equal(of([a, b], '/', ...all), turned(hash('1')) ^ hash('2'));
  t.not(of([a, a], '/', ...all), 0n);
  t.equal(of([{ ...a, terminal: true }, b], '/', ...all), hash('1'));
  t.equal(of([{ ...a, terminal: true }, b], '/', 'b', '2'), hash('2'), 'it found nothing');
  t.throws(() => new HashPolicies([{}], regexes, () => undefined), /needs one of/);
});

t.test('no cookie is made where nobody would send it', async (t) => {
  const policies = new HashPolicies([{ cookie: { name: 'c', ttl: 5000 } }], regexes, client);
  const h = new Headers();
  h.path = '/';
  t.equal(policies.compute(h, context, null).hasHash, false);
  const cookies: string[] = [];
  t.equal(policies.compute(h, context, cookies).hasHash, true);
  t.equal(cookies.length, 1);
});
