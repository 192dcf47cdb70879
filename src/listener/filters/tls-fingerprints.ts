/**
 * Fingerprints of a ClientHello: JA3 (an MD5 over its numbers) and JA4. Mirrors createJA3Hash and ja4_fingerprint.cc of
 * source/extensions/filters/listener/tls_inspector.
 */
import type { ClientHello } from '../../tls/client-hello.ts';

const SERVER_NAME = 0;
const ALPN = 16;
/** Hex digits of a JA4 hash. */
const JA4_HASH = 12;
const VERSIONS: Readonly<Record<number, string>> = { 772: '13', 771: '12', 770: '11', 769: '10' };

/** Values without meaning that clients put in (RFC 8701). */
const isGrease = (id: number): boolean => (id & 0x0f0f) === 0x0a0a && id >> 8 === (id & 0xff);
const real = (ids: readonly number[]): number[] => ids.filter((id) => !isGrease(id));

function digest(algorithm: 'md5' | 'sha256', text: string): string {
  return process.getBuiltinModule('node:crypto').createHash(algorithm).update(text).digest('hex');
}

export function ja3Of(hello: ClientHello): string {
  const lists = [real(hello.ciphers), real(hello.extensions), hello.groups, hello.pointFormats];
  return digest('md5', [hello.version, ...lists.map((list) => list.join('-'))].join(','));
}

export function ja4Of(hello: ClientHello): string {
  const ciphers = real(hello.ciphers);
  const extensions = real(hello.extensions);
  const offered = real(hello.versions);
  const version = offered.length > 0 ? Math.max(...offered) : hello.version;
  const begin = [
    't',
    VERSIONS[version] ?? '00',
    hello.extensions.includes(SERVER_NAME) ? 'd' : 'i',
    twoDigits(ciphers.length),
    twoDigits(extensions.length),
    alpnLetters(hello.alpn[0] ?? ''),
  ].join('');
  const named = extensions.filter((id) => id !== SERVER_NAME && id !== ALPN);
  const signatures = hello.signatureAlgorithms;
  const tail = signatures.length > 0 ? `_${signatures.map(hex).join(',')}` : '';
  return `${begin}_${hashOf(ciphers, '')}_${hashOf(named, tail)}`;
}

function hashOf(ids: readonly number[], tail: string): string {
  if (ids.length === 0) return '0'.repeat(JA4_HASH);
  const sorted = [...ids].sort((a, b) => a - b);
  return digest('sha256', sorted.map(hex).join(',') + tail).slice(0, JA4_HASH);
}

const hex = (id: number): string => id.toString(16).padStart(4, '0');
const twoDigits = (n: number): string => String(Math.min(n, 99)).padStart(2, '0');

/** The first and the last letter; of a name that has others there, half of each in hex. */
function alpnLetters(name: string): string {
  if (name === '') return '00';
  const first = name.charCodeAt(0);
  const last = name.charCodeAt(name.length - 1);
  if (/^[0-9A-Za-z]$/.test(name[0]) && /^[0-9A-Za-z]$/.test(name[name.length - 1]))
    return name[0] + name[name.length - 1];
  return (first >> 4).toString(16) + (last & 15).toString(16);
}
