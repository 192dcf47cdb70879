/** Listener filters, transports and network filters between an accepted socket and its terminal filter. */
import * as net from 'node:net';
import t from 'tap';
import { ConnectionLogs } from '../../src/listener/connection-log.ts';
import { FilterChain, type FilterChains, oneChain } from '../../src/listener/filter-chain.ts';
import { Listener } from '../../src/listener/listener.ts';
import type { ListenerFilter, ListenerFilterFactory, PeekedSocket } from '../../src/listener/listener-filter.ts';
import type { ReadFilter, ReadFilterCallbacks, ReadFilterFactory } from '../../src/listener/network-filter.ts';
import { Store } from '../../src/stats/store.ts';
import { Address } from '../../src/transport/address.ts';
import { type Connection, connect } from '../../src/transport/connection.ts';
import { RAW_BUFFER } from '../../src/transport/transport-factory.ts';
import type { ConnectionHandler } from '../../src/transport/types.ts';
import { Peer, turns, until } from '../http/proxy.ts';
import { FLIP_TRANSPORT, flip, HELLO } from '../transport/flip-transport.ts';

type Test = { teardown(fn: () => unknown): void };

/** Sends back what it gets; remembers the connections. */
class Echo {
  readonly seen: Connection[] = [];
  readonly closes: string[] = [];
  onConnection(c: Connection): void {
    this.seen.push(c);
    c.handler = this.handler(c);
  }
  private handler(c: Connection): ConnectionHandler {
    return {
      onConnected() {},
      onData: (d) => c.write(Buffer.from(d)),
      onEnd: () => c.close('flush'),
      onClose: (local, error) => this.closes.push(`${local} ${error}`),
      onAboveWriteBuffer() {},
      onBelowWriteBuffer() {},
    };
  }
}

async function start(
  t: Test,
  chains: FilterChains,
  filters: readonly ListenerFilterFactory[] = [],
  more: object = {},
): Promise<{ l: Listener; value: (name: string) => number; dial: () => Peer }> {
  const store = new Store();
  const address = { socketAddress: { address: '127.0.0.1', portValue: 0 } };
  const l = new Listener({ name: 'l', statPrefix: 's', address, ...more }, store, 0);
  l.setChains(chains, filters);
  await l.listen(false);
  t.teardown(() => l.destroy());
  const scope = store.scope('listener.s.');
  return {
    l,
    value: (name) => (name.endsWith('_active') ? scope.gauge(name).value : scope.counter(name).value),
    dial: () => new Peer(net.connect(l.boundAddress.port, '127.0.0.1')),
  };
}

/** Reads a line, takes it out of the stream and remembers it as the server name. */
const lineFilter = (maxBytes = 32): ListenerFilterFactory => ({
  name: 'test.line',
  create: () => ({
    maxBytes,
    onData(data: Buffer, socket: PeekedSocket) {
      const end = data.indexOf('\n');
      if (end < 0) return 'more';
      socket.info.serverName = data.toString('latin1', 0, end);
      if (socket.info.serverName === 'close') return 'close';
      socket.drain(end + 1);
      return 'done';
    },
  }),
});

t.test('a transport that changes every byte: accepted, connected, both ways, with half close', async (t) => {
  const echo = new Echo();
  const { l, dial } = await start(t, oneChain(new FilterChain('c', echo, [], FLIP_TRANSPORT)));
  const plain = dial();
  plain.send(Buffer.concat([HELLO, flip(Buffer.from('hello'))]));
  const expected = Buffer.concat([HELLO, flip(Buffer.from('hello'))]).toString('latin1');
  t.equal(await plain.until(expected), expected);
  t.same(echo.seen[0].security, { alpn: 'h2', serverName: 'flip' });
  plain.close();

  let got = '';
  let closed = '';
  const c = connect(
    new Address('127.0.0.1', l.boundAddress.port),
    {
      onConnected() {},
      onData: (d) => {
        got += d.toString();
      },
      onEnd: () => c.close('flush'),
      onClose: (local, error) => {
        closed = `${local} ${error}`;
      },
      onAboveWriteBuffer() {},
      onBelowWriteBuffer() {},
    },
    { bufferLimitBytes: 1 << 20, connectTimeoutMs: 5000, transport: FLIP_TRANSPORT },
  );
  // Written before the handshake: waits for it.
  c.write(Buffer.from('x'.repeat(100_000)));
  await until(() => got.length === 100_000);
  t.equal(got, 'x'.repeat(100_000));
  c.end();
  await until(() => closed !== '');
  await until(() => l.active === 0);
});

t.test(
  'a peer that never shakes hands is closed after transport_socket_connect_timeout, one in time is not',
  async (t) => {
    const echo = new Echo();
    const { l, value, dial } = await start(t, oneChain(new FilterChain('c', echo, [], FLIP_TRANSPORT, 50)));
    const good = dial().send(HELLO);
    const silent = dial();
    await until(() => silent.closed);
    t.equal(value('downstream_cx_transport_socket_connect_timeout'), 1);
    t.equal(l.active, 1);
    const out = flip(Buffer.from('still here')).toString('latin1');
    t.match(await good.send(flip(Buffer.from('still here'))).until(out), out);
    good.close();
  },
);

