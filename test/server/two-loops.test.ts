// Every config of the conformance cases comes up with two event loops: a worker builds from the decoded config alone, without the schema, the
// warnings and whatever else only the main thread has loaded, and what leans on one of them fails there and nowhere else.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { bootstrap, loadConfig } from '../conformance/config.ts';
import { copyCertificates } from '../support/certificates.ts';
import { Child } from '../support/child.ts';
import { freePort } from '../support/ports.ts';
import { envoyletCommand } from '../support/proxy-process.ts';

const CONFIGS = join(import.meta.dirname, '../conformance/configs');
/** ms; a start of the bundle takes half a second. */
const LIMIT_MS = 20_000;
const AT_ONCE = 2;

/** From the sources a start costs ten times as much. */
const skip = process.env.ENVOYLET_CMD === undefined ? 'played with the bundle alone (.ci/run)' : false;
t.setTimeout(300_000);

t.test('every config of the conformance cases comes up with two event loops', { skip, timeout: 300_000 }, async (t) => {
  // Short: the path of a Unix socket has 108 bytes.
  const root = mkdtempSync(join(tmpdir(), 'loops-'));
  t.teardown(() => rmSync(root, { recursive: true }));
  const [program, ...first] = envoyletCommand();
  const names = readdirSync(CONFIGS).map((file) => file.replace('.yaml', ''));
  const comesUp = async (name: string): Promise<void> => {
    const config = loadConfig(CONFIGS, name);
    if (config.pending) return;
    const directory = join(root, name);
    mkdirSync(directory);
    copyCertificates(join(directory, 'certs'));
    const ports = new Map<string, number>();
    for (const n of [...config.listeners, ...config.upstreams.keys(), 'admin']) ports.set(n, await freePort());
    const here = (text: string): string =>
      text
        .replaceAll('<dir>', directory)
        .replaceAll(/"<port (\w+)>"|<port (\w+)>/g, (_, a?: string, b?: string) => String(ports.get(a ?? b ?? '')));
    for (const [file, text] of Object.entries(config.files)) writeFileSync(join(directory, file), here(String(text)));
    const path = join(directory, 'envoy.json');
    writeFileSync(path, here(JSON.stringify(bootstrap(config, ports))));
    const child = new Child(program!, [...first, '-c', path, '--concurrency', '2']);
    const deadline = Date.now() + LIMIT_MS;
    let over = false;
    const ended = child.ended().then(() => {
      over = true;
    });
    while (!over && !child.output.includes('starting workers') && Date.now() < deadline) {
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 20))]);
    }
    t.match(child.output, /starting workers/, name);
    t.notMatch(child.output, /in worker \d/, name);
    await child.stop();
  };
  const lane = async (): Promise<void> => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) await comesUp(name);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
});
