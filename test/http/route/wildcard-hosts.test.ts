import t from 'tap';
import { WildcardHosts } from '../../../src/http/route/wildcard-hosts.ts';

/** What Envoy does: lengths from the longest on. */
function naive(texts: readonly string[], host: string, backwards: boolean): string | null {
  const fits = texts.filter((x) => host.length > x.length && (backwards ? host.endsWith(x) : host.startsWith(x)));
  return fits.sort((a, b) => b.length - a.length)[0] ?? null;
}

for (const backwards of [true, false]) {
  t.test(`${backwards ? 'suffixes' : 'prefixes'}: the longest that leaves a character for the wildcard`, (t) => {
    let seed = 7;
    const random = (n: number): number => {
      seed = (seed * 48271) % 2147483647;
      return seed % n;
    };
    const word = (max: number): string => Array.from({ length: 1 + random(max) }, () => 'ab.'[random(3)]).join('');
    for (let round = 0; round < 200; round++) {
      const texts = [...new Set(Array.from({ length: random(12) }, () => word(6)))];
      const hosts = new WildcardHosts<string>(backwards);
      t.equal(hosts.empty, true);
      for (const x of texts) hosts.set(x, x);
      for (let k = 0; k < 20; k++) {
        const host = k === 0 ? '' : word(9);
        const want = naive(texts, host, backwards);
        if (hosts.find(host) !== want) t.equal(hosts.find(host), want, `${texts} ${host}`);
      }
    }
    t.end();
  });
}

t.test('a text that is there is replaced', (t) => {
  const hosts = new WildcardHosts<number>(true);
  hosts.set('.a.com', 1);
  hosts.set('.com', 2);
  hosts.set('.a.com', 3);
  t.equal(hosts.find('x.a.com'), 3);
  t.equal(hosts.find('.a.com'), 2);
  t.end();
});
