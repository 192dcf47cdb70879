/** CommonTlsContext.key_log: who can read what, and for whose connections. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { DownstreamTlsContext, TlsKeyLog } from '../../src/config/schema/types.ts';
import { fileSinks } from '../../src/log/file-sink.ts';
import { cluster, get, TestProxy } from '../http/proxy.ts';
import { listening } from '../support/listening.ts';
import { pair, startTls, TlsPeer, tlsServer, upstreamTls } from './proxy.ts';

const directory = mkdtempSync(join(tmpdir(), 'key-log-'));
t.teardown(() => rmSync(directory, { recursive: true, force: true }));
let files = 0;
const newPath = (): string => join(directory, `${++files}`);

const context = (keyLog: TlsKeyLog): DownstreamTlsContext => ({
  commonTlsContext: { tlsCertificates: [pair('server')], keyLog },
});
const lines = (path: string): string[] => {
  fileSinks.flush();
  return readFileSync(path, 'latin1').split('\n').slice(0, -1);
};

t.test("a listener's: the same secrets that the client has", async (t) => {
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const path = newPath();
    const proxy = await startTls(context({ path }));
    t.teardown(() => proxy.stop());
    const peer = new TlsPeer(proxy.port, { maxVersion });
    const seen: string[] = [];
    peer.socket.on('keylog', (line) => seen.push(line.toString('latin1').trimEnd()));
    peer.send(get());
    await peer.message();
    t.ok(seen.length >= (maxVersion === 'TLSv1.2' ? 1 : 4));
    t.same(lines(path).sort(), [...new Set(seen)].sort());
    peer.close();
  }
});

t.test('only of addresses in both ranges', async (t) => {
  const here = [{ addressPrefix: '127.0.0.0', prefixLen: 8 }];
  const there = [{ addressPrefix: '10.0.0.0', prefixLen: 8 }];
  for (const [more, written] of [
    [{ localAddressRange: here, remoteAddressRange: here }, true],
    [{ localAddressRange: there }, false],
    [{ localAddressRange: here, remoteAddressRange: there }, false],
    [{ remoteAddressRange: [...there, ...here] }, true],
  ] as const) {
    const path = newPath();
    const proxy = await startTls(context({ path, ...more }));
    t.teardown(() => proxy.stop());
    const peer = new TlsPeer(proxy.port);
    peer.send(get());
    await peer.message();
    peer.close();
    t.equal(lines(path).length > 0, written);
  }
});

t.test("a cluster's, and connections of other clusters leave nothing", async (t) => {
  const server = tlsServer();
  const seen: string[] = [];
  server.on('keylog', (line: Buffer) => seen.push(line.toString('latin1').trimEnd()));
  const port = await listening(t, server);
  const path = newPath();
  const transportSocket = upstreamTls({ commonTlsContext: { keyLog: { path } } });
  const proxy = await TestProxy.start({ clusters: [cluster('u', [port], { transportSocket })] });
  t.teardown(() => proxy.stop());
  const peer = proxy.connect().send(get());
  t.match((await peer.message()).start, / 200 /);
  peer.close();
  t.ok(seen.length > 0);
  t.same(lines(path).sort(), [...new Set(seen)].sort());
});

t.test("what is wrong with it is refused in Envoy's words", async (t) => {
  await t.rejects(startTls(context({ path: '/nowhere/at/all' })), {
    message: "unable to open file '/nowhere/at/all': No such file or directory",
  });
  await t.rejects(startTls(context({ path: newPath(), remoteAddressRange: [{ addressPrefix: 'x', prefixLen: 3 }] })), {
    message: "invalid ip/mask combo 'x/3' (format is <ip>/<# mask bits>)",
  });
});
