/** h2spec in strict mode against the codec on a net.Socket (test/support/http2-echo-server.ts). Skipped where the binary is not installed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { startEchoServer } from '../../support/http2-echo-server.ts';

const binary = [process.env.H2SPEC ?? '', join(homedir(), 'go/bin/h2spec')].find((p) => p !== '' && existsSync(p));

t.test(
  'h2spec --strict passes whole',
  { skip: binary === undefined ? 'h2spec is not installed' : false },
  async (t) => {
    const server = await startEchoServer();
    const port = (server.address() as AddressInfo).port;
    const h2spec = spawn(binary as string, ['-S', '-h', '127.0.0.1', '-p', String(port), '-o', '3'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    h2spec.stdout.on('data', (d: Buffer) => {
      text += d.toString();
    });
    const [code] = await once(h2spec, 'close');
    const summary = text.trim().split('\n').at(-1) ?? '';
    t.match(summary, /^\d+ tests, (\d+) passed, 0 skipped, 0 failed$/, text.slice(text.indexOf('Failures:')));
    t.equal(code, 0);
    server.close();
  },
);
