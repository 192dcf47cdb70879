/**
 * An OCSP response that is stapled to a certificate of ours: read and checked when the config is built, stapled or not by DownstreamTlsContext.
 * ocsp_staple_policy. Nobody checks its signature but the client. Mirrors source/common/tls/ocsp/ocsp.cc and
 * ServerContextImpl::ocspStapleAction.
 */
import { readDataSource } from '../config/data-source.ts';
import { refuse } from '../config/refusal.ts';
import type { DownstreamTlsContextOcspStaplePolicy, TlsCertificate } from '../config/schema/types.ts';
import type { Certificate } from './certificate.ts';
import { type Element, elements, inside, time } from './der.ts';

export type StaplePolicy = DownstreamTlsContextOcspStaplePolicy;

export interface OcspResponse {
  readonly bytes: Buffer;
  readonly validFromMs: number;
  /** Of one without a next update: it counts as expired. */
  readonly validToMs: number;
}

/** Null where the certificate has none. */
export function readStaple(config: TlsCertificate, certificate: Certificate): OcspResponse | null {
  const source = config.ocspStaple;
  if (source?.inlineString !== undefined)
    refuse(source, 'inline_string', 'OCSP staple cannot be provided via inline_string');
  const bytes = readDataSource(source);
  if (bytes.length === 0) {
    if (certificate.mustStaple) refuse(config, '', 'OCSP response is required for must-staple certificate');
    return null;
  }
  const failed = (message: string): never => refuse(config, 'ocsp_staple', message, { here: true });
  let response: Parsed;
  try {
    response = parse(bytes);
  } catch (error) {
    return failed(error instanceof StapleError ? error.message : 'Failed to parse OCSP response');
  }
  if (response.serial !== certificate.serial) failed('OCSP response does not match its TLS certificate');
  return { bytes, validFromMs: response.validFromMs, validToMs: response.validToMs };
}

interface Parsed {
  readonly serial: string;
  readonly validFromMs: number;
  readonly validToMs: number;
}

class StapleError extends Error {}

function parse(bytes: Buffer): Parsed {
  const whole = elements(bytes.subarray(0, lengthOfFirst(bytes)))[0];
  if (whole.whole.length !== bytes.length) throw new StapleError('Data contained more than a single OCSP response');
  const [status, explicit] = inside(whole);
  if (status.body[0] !== 0) throw new StapleError('OCSP response was unsuccessful');
  if (explicit === undefined) throw new StapleError('OCSP response has no body');
  const [, octets] = inside(inside(explicit)[0]);
  const data = inside(inside(elements(octets.body)[0])[0]);
  const responses = inside(data.filter((e) => e.tag === 0x30).at(0) as Element);
  if (responses.length !== 1) throw new StapleError('OCSP Response must be for one certificate only');
  const [id, , thisUpdate, next] = inside(responses[0]);
  const serial = inside(id)[3]
    .body.toString('hex')
    .replace(/^(00)+(?=..)/, '');
  const validToMs = next !== undefined && next.tag === 0xa0 ? time(inside(next)[0]) : 0;
  return { serial, validFromMs: time(thisUpdate), validToMs };
}

/** Of the element that begins the bytes. */
function lengthOfFirst(bytes: Buffer): number {
  const long = bytes[1] > 0x80 ? bytes[1] & 0x7f : 0;
  if (bytes.length < 2 || long > 4 || bytes.length < 2 + long) return bytes.length;
  return 2 + long + (long === 0 ? bytes[1] : bytes.readUIntBE(2, long));
}

/** What is done for a client that asks. */
export function stapleAction(
  response: OcspResponse | null,
  policy: StaplePolicy,
  mustStaple: boolean,
): 'staple' | 'omit' | 'fail' {
  if (response !== null && response.validToMs > Date.now()) return 'staple';
  const strict = mustStaple ? 'MUST_STAPLE' : policy;
  if (strict === 'MUST_STAPLE' || (strict === 'STRICT_STAPLING' && response !== null)) return 'fail';
  return 'omit';
}
