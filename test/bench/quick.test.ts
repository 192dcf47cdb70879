import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { missingPackages } from '../../bench/tools/packages.ts';

const measure = join(import.meta.dirname, '../../bench/commands/measure.ts');

/** Passes bytes on, but answers an error to each GET of the load's keys. */
const ERRORS = `const net = require('net'), fs = require('fs'), a = process.argv;
if (a.includes('--version')) { console.log('version: fake/1.0'); process.exit(); }
const [port, backend] = [...fs.readFileSync(a[a.indexOf('-c') + 1], 'utf8').matchAll(/port_value: (\\d+)/g)].map((m) => +m[1]);
net.createServer((s) => {
  const b = net.connect(backend, '127.0.0.1');
  s.on('data', (d) => {
    const gets = d.toString('latin1').split(/\\r\\nGET\\r\\n\\$\\d+\\r\\nbench:/).length - 1;
    if (gets > 0) s.write('-ERR upstream failure\\r\\n'.repeat(gets)); else b.write(d);
  });
  b.pipe(s);
  for (const x of [s, b]) x.on('error', () => {});
  s.on('close', () => b.destroy());
}).listen(port, '127.0.0.1');`;

const missing = missingPackages(join(import.meta.dirname, '../../bench/package.json'));
const skip =
  missing.length > 0 && `the bench's own packages are not installed (npm run bench does it): ${missing.join(', ')}`;

t.test('--quick fails when every request of envoylet does in one of its scenarios', { skip }, async (t) => {
  const fake = join(mkdtempSync(join(tmpdir(), 'bench-quick-')), 'fake.cjs');
  writeFileSync(fake, ERRORS);
  const args = ['--quick', '--only', 'redis-get,redis-set', '--contenders', 'envoylet'];
  const command = JSON.stringify([...args, '--envoylet', `${process.execPath} ${fake}`]);
  // Without bench/run.ts, which would install the bench's packages.
  const script = `const { measure } = await import(${JSON.stringify(measure)}); process.exit(await measure(${command}));`;
  const r = spawnSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  t.match(r.stdout, /envoylet, redis-get: (load failed|wrong answer): /, r.stderr);
  t.equal(r.status, 1);
});
