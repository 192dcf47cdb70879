import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { GROUPS } from '../../bench/contenders/contender.ts';
import { envoyConfig } from '../../bench/contenders/envoy-config.ts';
import { BASELINE_NAMES, findContenders, namesOf } from '../../bench/contenders/find.ts';
import { loadBootstrap } from '../../src/config/load.ts';

const dir = mkdtempSync(join(tmpdir(), 'bench-find-'));
const script = join(dir, 'envoy');
writeFileSync(script, '#!/bin/sh\necho "envoy  version: 0123/1.40.0/Clean/RELEASE/BoringSSL"\n');
chmodSync(script, 0o755);
// Found once per process: before anything is looked for.
process.env.ENVOY_BIN = script;
process.env.HAPROXY_BIN = 'none';

t.test('what is here, what is not and how to get it; an Envoy behind a script is said to be one', async (t) => {
  const { contenders, missing, notes } = findContenders([], ['src']);
  const names = contenders.map((c) => c.name);
  t.same(names.slice(0, 2), ['envoylet', 'envoy']);
  t.ok(names.includes('node-http'), 'a baseline that needs no package');
  t.match(missing, [/^haproxy: not found \(apt-get install haproxy\)/]);
  t.match(notes, [/envoy is a script: .*ENVOY_BIN/]);
  for (const name of BASELINE_NAMES) {
    t.ok(names.includes(name) || missing.some((m) => m.startsWith(`${name}: package not installed`)), name);
  }
});

t.test('the baselines the suite promises', async (t) => {
  t.same([...BASELINE_NAMES].sort(), ['fast-proxy', 'http2-wrapper', 'httpxy', 'ioredis', 'node-http', 'undici']);
});

t.test('only what is asked for; two versions of envoylet have names of their own', async (t) => {
  const { contenders, missing, notes } = findContenders(['envoylet'], ['src', 'dist']);
  t.same(
    contenders.map((c) => c.name),
    ['envoylet-src', 'envoylet-dist'],
  );
  t.same([missing, notes], [[], []]);
  t.match(findContenders(['envoylet', 'haproxy'], ['src']).missing, [/^haproxy: not found/], 'known, but not here');
  for (const name of ['hapoxy', 'baseline', 'envoylet-dist']) {
    t.throws(() => findContenders(['envoylet', name], ['src']), new Error(`no contender '${name}'; see --list`));
  }
});

t.test('a version of envoylet can be given a name', async (t) => {
  t.same(namesOf(['dist']), [['envoylet', 'dist']]);
  t.same(namesOf(['new=dist']), [['envoylet-new', 'dist']]);
  t.same(namesOf(['dist', 'old=node /x/envoylet.js --a=b', 'env A=b node /y/envoylet.js']), [
    ['envoylet-dist', 'dist'],
    ['envoylet-old', 'node /x/envoylet.js --a=b'],
    ['envoylet-3', 'env A=b node /y/envoylet.js'],
  ]);
  t.throws(() => namesOf(['dist', 'dist']), { message: "two contenders 'envoylet-dist': --envoylet NAME=WHAT" });
});

t.test('the configs of all groups load without an error', async (t) => {
  const backends = { http1: 1001, grpc: 1002, redis: [1003, 1004], redisCluster: [1005] };
  for (const group of GROUPS) {
    const yaml = envoyConfig(group, { port: 1, adminPort: 2, backends, workers: 1, dir });
    const { bootstrap } = await loadBootstrap({ yaml });
    t.equal(bootstrap.staticResources?.clusters?.length, 1, group);
  }
});
