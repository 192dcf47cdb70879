/** docker/entrypoint.sh with fakes of the programs that it meets: what is run in the end, as whom. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const entrypoint = fileURLToPath(new URL('../../docker/entrypoint.sh', import.meta.url));
const bin = mkdtempSync(join(tmpdir(), 'envoylet-entrypoint-'));

function fake(name: string, script: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
}
/** Prints its name and each argument in brackets. */
const SAYS = 'name=$0; printf "%s" "$'.concat('{name##*/}"; for word; do printf " [%s]" "$word"; done; echo');
for (const name of ['envoy', 'envoylet', 'setpriv', 'ls']) fake(name, SAYS);
fake('id', 'echo "$FAKE_UID"');
fake('chown', 'echo "chown $*"');

function run(args: readonly string[], env: Record<string, string> = {}, uid = 101): { out: string; err: string } {
  const { stdout, stderr, status } = spawnSync('/bin/sh', [entrypoint, ...args], {
    encoding: 'utf8',
    // Only the fakes: whatever else it called would be missing in the image, too.
    env: { PATH: bin, FAKE_UID: String(uid), ...env },
  });
  if (status !== 0) throw new Error(stderr);
  return { out: stdout, err: stderr };
}

t.test('flags are those of envoy, programs are run, all else is a command of envoylet', async (t) => {
  const command = ['envoy', '-c', '/etc/envoy/envoy.yaml'];
  t.equal(run(command).out, 'envoy [-c] [/etc/envoy/envoy.yaml]\n', 'the image without arguments');
  t.equal(run(['-c', '/a b.yaml', '-l', 'debug']).out, 'envoy [-c] [/a b.yaml] [-l] [debug]\n');
  t.equal(run(['demo']).out, 'envoylet [demo]\n');
  t.equal(run(['validate', 'x.yaml', '']).out, 'envoylet [validate] [x.yaml] []\n');
  t.equal(run(['ls', '-l']).out, 'ls [-l]\n');
});

t.test('loglevel is a flag of envoy, and of nothing else', async (t) => {
  t.equal(run(['-c', '/x'], { loglevel: 'debug' }).out, 'envoy [-c] [/x] [--log-level] [debug]\n');
  t.equal(run(['envoy'], { loglevel: 'debug' }).out, 'envoy [--log-level] [debug]\n');
  t.equal(run(['ls'], { loglevel: 'debug' }).out, 'ls\n');
  t.equal(run(['envoy'], { loglevel: '' }).out, 'envoy\n');
});

t.test('started as root it goes on as envoy, as ENVOY_UID and ENVOY_GID, or, with 0, as root', async (t) => {
  const as = (uid: number, gid: number): string =>
    `chown ${uid}:${gid} /dev/stdout /dev/stderr\nsetpriv [--reuid] [${uid}] [--regid] [${gid}] [--clear-groups] [envoy] [-c] [/x]\n`;
  t.equal(run(['-c', '/x'], {}, 0).out, as(101, 101));
  t.equal(run(['-c', '/x'], { ENVOY_UID: '1000', ENVOY_GID: '1001' }, 0).out, as(1000, 1001));
  t.equal(run(['-c', '/x'], { ENVOY_UID: '0' }, 0).out, 'envoy [-c] [/x]\n');
});

t.test('started as somebody else it stays, and says so when it was asked for another', async (t) => {
  t.same(run(['envoy'], {}, 1000), { out: 'envoy\n', err: '' });
  t.same(run(['envoy'], { ENVOY_UID: '101' }), { out: 'envoy\n', err: '' });
  t.match(run(['envoy'], { ENVOY_UID: '1000' }), { out: 'envoy\n', err: /^ENVOY_UID is 1000, but only .* as root/ });
});
