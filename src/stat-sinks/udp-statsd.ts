/**
 * Statsd over UDP: a line a datagram, or as many as fit where the config gives a size. A datagram that cannot be sent is counted and forgotten.
 * Mirrors UdpStatsdSink (source/extensions/stat_sinks/common/statsd/statsd.cc).
 */
import { refuse } from '../config/refusal.ts';
import type { Address as AddressMessage } from '../config/schema/types.ts';
import { isIP } from '../platform/ip.ts';
import type { Counter } from '../stats/store.ts';
import { Address } from '../transport/address.ts';
import { type DatagramSocket, makeDatagramSocket } from '../transport/datagram-socket.ts';
import type { SinkContext, SinkMetric, Snapshot, StatsSink } from './sink.ts';
import { StatsdLines, type TagFormat } from './statsd-lines.ts';

/** Lines between two steps, as a mask. */
const STEP = 15;

export interface UdpStatsdConfig {
  readonly address: AddressMessage;
  readonly prefix: string;
  readonly tags: TagFormat | null;
  /** Bytes; 0: a line a datagram. */
  readonly maxDatagramBytes: number;
}

export function udpStatsd(config: UdpStatsdConfig, ctx: SinkContext): StatsSink {
  const { address } = config;
  const { socketAddress: socket } = address;
  if (socket === undefined) return refuse(address, '', 'a stats sink sends to a socket_address only');
  const { address: ip = '', portValue: port = 0 } = socket;
  const version = isIP(ip);
  if (version === 0) return refuse(socket, 'address', `malformed IP address: ${ip}`);
  const to = new Address(ip, port);
  const lines = new StatsdLines(config.prefix, config.tags);
  return new UdpStatsd(lines, config.maxDatagramBytes, new Datagrams(to, version === 6, ctx.failures));
}

/** To one address, from a socket that is opened with the first. */
class Datagrams {
  private readonly to: Address;
  private readonly ipv6: boolean;
  private readonly failures: Counter;
  private socket: DatagramSocket | null = null;

  constructor(to: Address, ipv6: boolean, failures: Counter) {
    this.to = to;
    this.ipv6 = ipv6;
    this.failures = failures;
  }

  send(text: string): void {
    const { to, failures } = this;
    this.socket ??= makeDatagramSocket(this.ipv6);
    if (!this.socket.sendTo(Buffer.from(text, 'utf8'), to.ip, to.port)) failures.inc();
  }

  close(): void {
    this.socket?.close();
    this.socket = null;
  }
}

class UdpStatsd implements StatsSink {
  private readonly lines: StatsdLines;
  private readonly room: number;
  private readonly datagrams: Datagrams;

  constructor(lines: StatsdLines, room: number, datagrams: Datagrams) {
    this.lines = lines;
    this.room = room;
    this.datagrams = datagrams;
  }

  readonly sample = (metric: SinkMetric, value: number): void => {
    this.datagrams.send(this.lines.line(metric, value, 'ms'));
  };

  *flush(snapshot: Snapshot): Generator<null, void> {
    const { room, datagrams } = this;
    let gathered = '';
    let bytes = 0;
    let n = 0;
    for (const line of this.lines.of(snapshot)) {
      if ((++n & STEP) === 0) yield null;
      const length = Buffer.byteLength(line);
      // A line that does not fit goes by itself, before those that wait.
      if (length >= room) {
        datagrams.send(line);
        continue;
      }
      if (bytes > 0 && bytes + length + 1 <= room) {
        gathered += `\n${line}`;
        bytes += length + 1;
        continue;
      }
      if (bytes > 0) datagrams.send(gathered);
      gathered = line;
      bytes = length;
    }
    if (bytes > 0) datagrams.send(gathered);
  }

  close(): void {
    this.datagrams.close();
  }
}
