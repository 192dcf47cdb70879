/**
 * IP addresses as text, and ranges of them. Same answers as `isIP` and `BlockList` of node:net, which are not used because that module
 * loads streams, 2 ms of CPU at every start.
 */

/** Longest part of an IPv4 address, and of an IPv6 group. */
const MAX_OCTET_DIGITS = 3;
const MAX_GROUP_DIGITS = 4;
const GROUPS = 8;

/** 4, 6, or 0 for anything that is not an address. An IPv6 address may carry a zone (`fe80::1%eth0`). */
export function isIP(text: string): 0 | 4 | 6 {
  if (parseIPv4(text) !== null) return 4;
  return isIPv6(text) ? 6 : 0;
}

export function isIPv6(text: string): boolean {
  const zone = text.indexOf('%');
  if (zone < 0) return parseIPv6(text) !== null;
  return /^[0-9a-zA-Z\-.:]+$/.test(text.slice(zone + 1)) && parseIPv6(text.slice(0, zone)) !== null;
}

/** Its four or sixteen octets, empty where it is no address. */
export function ipBytes(text: string): Buffer {
  const zone = text.indexOf('%');
  return Buffer.from(parseIPv4(text) ?? parseIPv6(zone < 0 ? text : text.slice(0, zone)) ?? []);
}

/** The four octets, or null. No leading zeros: some readers take those for octal. */
function parseIPv4(text: string): number[] | null {
  const octets: number[] = [];
  let at = 0;
  for (let part = 0; part < 4; part++) {
    let value = 0;
    let digits = 0;
    for (; at < text.length; at++, digits++) {
      const digit = text.charCodeAt(at) - 48;
      if (digit < 0 || digit > 9) break;
      if (digits === MAX_OCTET_DIGITS || (digits === 1 && value === 0)) return null;
      value = value * 10 + digit;
    }
    if (digits === 0 || value > 255) return null;
    octets.push(value);
    if (part < 3 && text.charCodeAt(at++) !== 46) return null;
  }
  return at === text.length ? octets : null;
}

/** The sixteen octets, or null. RFC 4291 section 2.2, with an IPv4 address as the last two groups. */
function parseIPv6(text: string): number[] | null {
  const gap = text.indexOf('::');
  if (gap < 0) {
    const all = groups(text, true);
    return all !== null && all.length === 2 * GROUPS ? all : null;
  }
  const head = groups(text.slice(0, gap), false);
  const tail = groups(text.slice(gap + 2), true);
  // `::` stands for at least one group.
  if (head === null || tail === null || head.length + tail.length > 2 * (GROUPS - 1)) return null;
  return [...head, ...new Array<number>(2 * GROUPS - head.length - tail.length).fill(0), ...tail];
}

/** Octets of groups between single colons; '' has none. */
function groups(text: string, mayEndInIPv4: boolean): number[] | null {
  if (text === '') return [];
  const parts = text.split(':', GROUPS + 1);
  if (parts.length > GROUPS) return null;
  const octets: number[] = [];
  for (const [i, part] of parts.entries()) {
    if (mayEndInIPv4 && i === parts.length - 1 && part.includes('.')) {
      const ipv4 = parseIPv4(part);
      if (ipv4 === null) return null;
      octets.push(...ipv4);
      continue;
    }
    if (part.length > MAX_GROUP_DIGITS || !/^[0-9a-fA-F]+$/.test(part)) return null;
    const value = Number.parseInt(part, 16);
    octets.push(value >> 8, value & 255);
  }
  return octets;
}

/** CIDR ranges of both families. An IPv4-mapped IPv6 address is matched as what it maps. */
export class IpRanges {
  private readonly ranges: { octets: number[]; bits: number }[] = [];

  /** `1.2.0.0/16`, `fd00::/8`; bits behind the prefix do not count. Throws RangeError for anything else. */
  add(cidr: string): void {
    this.ranges.push(rangeOf(cidr));
  }

