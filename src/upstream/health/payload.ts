/**
 * Bytes that a check sends or expects: hexadecimal text or base64 in the config. Expected ones must come in their order, with anything between
 * them. Mirrors PayloadMatcher (source/common/upstream/health_checker_impl.cc).
 */
import { refuse } from '../../config/refusal.ts';
import type { HealthCheckPayload } from '../../config/schema/types.ts';

export function payload(config: HealthCheckPayload): Buffer {
  if (config.binary !== undefined) {
    if (config.binary.length === 0) refuse(config, 'binary', 'invalid binary payload');
    return Buffer.from(config.binary);
  }
  const text = config.text ?? '';
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]+$/.test(text)) refuse(config, 'text', `invalid hex string '${text}'`);
  return Buffer.from(text, 'hex');
}

export function contains(bytes: Buffer, expected: readonly Buffer[]): boolean {
  let from = 0;
  for (const part of expected) {
    const at = bytes.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return true;
}
