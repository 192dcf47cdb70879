import t from 'tap';
import { HostTrie } from '../../../src/http/route/host-trie.ts';

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
      const trie = new HostTrie<string>(backwards);
      t.equal(trie.empty, true);
      for (const x of texts) trie.set(x, x);
      for (let k = 0; k < 20; k++) {
        const host = k === 0 ? '' : word(9);
        const want = naive(texts, host, backwards);
        if (trie.find(host) !== want) t.equal(trie.find(host), want, `${texts} ${host}`);
      }
    }
    t.end();
  });
}

t.test('a text that is there is replaced', (t) => {
  const trie = new HostTrie<number>(true);
  trie.set('.a.com', 1);
  trie.set('.com', 2);
  trie.set('.a.com', 3);
  t.equal(trie.find('x.a.com'), 3);
  t.equal(trie.find('.a.com'), 2);
  t.end();
});
