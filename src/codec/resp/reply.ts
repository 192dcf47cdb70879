/** The quick way through replies that lie whole in one read: everything but arrays, which ValueScanner follows. */

const CR = 13;
const LF = 10;
const PLUS = 43;
const MINUS = 45;
const ZERO = 48;
const COLON = 58;
const DOLLAR = 36;
/** More digits than this are left to the scanner. */
const MAX_DIGITS = 9;

/** Index after the reply at `pos`, or 0 when it is not whole, is an array, or is not RESP: the scanner knows which. */
export function wholeReply(buf: Buffer, pos: number, end: number): number {
  const type = buf[pos];
  let p = pos + 1;
  if (type === DOLLAR) {
    let n = 0;
    const first = p;
    let d = 0;
    while (p < end && (d = buf[p] - ZERO) >= 0 && d <= 9) {
      n = n * 10 + d;
      p++;
    }
    if (p === first) {
      // $-1
      if (p + 4 <= end && buf[p] === MINUS && buf[p + 1] === ZERO + 1 && buf[p + 2] === CR && buf[p + 3] === LF) {
        return p + 4;
      }
      return 0;
    }
    const digits = p - first;
    if (digits > MAX_DIGITS || (digits > 1 && buf[first] === ZERO)) return 0;
    const last = p + 2 + n;
    if (last + 2 > end || buf[p] !== CR || buf[p + 1] !== LF || buf[last] !== CR || buf[last + 1] !== LF) return 0;
    return last + 2;
  }
  if (type === PLUS || type === MINUS) {
    while (p < end && buf[p] !== CR) p++;
    return p + 1 < end && buf[p + 1] === LF ? p + 2 : 0;
  }
  if (type === COLON) {
    if (p < end && buf[p] === MINUS) p++;
    const first = p;
    while (p < end && buf[p] >= ZERO && buf[p] <= ZERO + 9) p++;
    const digits = p - first;
    if (digits === 0 || digits > MAX_DIGITS * 2) return 0;
    return p + 1 < end && buf[p] === CR && buf[p + 1] === LF ? p + 2 : 0;
  }
  return 0;
}
