/**
 * A worker thread that ends under load: only its own connections are lost, the others go on, another takes its place, and what it had
 * counted is not forgotten.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { answering, OK, Peer, get as request, Upstream, until } from '../http/proxy.ts';
import { address, cluster, httpManager } from '../support/measured-proxy.ts';
import { freePort } from '../support/ports.ts';
import { get, startProxy } from '../support/proxy-process.ts';

const CONNECTIONS = 32;
const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
t.setTimeout(120_000);

t.test('a worker ends under load', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'worker-ends-'));
  const u = await Upstream.start(answering(OK));
  const [port, admin] = [await freePort(), await freePort()];
  const file = join(directory, 'envoy.json');
  writeFileSync(
    file,
    JSON.stringify({
      static_resources: {
        listeners: [{ name: 'l', address: address(port), filter_chains: [{ filters: [httpManager('v3')] }] }],
        clusters: [cluster(u.port)],
      },
      admin: { address: address(admin) },
    }),
  );
  const log = join(directory, 'log');
  const child = await startProxy({
    command: [process.execPath, '--import', path('../support/end-worker.mjs'), path('../../src/main.ts')],
    args: ['-c', file, '--concurrency', '2', '--log-path', log],
    adminPort: admin,
    listenerPort: port,
  });
  t.teardown(async () => {
    await child.stop();
    u.stop();
    rmSync(directory, { recursive: true });
  });
  const value = async (name: string): Promise<number> =>
    Number((await get(admin, `/stats?filter=^${name}$`))!.body.split(': ')[1] ?? 0);
  const active = (worker: number): Promise<number> => value(`listener.*worker_${worker}.downstream_cx_active`);

  /** Asks again and again until it is closed; how many answers it got. */
  class Client {
    answers = 0;
    gone = false;
    stopped = false;
    readonly over: Promise<void>;
    constructor() {
      const p = new Peer(net.connect(port, '127.0.0.1'));
      this.over = (async () => {
        while (!this.stopped) {
          const m = await p.send(request()).message();
          if (m.body !== 'ok') {
            this.gone = true;
            return;
          }
          this.answers++;
        }
        p.close();
      })();
    }
  }
  const clients = Array.from({ length: CONNECTIONS }, () => new Client());
  await until(() => clients.every((c) => c.answers > 2));
  const [first, second] = [await active(0), await active(1)];
  t.equal(first + second, CONNECTIONS);
  t.ok(first > 0 && second > 0, `${first} and ${second}`);
  const counted = await value('cluster.u.upstream_rq_total');

  child.process.kill('SIGUSR2');
  await until(() => clients.filter((c) => c.gone).length >= second);
  const before = clients.map((c) => c.answers);
  await until(() => clients.every((c, i) => c.gone || c.answers > before[i]! + 5));
  t.equal(clients.filter((c) => c.gone).length, second, 'only its own connections are lost');
  while ((await value('envoylet.workers_replaced_total')) < 1);
  t.ok((await value('cluster.u.upstream_rq_total')) > counted, 'what it had counted is not forgotten');

  const more = Array.from({ length: CONNECTIONS }, () => new Client());
  await until(() => more.every((c) => c.answers > 2));
  t.ok((await active(1)) > 0, 'the new one serves');
  t.equal((await active(0)) + (await active(1)), first + CONNECTIONS);
  for (const c of [...clients, ...more]) c.stopped = true;
  await Promise.all([...clients, ...more].map((c) => c.over));
  t.equal(more.filter((c) => c.gone).length, 0);

  // Ends again and again: longer pauses.
  for (let n = 2; n <= 4; n++) {
    child.process.kill('SIGUSR2');
    while ((await value('envoylet.workers_replaced_total')) < n);
  }
  const waits = readFileSync(log, 'latin1').matchAll(/worker 1 ended, another follows in ([\d.]+) s/g);
  t.same(
    [...waits].map((m) => Number(m[1])),
    [0.1, 0.2, 0.4, 0.8],
  );
  t.equal(await child.stop(), 0, 'an orderly end');
});
