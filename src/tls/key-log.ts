/**
 * CommonTlsContext.key_log: the secrets of connections in a file that Wireshark reads (NSS key log), as long as their addresses lie in its ranges. Mirrors
 * ContextImpl::keylogCallback (source/common/tls/context_impl.cc).
 */
import { cidrText, notARange } from '../config/cidr-range.ts';
import { about, refuse } from '../config/refusal.ts';
import type { CidrRange, TlsKeyLog } from '../config/schema/types.ts';
import { type FileSink, fileSinks } from '../log/file-sink.ts';
import { IpRanges } from '../platform/ip.ts';
import type { Address } from '../transport/address.ts';

export class KeyLog {
  private readonly sink: FileSink;
  /** Null: all. */
  private readonly local: IpRanges | null;
  private readonly remote: IpRanges | null;

  /** Throws `unable to open file '<path>': <reason>`, and what is wrong with a range. */
  constructor(config: TlsKeyLog) {
    this.local = rangesOf(config, 'local_address_range', config.localAddressRange);
    this.remote = rangesOf(config, 'remote_address_range', config.remoteAddressRange);
    this.sink = about(config, 'path', () => fileSinks.open(config.path ?? ''));
  }

  wants(local: Address, remote: Address): boolean {
    return this.local?.has(local.ip) !== false && this.remote?.has(remote.ip) !== false;
  }

  /** With its line feed. */
  write(line: Buffer): void {
    this.sink.write(line.toString('latin1'));
  }
}

function rangesOf(config: TlsKeyLog, field: string, list: readonly CidrRange[] | undefined): IpRanges | null {
  if (list === undefined || list.length === 0) return null;
  const ranges = new IpRanges();
  for (const range of list) {
    try {
      ranges.add(cidrText(range));
    } catch {
      refuse(config, field, notARange(range));
    }
  }
  return ranges;
}
