/**
 * x-request-id: a version 4 UUID per request. Not a secret, so the generator is V8's xorshift128+ (seeded from the
 * operating system), which costs a tenth of a cryptographic one.
 */

const HEX: string[] = [];
for (let i = 0; i < 65536; i++) HEX.push(i.toString(16).padStart(4, '0'));

function word(): number {
  return (Math.random() * 4294967296) >>> 0;
}

export function newRequestId(): string {
  const a = word();
  const b = word();
  const c = word();
  const d = word();
  return `${HEX[a >>> 16]}${HEX[a & 0xffff]}-${HEX[b >>> 16]}-${HEX[(b & 0x0fff) | 0x4000]}-${HEX[((c >>> 16) & 0x3fff) | 0x8000]}-${HEX[c & 0xffff]}${HEX[d >>> 16]}${HEX[d & 0xffff]}`;
}
