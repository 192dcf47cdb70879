import net from 'node:net';
import t, { type Test } from 'tap';
import { Address } from '../../src/transport/address.ts';
import { CONNECT_TIMEOUT, Connection, connect } from '../../src/transport/connection.ts';
import { connectHandle } from '../../src/transport/handle-wire.ts';
import { handles } from '../../src/transport/handles.ts';
import { connectNet } from '../../src/transport/net-wire.ts';
import type { ConnectionHandler } from '../../src/transport/types.ts';

/** Records what a connection tells, and lets a test wait for it. */
class Recorder implements ConnectionHandler {
  readonly events: string[] = [];
  readonly received: Buffer[] = [];
  private waiters: { name: string; resolve: () => void }[] = [];
  private note(name: string): void {
    this.events.push(name);
    this.waiters = this.waiters.filter((w) => {
      if (w.name !== name) return true;
      w.resolve();
      return false;
    });
  }
  onConnected(): void {
    this.note('connected');
  }
  onData(chunk: Buffer): void {
    this.received.push(chunk);
    this.note('data');
  }
  onEnd(): void {
    this.note('end');
  }
  onClose(local: boolean, error: string): void {
    this.events.push(`close ${local ? 'local' : 'remote'} ${error}`);
    this.note('close');
  }
  onAboveWriteBuffer(): void {
    this.note('above');
  }
  onBelowWriteBuffer(): void {
    this.note('below');
  }
  until(name: string): Promise<void> {
    if (this.events.includes(name)) return Promise.resolve();
    return new Promise((resolve) => {
      this.waiters.push({ name, resolve });
    });
  }
  get text(): string {
    return Buffer.concat(this.received).toString('latin1');
  }
}

async function server(t: Test, onSocket: (s: net.Socket) => void): Promise<Address> {
  const s = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    onSocket(socket);
  });
  await new Promise<void>((resolve) => {
    s.listen(0, '127.0.0.1', resolve);
  });
  t.teardown(() => s.close());
  return new Address('127.0.0.1', (s.address() as net.AddressInfo).port);
}

const wires = [
  { name: 'net.Socket', make: connectNet },
  ...(handles !== null ? [{ name: 'stream handle', make: connectHandle }] : []),
];

t.test('the stream handles are what this Node has', async (t) => {
  t.ok(handles, 'probe of handles.ts');
});