t.test('garbage instead of a handshake ends that connection', async (t) => {
  const echo = new Echo();
  const { l, dial } = await start(t, oneChain(new FilterChain('c', echo, [], FLIP_TRANSPORT)));
  await dial().send('GET / HTTP/1.1\r\n\r\n').rest();
  t.equal(echo.closes.length, 1);
  await until(() => l.active === 0);
});

t.test(
  'a listener filter sees the first bytes, takes out its own, and the chain is chosen by what it found',
  async (t) => {
    const a = new Echo();
    const b = new Echo();
    const chains: FilterChains = {
      only: null,
      find: (_raw, info) => {
        if (info.serverName === 'a') return new FilterChain('a', a);
        return info.serverName === 'b' ? new FilterChain('b', b, [], FLIP_TRANSPORT) : null;
      },
    };
    const { value, dial, l } = await start(t, chains, [lineFilter()]);
    const one = dial().send('a\nrest');
    t.equal(await one.until('rest'), 'rest', 'what came behind the line is not lost');
    t.equal(await one.send(' and more').until('more'), ' and more');
    t.equal(a.seen[0].socketInfo?.serverName, 'a');
    t.equal(a.seen[0].socketInfo?.transportProtocol, 'raw_buffer');

    // A byte at a time, and a transport behind it.
    const two = dial();
    for (const byte of [...Buffer.from('b\n'), ...HELLO, ...flip(Buffer.from('slow'))]) {
      two.send(Buffer.from([byte]));
      await turns(3);
    }
    const slow = flip(Buffer.from('slow')).toString('latin1');
    t.match(await two.until(slow), slow);

    await dial().send('nobody\n').rest();
    t.equal(value('no_filter_chain_match'), 1);
    await dial().send('close\n').rest();
    t.equal(value('downstream_listener_filter_error'), 0, 'it is the filter that counts');
    await dial().send('x'.repeat(40)).rest();
    t.equal(value('downstream_cx_total'), 2, 'more than it may look at');
    const leaver = dial().send('half');
    await until(() => value('downstream_pre_cx_active') === 1);
    leaver.socket.end();
    await until(() => value('downstream_listener_filter_remote_close') === 1);
    t.equal(value('downstream_pre_cx_active'), 0);
    t.equal(value('downstream_cx_total'), 2);
    one.close();
    two.close();
    await until(() => l.active === 0);
  },
);

t.test('listener_filters_timeout: closed, or a connection all the same', async (t) => {
  const echo = new Echo();
  const chains = oneChain(new FilterChain('c', echo));
  const strict = await start(t, chains, [lineFilter()], { listenerFiltersTimeout: 30 });
  await strict.dial().send('no line').rest();
  t.equal(strict.value('downstream_pre_cx_timeout'), 1);
  t.equal(echo.seen.length, 0);
  const lax = await start(t, chains, [lineFilter()], {
    listenerFiltersTimeout: 30,
    continueOnListenerFiltersTimeout: true,
  });
  const c = lax.dial().send('no line');
  t.equal(await c.until('no line'), 'no line');
  t.equal(lax.value('downstream_pre_cx_timeout'), 1);
  c.close();
});

t.test('a listener that is destroyed closes the sockets that are still looked at', async (t) => {
  const { l, dial, value } = await start(t, oneChain(new FilterChain('c', new Echo())), [lineFilter()]);
  const c = dial().send('half');
  await until(() => value('downstream_pre_cx_active') === 1);
  l.destroy();
  await c.rest();
  t.equal(value('downstream_pre_cx_active'), 0);
});

t.test('filters that need no bytes, or do not care for this socket, do not wait', async (t) => {
  const order: string[] = [];
  const quick: ListenerFilterFactory = {
    name: 'quick',
    create: (): ListenerFilter => ({
      maxBytes: 0,
      onData(_data, socket) {
        order.push(socket.remoteAddress.ip);
        return 'done';
      },
    }),
  };
  const absent: ListenerFilterFactory = { name: 'absent', create: () => null };
  const echo = new Echo();
  const { dial } = await start(t, oneChain(new FilterChain('c', echo)), [quick, absent, quick]);
  const c = dial();
  await until(() => echo.seen.length === 1);
  t.same(order, ['127.0.0.1', '127.0.0.1']);
  c.close();
});

/** Network filters of which each writes down what it saw. */
class Gate implements ReadFilter {
  readonly log: string[] = [];
  callbacks!: ReadFilterCallbacks;
  newConnection: 'continue' | 'stop' = 'continue';
  data: ('continue' | 'stop' | 'done')[] = [];
  onNewConnection(): 'continue' | 'stop' {
    this.log.push('new');
    return this.newConnection;
  }
  onData(data: Buffer, end: boolean): 'continue' | 'stop' | 'done' {
    this.log.push(`${data.toString('latin1')}${end ? '|' : ''}`);
    return this.data.shift() ?? 'continue';
  }
  factory(): ReadFilterFactory {
    return {
      terminal: false,
      create: (callbacks) => {
        this.callbacks = callbacks;
        return this;
      },
    };
  }
}

