/** A listener on a real port whose chain has the network filters of a config, with an echo behind them. For the tests of this directory. */
import * as net from 'node:net';
import type { FactoryContext, NetworkFilterFactory } from '../../../src/extension/context.ts';
import { EXTENSIONS } from '../../../src/extensions.ts';
import { FilterChain, oneChain } from '../../../src/listener/filter-chain.ts';
import { Listener } from '../../../src/listener/listener.ts';
import type { ListenerFilterFactory } from '../../../src/listener/listener-filter.ts';
import type { ReadFilterFactory } from '../../../src/listener/network-filter.ts';
import { Store } from '../../../src/stats/store.ts';
import type { Connection } from '../../../src/transport/connection.ts';
import { Peer } from '../../http/proxy.ts';

type Test = { teardown(fn: () => unknown): void };

export class FilterBench {
  readonly store = new Store();
  readonly listener: Listener;
  private readonly ctx: FactoryContext;

  constructor(more: object = {}, ctx: Partial<FactoryContext> = {}) {
    const address = { socketAddress: { address: '127.0.0.1', portValue: 0 } };
    this.listener = new Listener({ name: 'l', statPrefix: 's', address, ...more }, this.store, 0);
    this.ctx = { store: this.store, envoy16: false, ...ctx } as FactoryContext;
  }

  /** Of the extension whose module is `file`. */
  async make(name: string, config: object): Promise<ReadFilterFactory & NetworkFilterFactory> {
    const row = EXTENSIONS.find((r) => r.names.includes(`envoy.filters.network.${name}`));
    const module = await row?.load?.();
    return (await module?.create(config as never, this.ctx as never)) as ReadFilterFactory & NetworkFilterFactory;
  }

  async listen(
    t: Test,
    filters: readonly ReadFilterFactory[],
    terminal: NetworkFilterFactory,
    listenerFilters: readonly ListenerFilterFactory[] = [],
  ): Promise<void> {
    this.listener.setChains(oneChain(new FilterChain('c', terminal, filters)), listenerFilters);
    await this.listener.listen(false);
    t.teardown(() => this.listener.destroy());
  }

  dial(): Peer {
    return new Peer(net.connect({ port: this.listener.boundAddress.port, host: '127.0.0.1', allowHalfOpen: true }));
  }

  counter(name: string): number {
    const dot = name.lastIndexOf('.') + 1;
    return this.store.scope(name.slice(0, dot)).counter(name.slice(dot)).value;
  }
  gauge(name: string): number {
    const dot = name.lastIndexOf('.') + 1;
    return this.store.scope(name.slice(0, dot)).gauge(name.slice(dot)).value;
  }
}

/** Remembers its connections and what they sent, and whether they were open when it met them. */
export class Sink implements NetworkFilterFactory {
  readonly connections: Connection[] = [];
  readonly met: boolean[] = [];
  text = '';
  unread = 0;
  readonly readsLater?: true;
  constructor(readsLater = false) {
    if (readsLater) this.readsLater = true;
  }
  closes = 0;
  onConnection(connection: Connection): void {
    this.connections.push(connection);
    this.met.push(connection.open);
    connection.handler = {
      onConnected() {},
      onData: (d) => {
        this.text += d.toString('latin1');
      },
      onEnd: () => connection.close('flush'),
      onUnread: (n) => {
        this.unread += n;
      },
      onClose: () => {
        this.closes++;
      },
      onAboveWriteBuffer() {},
      onBelowWriteBuffer() {},
    };
  }
}

/** What a client says in its first line is taken for the server's name. */
export const nameFilter: ListenerFilterFactory = {
  name: 'test.name',
  create: () => ({
    maxBytes: 64,
    onData(data, socket) {
      const end = data.indexOf('\n');
      if (end < 0) return 'more';
      socket.info.serverName = data.toString('latin1', 0, end);
      socket.drain(end + 1);
      return 'done';
    },
  }),
};
