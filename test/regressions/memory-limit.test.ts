/**
 * Under a memory limit of 64 MiB: what is held for all connections together follows from the limit. In a cgroup, as the kernel of a pod
 * does it; where none can be made, with the limit told and resident memory looked at.
 */
import * as net from 'node:net';
import t from 'tap';
import { makeCgroup } from '../../bench/measure/cgroup.ts';
import { heldBudget } from '../../src/process/memory-limit.ts';
import { Peer } from '../http/proxy.ts';
import { bundledCommand } from '../support/bundled.ts';
import { listening } from '../support/listening.ts';
import { cluster, httpManager, MeasuredProxy } from '../support/measured-proxy.ts';

const MB = 1 << 20;
// A bound on a machine that has much else to do.
t.setTimeout(240_000);
const LIMIT_MB = 64;
const skip = process.platform === 'linux' ? false : 'resident memory is read from /proc';

t.test('the budget follows from the limit, the number of event loops, and is never nothing', (t) => {
  t.equal(heldBudget(1, String(64 * MB)), 6 * MB);
  t.equal(heldBudget(2, String(64 * MB)), 3 * MB);
  t.equal(heldBudget(1, String(1024 * MB)), 246 * MB);
  t.equal(heldBudget(1, String(16 * MB)), 4 * MB);
  const here = heldBudget(1, '');
  t.ok(here >= 4 * MB && here < Number.POSITIVE_INFINITY, `${here / MB} MiB on this machine`);
  t.end();
});

/** 32 connections fetch 1 MiB bodies, `each` of them; resolves when all have come. */
async function fetchAll(port: number, size: number, each: number, pauseMs: number): Promise<void> {
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const p = new Peer(net.connect(port, '127.0.0.1'));
      p.keep = false;
      let asked = 1;
      p.send('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
      p.socket.on('data', () => {
        // The head is some hundred bytes.
        if (p.received >= asked * size && p.received < asked * (size + 1000)) {
          if (asked++ === each) {
            resolve();
            p.close();
            return;
          }
          p.send('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
        }
        if (pauseMs > 0) {
          p.socket.pause();
          setTimeout(() => p.socket.resume(), pauseMs);
        }
      });
      p.socket.on('close', () => reject(new Error(`closed after ${p.received} bytes`)));
    });
  await Promise.all(Array.from({ length: 32 }, one));
}

for (const [what, pauseMs, each] of [
  ['as fast as they can', 0, 20],
  ['slowly', 10, 2],
] as const) {
  t.test(`32 connections fetch bodies of 1 MiB ${what}, under 64 MiB`, { skip }, async (t) => {
    const head = Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${MB}\r\n\r\n`);
    const body = Buffer.alloc(MB, 'x');
    const origin = net.createServer((s) => {
      s.on('data', () => {
        s.write(head);
        s.write(body);
      });
    });
    const port = await listening(t, origin);
    const cgroup = makeCgroup({ cpus: 2, memoryMb: LIMIT_MB });
    const limited = !('missing' in cgroup) && !cgroup.what.includes('not limited');
    if ('missing' in cgroup) t.comment(cgroup.missing);
    else t.teardown(() => cgroup.remove());
    if (!limited) process.env.ENVOYLET_MEMORY_LIMIT = String(LIMIT_MB * MB);
    t.teardown(() => delete process.env.ENVOYLET_MEMORY_LIMIT);
    const p = await MeasuredProxy.start(t, {
      filters: [httpManager('v3')],
      clusters: [cluster(port)],
      command: await bundledCommand(t),
      ...('missing' in cgroup ? {} : { enter: cgroup.enter }),
    });
    t.equal(await p.value('envoylet.held_budget_bytes'), heldBudget(1, String(LIMIT_MB * MB)), 'the limit is known');
    await fetchAll(p.port, MB, each, pauseMs);
    t.equal(p.child.exited, undefined, 'it lives');
    // Pages of the program itself, 40 MiB and more, are shared or can be dropped: the rest is what the limit is about.
    t.ok(p.anonymous() < LIMIT_MB, `${p.anonymous().toFixed(1)} MiB of its own`);
  });
}
