/** Both listening sockets, the one on handles and the one on net.Server, do the same. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { Address } from '../../src/transport/address.ts';
import { HandleServerSocket } from '../../src/transport/handle-server-socket.ts';
import { handles } from '../../src/transport/handles.ts';
import { NetServerSocket } from '../../src/transport/net-server-socket.ts';
import type { ServerSocket, ServerSocketOptions } from '../../src/transport/server-socket.ts';
import type { Wire } from '../../src/transport/wire.ts';

const QUIET = {
  takesLent: false,
  wireConnected() {},
  wireData() {},
  wireEnd() {},
  wireWritten() {},
  wireShutdownDone() {},
  wireFailed() {},
};
const on = (address: Address, more: Partial<ServerSocketOptions> = {}): ServerSocketOptions => ({
  address,
  port: address.port,
  backlog: 16,
  reusePort: false,
  ipv6Only: false,
  ...more,
});

const LISTEN_AND_DIE =
  "require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))";

const KINDS = [
  { name: 'net.Server', Kind: NetServerSocket },
  ...(handles !== null ? [{ name: 'handles', Kind: HandleServerSocket }] : []),
];
for (const { name, Kind } of KINDS) {
  t.test(name, async (t) => {
    const make = (): { socket: ServerSocket; wires: Wire[] } => {
      const wires: Wire[] = [];
      const socket = new Kind({
        accepted: (wire) => void wires.push(wire(QUIET)),
        acceptFailed: (code) => t.fail(code),
      });
      t.teardown(() => {
        socket.close();
        for (const w of wires) w.close();
      });
      return { socket, wires };
    };
    t.test('an error of bind is the kernel’s own', async (t) => {
      const dir = mkdtempSync(join(tmpdir(), 'envoylet-socket-'));
      t.teardown(() => rmSync(dir, { recursive: true }));
      writeFileSync(join(dir, 'file'), '');
      mkdirSync(join(dir, 'closed'), { mode: 0o500 });
      const code = (path: string): Promise<string> =>
        make()
          .socket.listen(on(new Address('', 0, path)))
          .then(String, (e: NodeJS.ErrnoException) => e.code ?? e.message);
      t.equal(await code(join(dir, 'none', 's')), 'ENOENT');
      t.equal(await code(join(dir, 'file', 's')), 'ENOTDIR');
      if (process.getuid?.() !== 0) t.equal(await code(join(dir, 'closed', 's')), 'EACCES');
      t.strictSame(readdirSync(dir), ['closed', 'file']);
    });

    const greeted = async (to: net.NetConnectOpts, wires: Wire[]): Promise<void> => {
      const client = net.connect(to);
      t.teardown(() => client.destroy());
      await once(client, 'connect');
      while (wires.length === 0) await new Promise((resolve) => setImmediate(resolve));
      wires[0].writeBuffer(Buffer.from('hello'));
      t.equal(String(await once(client, 'data')), 'hello');
    };

    t.test('IPv4, a port of the kernel’s choice', async (t) => {
      const { socket, wires } = make();
      const port = await socket.listen(on(new Address('127.0.0.1', 0)));
      t.ok(port > 0);
      await greeted({ port, host: '127.0.0.1' }, wires);
      t.equal(wires[0].remoteAddress().ip, '127.0.0.1');
      t.equal(wires[0].localAddress().port, port);
    });

    t.test('IPv6 takes IPv4 unless told not to', async (t) => {
      const both = make();
      const port = await both.socket.listen(on(new Address('::', 0)));
      await greeted({ port, host: '127.0.0.1' }, both.wires);
      const only = make();
      const other = await only.socket.listen(on(new Address('::', 0), { ipv6Only: true }));
      const [error] = await once(net.connect({ port: other, host: '127.0.0.1' }), 'error');
      t.equal((error as NodeJS.ErrnoException).code, 'ECONNREFUSED');
    });

    t.test('a path, gone after close', async (t) => {
      const dir = mkdtempSync(join(tmpdir(), 'socket-'));
      t.teardown(() => rmSync(dir, { recursive: true }));
      const path = join(dir, 's');
      const { socket, wires } = make();
      t.equal(await socket.listen(on(new Address('', 0, path))), 0);
      await greeted({ path }, wires);
      socket.close();
      while (existsSync(path)) await new Promise((resolve) => setImmediate(resolve));
    });

    t.test('a path where something is', async (t) => {
      const dir = mkdtempSync(join(tmpdir(), 'socket-'));
      t.teardown(() => rmSync(dir, { recursive: true }));
      const address = (name: string): Address => new Address('', 0, join(dir, name));

      const killed = spawnSync(process.execPath, ['-e', LISTEN_AND_DIE, join(dir, 'stale')]);
      t.equal(killed.signal, 'SIGKILL');
      t.ok(existsSync(join(dir, 'stale')), 'a process that was killed leaves its socket');
      const stale = make();
      await stale.socket.listen(on(address('stale')));
      await greeted({ path: join(dir, 'stale') }, stale.wires);

      writeFileSync(join(dir, 'file'), 'text');
      const file = make();
      await file.socket.listen(on(address('file')));
      await greeted({ path: join(dir, 'file') }, file.wires);

      mkdirSync(join(dir, 'directory'));
      await t.rejects(make().socket.listen(on(address('directory'))), { code: 'EADDRINUSE' });
      t.ok(existsSync(join(dir, 'directory')), 'the failed bind left it alone');
    });

    t.test('a path is taken over from one that still listens, and is not lost when that one closes', async (t) => {
      const dir = mkdtempSync(join(tmpdir(), 'socket-'));
      t.teardown(() => rmSync(dir, { recursive: true }));
      const path = join(dir, 's');
      const first = make();
      await first.socket.listen(on(new Address('', 0, path)));
      const second = make();
      await second.socket.listen(on(new Address('', 0, path)));
      first.socket.close();
      await greeted({ path }, second.wires);
      t.same(readdirSync(dir), ['s']);
      t.equal(first.wires.length, 0);
    });

    t.test('abstract names', { skip: process.platform !== 'linux' }, async () => {
      const { socket, wires } = make();
      const name = `envoylet-test-${process.pid}-${Kind.name}`;
      await socket.listen(on(new Address('', 0, `@${name}`)));
      await greeted({ path: `\0${name}` }, wires);
    });

    t.test('an address in use and one that is not ours', async (t) => {
      const port = await make().socket.listen(on(new Address('127.0.0.1', 0)));
      await t.rejects(make().socket.listen(on(new Address('127.0.0.1', port))), { code: 'EADDRINUSE' });
      await t.rejects(make().socket.listen(on(new Address('192.0.2.1', 0))), { code: 'EADDRNOTAVAIL' });
    });

    t.test('one port for two', { skip: process.platform !== 'linux' }, async (t) => {
      const port = await make().socket.listen(on(new Address('127.0.0.1', 0), { reusePort: true }));
      t.equal(await make().socket.listen(on(new Address('127.0.0.1', port), { reusePort: true })), port);
    });

    t.test('close refuses what comes later, and may come twice', async (t) => {
      const { socket } = make();
      const port = await socket.listen(on(new Address('127.0.0.1', 0)));
      socket.close();
      socket.close();
      const [error] = await once(net.connect({ port, host: '127.0.0.1' }), 'error');
      t.equal((error as NodeJS.ErrnoException).code, 'ECONNREFUSED');
    });
  });
}