for (const { name, make } of wires) {
  const open = (address: Address, limit = 1024 * 1024): { c: Connection; r: Recorder } => {
    const r = new Recorder();
    const c = new Connection(r, limit);
    c.attach(make(address, c), true);
    return { c, r };
  };

  t.test(`${name}: what is written in one turn arrives as one, in order, text and buffers mixed`, async (t) => {
    const got: Buffer[] = [];
    const address = await server(t, (s) => {
      s.on('data', (d) => got.push(d));
      s.on('end', () => s.end('bye'));
    });
    const { c, r } = open(address);
    await r.until('connected');
    c.writeLatin1('a');
    c.writeLatin1('b\xff');
    c.write(Buffer.from('c'));
    c.write(Buffer.from('d'));
    c.writeLatin1('e');
    c.end();
    await r.until('close');
    t.equal(Buffer.concat(got).toString('latin1'), 'ab\xffcde');
    t.equal(got.length, 1, 'one write');
    t.equal(r.text, 'bye');
    t.same(r.events, ['connected', 'data', 'end', 'close remote ', 'close']);
  });

  t.test(`${name}: a flush may be put off for some turns while each brings more`, async (t) => {
    const got: string[] = [];
    const address = await server(t, (s) => s.on('data', (d) => got.push(d.toString('latin1'))));
    const { c, r } = open(address);
    await r.until('connected');
    /** Runs once a turn, before the flushes of that turn. */
    const turns = async (texts: string[]): Promise<number[]> => {
      const left: number[] = [];
      for (const text of texts) {
        c.writeLatin1(text);
        await new Promise((resolve) => setImmediate(resolve));
        left.push(c.bufferedBytes);
      }
      return left;
    };
    const arrived = async (n: number): Promise<string> => {
      while (got.join('').length < n) await new Promise((resolve) => setTimeout(resolve, 1));
      return got.splice(0).join('|');
    };
    c.gatherTurns = 2;
    if (make === connectHandle) {
      t.same(await turns(['a', 'b', 'c']), [1, 2, 0], 'two turns and no more');
      t.equal(await arrived(3), 'abc', 'one write');
      t.same(await turns(['d', '', 'e', '']), [1, 0, 1, 0], 'not when a turn brings nothing');
      t.equal((await arrived(2)).replace('|', ''), 'de');
    } else {
      await turns(['a', 'b', 'c']);
      t.equal((await arrived(3)).replaceAll('|', ''), 'abc');
    }
    c.write(Buffer.alloc(40_000, 'x'));
    await new Promise((resolve) => setImmediate(resolve));
    t.ok(make !== connectHandle || c.bufferedBytes === 0, 'much is not held');
    await arrived(40_000);
    c.writeLatin1('last');
    c.end();
    t.equal(await arrived(4), 'last');
    c.gatherTurns = 0;
    c.close('noFlush');
  });

  t.test(`${name}: who gathers is asked before a write, a half close and a flushing close`, async (t) => {
    for (const last of ['turn', 'end', 'flush', 'flushDelayed'] as const) {
      const { promise: done, resolve } = Promise.withResolvers<string>();
      const address = await server(t, (s) => {
        let text = '';
        s.on('data', (d) => {
          text += d.toString('latin1');
          if (text === 'gathered') resolve(text);
        });
        s.on('end', () => {
          resolve(text);
          s.end();
        });
      });
      const { c, r } = open(address);
      await r.until('connected');
      let asked = 0;
      c.beforeFlush({
        flush: () => {
          asked++;
          c.write(Buffer.from('gathered'));
        },
      });
      if (last === 'end') c.end();
      else if (last !== 'turn') c.close(last);
      t.equal(await done, 'gathered', last);
      t.equal(asked, 1);
      c.close('noFlush');
    }
  });

  t.test(`${name}: bytes written before the connection stands are kept`, async (t) => {
    const address = await server(t, (s) => s.pipe(s));
    const { c, r } = open(address);
    c.writeLatin1('early');
    await r.until('data');
    t.equal(r.text, 'early');
    c.close('noFlush');
    t.ok(c.closed);
    t.equal(r.events.at(-2), 'close local ');
  });

  t.test(`${name}: a reader that stops raises the watermark; when it reads again it falls`, async (t) => {
    const { promise: accepted, resolve: accept } = Promise.withResolvers<net.Socket>();
    const address = await server(t, accept);
    const { c, r } = open(address, 64 * 1024);
    await r.until('connected');
    const peer = await accepted;
    const chunk = Buffer.alloc(256 * 1024, 'x');
    let sent = 0;
    while (!r.events.includes('above')) {
      c.write(chunk);
      sent += chunk.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    let read = 0;
    peer.on('data', (d) => {
      read += d.length;
    });
    const ended = new Promise((resolve) => peer.on('end', resolve));
    await r.until('below');
    c.end();
    await ended;
    t.equal(read, sent, 'nothing was lost');
    c.close('noFlush');
  });

  t.test(`${name}: readDisable counts`, async (t) => {
    const address = await server(t, (s) => s.write('hello'));
    const { c, r } = open(address);
    c.readDisable(true);
    c.readDisable(true);
    await r.until('connected');
    c.readDisable(false);
    await new Promise((resolve) => setTimeout(resolve, 20));
    t.equal(r.text, '', 'one disable is left');
    c.readDisable(false);
    await r.until('data');
    t.equal(r.text, 'hello');
    c.close('noFlush');
  });

  t.test(`${name}: a flushing close sends everything first`, async (t) => {
    let read = 0;
    const ended = new Promise<void>((resolve) => {
      server(t, (s) => {
        s.on('data', (d) => {
          read += d.length;
        });
        s.on('end', () => {
          resolve();
          s.end();
        });
      }).then(async (address) => {
        const { c, r } = open(address);
        await r.until('connected');
        c.write(Buffer.alloc(3_000_000, 'y'));
        c.close('flush');
        c.writeLatin1('too late');
      });
    });
    await ended;
    t.equal(read, 3_000_000);
  });

  t.test(`${name}: a delayed close waits for the peer, and not for ever`, async (t) => {
    const address = await server(t, () => {});
    const { c, r } = open(address);
    await r.until('connected');
    c.delayedCloseTimeoutMs = 30;
    let forced = 0;
    c.onDelayedCloseTimeout = { inc: () => forced++ } as unknown as Connection['onDelayedCloseTimeout'];
    c.writeLatin1('last words');
    c.close('flushDelayed');
    await r.until('close');
    t.equal(forced, 1);
  });

  t.test(`${name}: a refused connect is reported with its errno`, async (t) => {
    const s = net.createServer();
    await new Promise<void>((resolve) => {
      s.listen(0, '127.0.0.1', resolve);
    });
    const { port } = s.address() as net.AddressInfo;
    await new Promise((resolve) => s.close(resolve));
    const { r } = open(new Address('127.0.0.1', port));
    await r.until('close');
    t.same(r.events, ['close remote ECONNREFUSED', 'close']);
  });

  t.test(`${name}: a reset by the peer closes with ECONNRESET`, async (t) => {
    const address = await server(t, (s) => s.resetAndDestroy());
    const { r } = open(address);
    await r.until('close');
    t.match(r.events.join(), /close remote ECONNRESET/);
  });

  t.test(`${name}: addresses`, async (t) => {
    const address = await server(t, (s) => s.write('x'));
    const { c, r } = open(address);
    await r.until('data');
    t.equal(c.remoteAddress.text, address.text);
    t.equal(c.localAddress.ip, '127.0.0.1');
    c.close('noFlush');
  });
}

t.test('connect gives up after its timeout', async (t) => {
  // A listener whose backlog is full neither accepts nor refuses.
  const full = net.createServer();
  await new Promise<void>((resolve) => {
    full.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, resolve);
  });
  (full as unknown as { _handle: { onconnection: unknown } })._handle.onconnection = () => {};
  t.teardown(() => full.close());
  const { port } = full.address() as net.AddressInfo;
  const first = new Recorder();
  const quick = connect(new Address('127.0.0.1', port), first, { bufferLimitBytes: 0, connectTimeoutMs: 1000 });
  await first.until('connected');
  quick.close('noFlush');
  const r = new Recorder();
  const c = new Connection(r, 0);
  // A wire that never answers stands for a network that swallows SYNs.
  c.attach(
    {
      ready: true,
      security: null,
      handOver() {},
      readStart() {},
      readStop() {},
      keepsWrites: false,
      writeBuffer: () => true,
      writeMany: () => true,
      shutdown() {},
      close() {},
      reset() {},
      unwritten: () => 0,
      setKeepAlive() {},
      remoteAddress: () => new Address('127.0.0.1', port),
      localAddress: () => new Address('127.0.0.1', 0),
    },
    true,
  );
  c.startConnectTimer(20);
  const hold = setInterval(() => {}, 1000);
  await r.until('close');
  clearInterval(hold);
  t.same(r.events, [`close local ${CONNECT_TIMEOUT}`, 'close']);
});
