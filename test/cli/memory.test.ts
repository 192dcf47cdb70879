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

/** ms that what a start leaves behind has to be given back. */
const SETTLES_MS = 10_000;

/**
 * Resident MB of a proxy that is ready, started as everybody starts it: as soon as it is `enough`, at the latest when it has had time to settle.
 * How much garbage a start has made by the time it answers depends on how its turns fell.
 */
async function resident(program: readonly string[], enough = Number.POSITIVE_INFINITY): Promise<number> {
  const port = await freePort();
  const config = `admin: { address: { socket_address: { address: 127.0.0.1, port_value: ${port} } } }\n`;
  const child = await startProxy({ command: program, args: ['--config-yaml', config], adminPort: port });
  const deadline = Date.now() + SETTLES_MS;
  const now = (): number => {
    const status = readFileSync(`/proc/${child.process.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1000;
  };
  while (now() > enough && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 100));
  const mb = now();
  await child.stop();
  return mb;
}

t.test('a start without --concurrency is not larger than Envoy', { skip }, async (t) => {
  const theirs = await resident([envoy!]);
  const ours = await resident(command, theirs);
  t.ok(ours > 20 && ours <= theirs, `${ours} MB, Envoy ${theirs} MB`);
});
