/** Receivers of statistics: statsd over UDP and TCP, gRPC services whose messages are read field by field. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import * as net from 'node:net';
import { http2Service } from '../support/http2-service.ts';
import { listening } from '../support/listening.ts';

export interface Test {
  teardown(fn: () => unknown): void;
}

/** Wakes whoever waits for something that has come. */
class Arrivals {
  private wake: () => void = () => {};
  arrived(): void {
    this.wake();
  }
  async until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }
}

/** Datagrams may be lost: tests wait for what every flush says again. */
export class UdpStatsd extends Arrivals {
  readonly datagrams: string[] = [];
  readonly socket: Socket = createSocket('udp4');
  port = 0;

  static async start(t: Test): Promise<UdpStatsd> {
    const r = new UdpStatsd();
    r.socket.on('message', (m) => {
      r.datagrams.push(m.toString());
      r.arrived();
    });
    r.socket.bind(0, '127.0.0.1');
    await once(r.socket, 'listening');
    r.port = r.socket.address().port;
    t.teardown(() => r.socket.close());
    return r;
  }
  /** The first line that matches. */
  line(pattern: RegExp): Promise<string> {
    return this.until(() => this.datagrams.flatMap((d) => d.split('\n')).find((l) => pattern.test(l)));
  }
}

export class TcpStatsd extends Arrivals {
  text = '';
  readonly server = net.createServer();
  port = 0;

  static async start(t: Test): Promise<TcpStatsd> {
    const r = new TcpStatsd();
    r.server.on('connection', (s) =>
      s.on('data', (d) => {
        r.text += d.toString();
        r.arrived();
      }),
    );
    r.port = await listening(t, r.server);
    return r;
  }
  /** What a counter's deltas come to. */
  sum(name: string): number {
    let sum = 0;
    for (const line of this.text.split('\n')) {
      const found = /^(.*):(\d+)\|c$/.exec(line);
      if (found !== null && found[1] === name) sum += Number(found[2]);
    }
    return sum;
  }
}

/** A message by field numbers. */
export type Fields = Readonly<Record<number, readonly (number | Buffer)[]>>;

export function fields(bytes: Buffer): Fields {
  const out: Record<number, (number | Buffer)[]> = {};
  let at = 0;
  const varint = (): number => {
    let n = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      n += (byte & 0x7f) * scale;
      if (byte < 0x80) return n;
    }
  };
  const take = (n: number): Buffer => bytes.subarray(at, (at += n));
  while (at < bytes.length) {
    const tag = varint();
    const type = tag & 7;
    const value = type === 0 ? varint() : type === 1 ? take(8) : type === 5 ? take(4) : take(varint());
    (out[tag >> 3] ??= []).push(value);
  }
  return out;
}

export const message = (f: Fields, ...path: number[]): Fields => path.reduce((m, n) => fields(m[n][0] as Buffer), f);
export const words = (f: Fields, n: number): string => (f[n]?.[0] as Buffer | undefined)?.toString() ?? '';

/** Answers each call with an empty message, unless it `hangs`. */
export class GrpcReceiver extends Arrivals {
  readonly messages: { readonly path: string; readonly fields: Fields }[] = [];
  calls = 0;
  port = 0;

  static async start(t: Test, hangs = false): Promise<GrpcReceiver> {
    const r = new GrpcReceiver();
    r.port = await http2Service(t, (stream, head) => {
      r.calls++;
      r.arrived();
      if (hangs) return;
      let held = Buffer.alloc(0);
      stream.on('data', (d: Buffer) => {
        held = Buffer.concat([held, d]);
        while (held.length >= 5 && held.length >= 5 + held.readUInt32BE(1)) {
          const end = 5 + held.readUInt32BE(1);
          r.messages.push({ path: head[':path'] as string, fields: fields(held.subarray(5, end)) });
          held = held.subarray(end);
        }
        r.arrived();
      });
      stream.on('end', () => {
        if (stream.destroyed) return;
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
        stream.end(Buffer.alloc(5));
      });
    });
    return r;
  }
}
