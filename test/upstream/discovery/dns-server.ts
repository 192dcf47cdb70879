/** A DNS server of a few records on a UDP port of loopback. Understands A and AAAA questions only. */

import type { Socket } from 'node:dgram';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export class DnsServer {
  /** `name` → IPv4 and IPv6 addresses. A name that is absent is NXDOMAIN, one without addresses of the family NODATA. */
  readonly records = new Map<string, readonly string[]>();
  /** `A name`, `AAAA name`, in order of arrival. */
  readonly questions: string[] = [];
  /** Seconds, by the place in the answer; 5 where there is none. */
  ttls: readonly number[] = [];
  /** Say REFUSED to everything. */
  refused = false;
  /** What is sent instead of an answer, one datagram after the other. */
  lie: ((answer: Buffer) => readonly Buffer[]) | null = null;
  /** Hold answers back until `release`. */
  held: (() => void)[] | null = null;
  private readonly socket: Socket = createSocket('udp4');

  static async start(): Promise<DnsServer> {
    const d = new DnsServer();
    d.socket.on('message', (m, from) => {
      const reply = d.answer(m);
      const send = (): void => {
        for (const datagram of d.lie?.(reply) ?? [reply]) d.socket.send(datagram, from.port, from.address);
      };
      if (d.held !== null) d.held.push(send);
      else send();
    });
    d.socket.bind(0, '127.0.0.1');
    await once(d.socket, 'listening');
    return d;
  }
  get address(): string {
    return `127.0.0.1:${this.socket.address().port}`;
  }
  release(): void {
    const held = this.held ?? [];
    this.held = null;
    for (const send of held) send();
  }
  stop(): void {
    this.socket.close();
  }

  private answer(query: Buffer): Buffer {
    const labels: string[] = [];
    let i = 12;
    while (query[i] !== 0) {
      labels.push(query.toString('latin1', i + 1, i + 1 + query[i]));
      i += 1 + query[i];
    }
    const name = labels.join('.');
    const v6 = query.readUInt16BE(i + 1) === 28;
    this.questions.push(`${v6 ? 'AAAA' : 'A'} ${name}`);
    const known = this.refused ? [] : this.records.get(name);
    const data = (known ?? [])
      .filter((ip) => ip.includes(':') === v6)
      .map((ip) => (v6 ? sixteen(ip) : Buffer.from(ip.split('.').map(Number))));
    const head = Buffer.from(query.subarray(0, 12));
    head.writeUInt16BE(0x8180 | (this.refused ? 5 : known === undefined ? 3 : 0), 2);
    head.writeUInt16BE(data.length, 6);
    head.writeUInt32BE(0, 8);
    const answers = data.map((d, n) => {
      const rr = Buffer.from([0xc0, 12, 0, v6 ? 28 : 1, 0, 1, 0, 0, 0, this.ttls[n] ?? 5, 0, d.length]);
      return Buffer.concat([rr, d]);
    });
    return Buffer.concat([head, query.subarray(12, i + 5), ...answers]);
  }
}

/** Only `a::b` forms. */
function sixteen(ip: string): Buffer {
  const [left, right] = ip.split('::').map((s) => s.split(':').filter((x) => x !== ''));
  const words = [...left, ...new Array<string>(8 - left.length - right.length).fill('0'), ...right];
  const out = Buffer.alloc(16);
  for (let i = 0; i < 8; i++) out.writeUInt16BE(Number.parseInt(words[i], 16), 2 * i);
  return out;
}
