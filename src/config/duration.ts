/** google.protobuf.Duration as JSON has it (`"0.250s"`), read as strictly as Envoy 1.40 does, kept in ms. */

/** ±10,000 years, protobuf's bound. */
export const MAX_SECONDS = 315_576_000_000;

/** ms, or a text that says what is wrong (protobuf's own words). */
export function parseDuration(text: string): number | string {
  const match = /^(-?)(\d*)(?:\.(\d*))?(.*)$/s.exec(text)!;
  const [, sign, whole, fraction, end] = match;
  if (whole === '') return 'duration must start with an integer';
  if (fraction !== undefined && (fraction === '' || fraction.length > 9)) return 'duration had bad nanoseconds';
  if (end !== 's') return "duration must end with a single 's'";
  const seconds = Number(whole);
  if (seconds > MAX_SECONDS) return 'duration out of range';
  // Read as one decimal in ms: 0.1 s is 100 and not 100.00000000000001.
  const padded = (fraction ?? '').padEnd(9, '0');
  const ms = Number(`${whole}${padded.slice(0, 3)}.${padded.slice(3)}`);
  return sign === '-' ? -ms : ms;
}

/** `0.250s`: no fraction, or 3, 6 or 9 digits of it, as protobuf prints durations. */
export function formatDuration(ms: number): string {
  const negative = ms < 0;
  const nanos = BigInt(Math.round(Math.abs(ms) * 1e6));
  const seconds = nanos / 1_000_000_000n;
  const rest = String(nanos % 1_000_000_000n).padStart(9, '0');
  const fraction = rest.replace(/(000){1,3}$/, '');
  return `${negative && nanos > 0n ? '-' : ''}${seconds}${fraction === '' ? '' : `.${fraction}`}s`;
}

/** As Envoy's constraint errors write durations (Go's notation): `1ms`, `5m0s`, `1h0m0s`. */
export function goDuration(ms: number): string {
  if (ms === 0) return '0s';
  if (ms < 0) return `-${goDuration(-ms)}`;
  if (ms < 0.001) return `${ms * 1e6}ns`;
  if (ms < 1) return `${ms * 1000}\u00b5s`;
  if (ms < 1000) return `${ms}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const seconds = `${(ms % 60_000) / 1000}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}
