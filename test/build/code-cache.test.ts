import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { writeCodeCache } from '../../build/code-cache.ts';

/** A place to build in whose demo is `script`. */
function place(script: string): string {
  const root = mkdtempSync(join(tmpdir(), 'envoylet-code-cache-'));
  t.teardown(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'build'));
  writeFileSync(join(root, 'build/warm-start.cjs'), script);
  return root;
}

t.test('a demo that takes too long is ended, and the error says so', async (t) => {
  const silent = place('setInterval(() => {}, 1000)');
  await t.rejects(writeCodeCache(silent, 300), { message: 'the demo took longer than 300 ms' });
  // It serves its lines and answers nobody.
  const deaf = place(`
    const server = require('node:net').createServer(() => {}).listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      console.log(\`curl http://127.0.0.1:\${port}/hello\\nredis-cli -p \${port}\\nCtrl-C ends it.\`);
    });`);
  await t.rejects(writeCodeCache(deaf, 1500), { message: 'the demo took longer than 1500 ms' });
});

t.test('a demo that does not start: its last line is the error', async (t) => {
  const broken = place("console.error('first\\nno port is free'); process.exitCode = 1;");
  await t.rejects(writeCodeCache(broken), { message: 'no port is free' });
});
