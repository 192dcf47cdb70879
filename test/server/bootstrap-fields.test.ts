// Bootstrap fields that only a whole process shows: flags_path, admin.access_log.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { freePort } from '../support/ports.ts';
import { envoyletCommand, get, startProxy } from '../support/proxy-process.ts';

t.test(
  'a file `drain` in flags_path: the health check fails from the start; admin.access_log is written',
  async (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'envoylet-'));
    t.teardown(() => rmSync(dir, { recursive: true }));
    const port = await freePort();
    const log = join(dir, 'admin.log');
    const config = join(dir, 'envoy.yaml');
    writeFileSync(
      config,
      `flags_path: ${dir}
admin:
  access_log: [{name: envoy.access_loggers.file, typed_config: {"@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog, path: ${log}}}]
  address: {socket_address: {address: 127.0.0.1, port_value: ${port}}}
`,
    );
    const run = async (): Promise<number | undefined> => {
      const child = await startProxy({ command: envoyletCommand(), args: ['-c', config], listenerPort: port });
      try {
        // LIVE comes some turns after the admin port is open.
        for (;;) {
          const page = await get(port, '/ready');
          if (page?.body !== 'PRE_INITIALIZING\n' && page?.body !== 'INITIALIZING\n') return page?.status;
        }
      } finally {
        await child.stop();
      }
    };
    t.equal(await run(), 200);
    t.match(readFileSync(log, 'latin1'), /^\[[^\]]+\] "GET \/ready HTTP\/1.1" /);
    writeFileSync(join(dir, 'drain'), '');
    t.equal(await run(), 503);
  },
);
