/** Row P1 of docs/behaviour.md: without `--concurrency` a start is not larger than Envoy's on the same machine. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { freePort } from '../support/ports.ts';
import { envoyletCommand, startProxy } from '../support/proxy-process.ts';

const envoy = process.env.ENVOY_BIN;
const command = envoyletCommand();
const skip =
  process.platform !== 'linux' || envoy === undefined
    ? 'needs Linux and real Envoy'
    : command.some((word) => word.endsWith('.ts')) &&
      'of the bundle (ENVOYLET_CMD); the sources bring their compiler along';

/** Resident MB of a proxy that is ready, started as everybody starts it. */
async function resident(program: readonly string[]): Promise<number> {
  const port = await freePort();
  const config = `admin: { address: { socket_address: { address: 127.0.0.1, port_value: ${port} } } }\n`;
  const child = await startProxy({ command: program, args: ['--config-yaml', config], adminPort: port });
  const status = readFileSync(`/proc/${child.process.pid}/status`, 'utf8');
  await child.stop();
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1000;
}

t.test('a start without --concurrency is not larger than Envoy', { skip }, async (t) => {
  const ours = await resident(command);
  const theirs = await resident([envoy!]);
  t.ok(ours > 20 && ours <= theirs, `${ours} MB, Envoy ${theirs} MB`);
});