t.test('network filters: pause before the connection, pause at data, let go, step out of the way', async (t) => {
  const first = new Gate();
  const second = new Gate();
  first.newConnection = 'stop';
  // One that looks at bytes is shown them, though it has not let the connection pass.
  first.data = ['stop'];
  second.data = ['stop', 'done'];
  const echo = new Echo();
  const { dial } = await start(t, oneChain(new FilterChain('c', echo, [first.factory(), second.factory()])));
  const c = dial().send('one');
  await until(() => first.log.length === 2);
  await turns(5);
  t.equal(echo.seen.length, 0, 'the terminal filter waits');
  t.same(second.log, []);
  first.callbacks.continueReading(first);
  await until(() => second.log.length >= 2);
  t.equal(echo.seen.length, 0, 'as long as the bytes do not reach it');
  t.same(first.log, ['new', 'one']);
  t.same(second.log, ['new', 'one']);
  c.send('two');
  await until(() => second.log.length >= 3);
  t.same(second.log, ['new', 'one', 'onetwo'], 'it is shown all that is held for it');
  t.equal(await c.until('onetwo'), 'onetwo');
  t.equal(await c.send('three').until('three'), 'three');
  t.same(second.log.length, 3, 'done: sees no more');
  t.equal(first.log.at(-1), 'three');
  c.close();
});

t.test('network filters: more than the buffer limit is not read while one holds it', async (t) => {
  const gate = new Gate();
  gate.data = ['stop'];
  const echo = new Echo();
  const { dial } = await start(t, oneChain(new FilterChain('c', echo, [gate.factory()])), [], {
    perConnectionBufferLimitBytes: 10_000,
  });
  const c = dial();
  c.keep = false;
  c.send(Buffer.alloc(8_000_000));
  await until(() => gate.log.length > 0);
  await turns(50);
  let most = 0;
  for (const text of gate.log) most = Math.max(most, text.length);
  gate.data = Array.from({ length: 1000 }, () => 'continue');
  t.ok(most <= 10_000 + 128 * 1024, `${most}`);
  gate.callbacks.continueReading(gate);
  await until(() => c.received === 8_000_000);
  c.close();
});

t.test(
  'network filters: an end that is held comes after the bytes; a filter that closes ends it for all',
  async (t) => {
    const gate = new Gate();
    gate.data = ['stop'];
    const echo = new Echo();
    const { l, dial } = await start(t, oneChain(new FilterChain('c', echo, [gate.factory()])));
    const c = dial().send('last');
    c.socket.end();
    await until(() => gate.log.length >= 2);
    gate.callbacks.continueReading(gate);
    t.equal(await c.rest(), 'last');
    await until(() => l.active === 0);

    const closer: ReadFilterFactory = {
      terminal: false,
      create: (callbacks) => ({
        onNewConnection() {
          callbacks.connection.close('noFlush');
          return 'continue';
        },
      }),
    };
    const other = new Echo();
    const shut = await start(t, oneChain(new FilterChain('c', other, [closer])));
    await shut.dial().rest();
    t.same(
      other.seen.map((c) => c.open),
      [false],
      'the terminal filter only counts it',
    );
    t.same(other.closes, ['true ']);
  },
);

t.test('a chain without filters takes the connection and closes it', async (t) => {
  const { dial, value } = await start(t, oneChain(new FilterChain('c', null)));
  await dial().rest();
  t.equal(value('downstream_cx_total'), 1);
});

t.test('the bare socket of a chain that is the only one has nothing in between', async (t) => {
  const echo = new Echo();
  const { dial } = await start(t, oneChain(new FilterChain('c', echo, [], RAW_BUFFER)));
  const c = dial();
  await until(() => echo.seen.length === 1);
  t.equal(echo.seen[0].socketInfo, null);
  c.close();
});

t.test('a listener logs each socket once: also those that became no connection, as Envoy does', async (t) => {
  const lines: string[] = [];
  const logs = new ConnectionLogs([
    {
      log: ({ info }, { logType }) => {
        const { connection: c } = info;
        const peer = c !== null && c.remoteAddress.port > 0 && c.directLocalAddress.ip === '127.0.0.1' ? 'peer' : '?';
        lines.push(
          `${logType} ${info.flagNames || '-'} ${c?.record?.chainName ?? 'no chain'} ${info.bytesReceived} ${peer}`,
        );
      },
    },
  ]);
  const chain = new FilterChain('c', new Echo());
  const chains: FilterChains = { only: null, find: (_raw, info) => (info.serverName === 'known' ? chain : null) };
  const { l, dial } = await start(t, chains, [lineFilter()], { listenerFiltersTimeout: 30 });
  l.logs = logs;
  await dial().send('close\n').rest();
  await dial().send('too slow').rest();
  await dial().send('unknown\n').rest();
  const c = dial().send('known\nhello');
  await c.until('hello');
  c.close();
  await until(() => lines.length === 4);
  t.same(lines, [
    'NotSet - no chain 0 peer',
    'NotSet - no chain 0 peer',
    'NotSet NR no chain 0 peer',
    'NotSet - c 5 peer',
  ]);
});
