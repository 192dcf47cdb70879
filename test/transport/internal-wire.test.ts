/** A connection inside the process behaves as one over a socket: bytes in order, half close, a reader that does not read stops who writes. */
import t from 'tap';
import { Address } from '../../src/transport/address.ts';
import { Connection, connect } from '../../src/transport/connection.ts';
import { listenInternally, stopInternally } from '../../src/transport/internal-wire.ts';
import type { ConnectionHandler } from '../../src/transport/types.ts';
import { turns, until } from '../http/proxy.ts';

class Side implements ConnectionHandler {
  connected = false;
  ended = false;
  got = 0;
  text = '';
  closed = '';
  above = false;
  onConnected(): void {
    this.connected = true;
  }
  onData(d: Buffer): void {
    this.got += d.length;
    if (this.text.length < 100) this.text += d.toString('latin1', 0, 100);
  }
  onEnd(): void {
    this.ended = true;
  }
  onClose(local: boolean, error: string): void {
    this.closed = `${local} ${error}`;
  }
  onAboveWriteBuffer(): void {
    this.above = true;
  }
  onBelowWriteBuffer(): void {
    this.above = false;
  }
}

const OPTIONS = { bufferLimitBytes: 64 * 1024, connectTimeoutMs: 5000 };

function listen(t: { teardown(fn: () => unknown): void }): { servers: Connection[]; sides: Side[] } {
  const servers: Connection[] = [];
  const sides: Side[] = [];
  const listener = {
    accepted(make: (owner: Connection) => never): void {
      const side = new Side();
      const c = new Connection(side, OPTIONS.bufferLimitBytes);
      c.attach(make(c), false);
      servers.push(c);
      sides.push(side);
    },
  };
  listenInternally('in', listener as never);
  t.teardown(() => stopInternally('in', listener as never));
  return { servers, sides };
}

const dial = (side: Side): Connection => connect(new Address('', 0, 'envoy://in/e'), side, OPTIONS);

t.test('both ways, with half close', async (t) => {
  const { servers, sides } = listen(t);
  const side = new Side();
  const c = dial(side);
  c.write(Buffer.from('early'));
  await until(() => sides[0]?.text === 'early');
  t.equal(side.connected, true);
  t.equal(servers[0].localAddress.text, 'envoy://in/e');
  t.equal(servers[0].remoteAddress.text, 'envoy://internal_client_address/');
  c.end();
  await until(() => sides[0].ended);
  servers[0].write(Buffer.from('late'));
  servers[0].end();
  await until(() => side.text === 'late' && side.ended);
  await until(() => side.closed !== '' && sides[0].closed !== '');
});

t.test('who does not read stops who writes; nothing is lost', async (t) => {
  const { servers, sides } = listen(t);
  const side = new Side();
  const c = dial(side);
  await until(() => servers.length === 1);
  servers[0].readDisable(true);
  const chunk = Buffer.alloc(50_000, 'x');
  for (let i = 0; i < 40; i++) c.write(chunk);
  await turns(20);
  t.equal(side.above, true);
  t.equal(sides[0].got, 0);
  t.ok(c.bufferedBytes >= 1_900_000, 'it waits where it can be counted');
  servers[0].readDisable(false);
  await until(() => sides[0].got === 2_000_000);
  t.equal(side.above, false);
  c.close('noFlush');
  await until(() => sides[0].ended);
});

t.test('closed with bytes unread, reset, nobody there', async (t) => {
  const { servers, sides } = listen(t);
  const side = new Side();
  const c = dial(side);
  await until(() => servers.length === 1);
  servers[0].readDisable(true);
  c.write(Buffer.from('never read'));
  await turns(3);
  servers[0].close('noFlush');
  await until(() => side.closed !== '');
  t.equal(side.closed, 'false ECONNRESET');

  const other = new Side();
  dial(other);
  await until(() => servers.length === 2);
  servers[1].reset();
  await until(() => other.closed !== '');
  t.equal(other.closed, 'false ECONNRESET');
  t.equal(sides[1].closed, 'true ');

  const lost = new Side();
  connect(new Address('', 0, 'envoy://nobody/'), lost, OPTIONS);
  await until(() => lost.closed !== '');
  t.equal(lost.closed, 'false EINVAL');
  t.equal(lost.connected, false);
});

t.test('a reader that reads and writes in turn starves nobody', async (t) => {
  const { servers } = listen(t);
  const side = new Side();
  const c = dial(side);
  await until(() => servers.length === 1);
  // Each answers each byte with a byte, for ever.
  servers[0].handler.onData = (d) => servers[0].write(Buffer.from(d));
  let rounds = 0;
  side.onData = (d) => {
    rounds++;
    c.write(Buffer.from(d));
  };
  c.write(Buffer.from('p'));
  await until(() => rounds > 100);
  c.close('noFlush');
  await until(() => servers[0].closed || rounds > 0);
});
