/** Body bytes, which may be lent in bulk (platform/lent.ts), to where a codec writes: not copied where the output takes them so. */
import { isBulkLent, lasting, own } from '../platform/lent.ts';
import type { CodecOutput } from './http.ts';

/** The first `n` bytes of `data`. */
export function writeBody(out: CodecOutput, data: Buffer, n: number): void {
  if (out.writeBytes !== undefined && isBulkLent(data)) out.writeBytes(data, 0, n);
  else out.write(n === data.length ? lasting(data) : own(data, 0, n));
}