  /** False for what is not an address. */
  has(ip: string): boolean {
    const octets = octetsOf(ip);
    if (octets === null) return false;
    return this.ranges.some((r) => r.octets.length === octets.length && samePrefix(r.octets, octets, r.bits));
  }
}

/** Values by CIDR range; an address finds the one of the longest range that it lies in. */
export class IpPrefixMap<T> {
  /** Longest first. */
  private readonly entries: { octets: number[]; bits: number; value: T }[] = [];

  /** The value that stands there, or what `make` makes. Throws as IpRanges.add. */
  getOrAdd(cidr: string, make: () => T): T {
    const { octets, bits } = rangeOf(cidr);
    const same = this.entries.find(
      (e) => e.bits === bits && e.octets.length === octets.length && samePrefix(e.octets, octets, bits),
    );
    if (same !== undefined) return same.value;
    const value = make();
    const at = this.entries.findIndex((e) => e.bits < bits);
    this.entries.splice(at < 0 ? this.entries.length : at, 0, { octets, bits, value });
    return value;
  }

  /** Undefined where no range has it, or it is no address. */
  find(ip: string): T | undefined {
    const octets = octetsOf(ip);
    if (octets === null) return undefined;
    return this.entries.find((e) => e.octets.length === octets.length && samePrefix(e.octets, octets, e.bits))?.value;
  }

  /** Of every range that has it, the longest first. */
  all(ip: string): T[] {
    const octets = octetsOf(ip);
    if (octets === null) return [];
    return this.entries
      .filter((e) => e.octets.length === octets.length && samePrefix(e.octets, octets, e.bits))
      .map((e) => e.value);
  }
}

function rangeOf(cidr: string): { octets: number[]; bits: number } {
  const slash = cidr.lastIndexOf('/');
  const octets = octetsOf(cidr.slice(0, slash));
  const bits = Number(cidr.slice(slash + 1));
  if (slash < 0 || octets === null || !Number.isInteger(bits) || bits < 0 || bits > octets.length * 8) {
    throw new RangeError(`'${cidr}' is not a range of addresses`);
  }
  return { octets, bits };
}

/** ::ffff:0:0/96 */
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255];

function octetsOf(ip: string): number[] | null {
  const zone = ip.indexOf('%');
  const octets = parseIPv4(ip) ?? parseIPv6(zone < 0 ? ip : ip.slice(0, zone));
  if (octets?.length === 2 * GROUPS && samePrefix(octets, MAPPED, 96)) return octets.slice(12);
  return octets;
}

function samePrefix(a: readonly number[], b: readonly number[], bits: number): boolean {
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (a[i] !== b[i]) return false;
  const rest = bits & 7;
  return rest === 0 || (a[whole] ^ b[whole]) >> (8 - rest) === 0;
}

/** The network that `ip` is in, as Envoy prints it: `10.1.0.0/16`. More bits than the address has are all of them. */
export function maskedIP(ip: string, bits: number): string | undefined {
  const octets = octetsOf(ip);
  if (octets === null) return undefined;
  const length = Math.min(bits, octets.length * 8);
  const masked = octets.map((o, i) => o & (0xff00 >> Math.max(0, Math.min(8, length - i * 8))));
  return `${masked.length === 4 ? masked.join('.') : ipv6Text(masked)}/${length}`;
}

/** RFC 5952: the longest run of zero groups, the first of several, becomes `::`. */
function ipv6Text(octets: readonly number[]): string {
  const words = Array.from({ length: GROUPS }, (_, i) => (octets[2 * i] << 8) | octets[2 * i + 1]);
  let best = 0;
  let length = 1;
  for (let from = 0; from < GROUPS; from++) {
    let to = from;
    while (to < GROUPS && words[to] === 0) to++;
    if (to - from > length) [best, length] = [from, to - from];
  }
  const text = (list: readonly number[]): string => list.map((w) => w.toString(16)).join(':');
  return length < 2 ? text(words) : `${text(words.slice(0, best))}::${text(words.slice(best + length))}`;
}
