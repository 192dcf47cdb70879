/** What access logs are told of a processor: filter state under the filter's name. Mirrors ExtProcLoggingInfo. */
import type { AsyncOutcome } from '../../../upstream/async.ts';
import { type Direction, HEADERS, TRAILERS } from './direction.ts';

const SIDES = ['request', 'response'] as const;
const PARTS = ['header', 'body', 'trailer'] as const;
/** The letters of the short form. */
const SHORT: Readonly<Record<string, string>> = { request: 'r', response: 's', header: 'h', body: 'b', trailer: 't' };

type Fields = Record<string, unknown>;

/** Its fields are the members of the object: formats show them by their names. */
export class LogInfo {
  constructor() {
    const f = this as unknown as Fields;
    for (const side of SIDES) for (const part of PARTS) f[`${side}_${part}_processing_effect`] = 0;
    f['bytes_sent'] = 0;
    f['bytes_received'] = 0;
    f['failed_open'] = false;
    f['received_immediate_response'] = false;
    f['grpc_status_before_first_call'] = 0;
  }

  set(name: string, value: unknown): void {
    (this as unknown as Fields)[name] = value;
  }

  /** Kept to whole microseconds. Of headers and trailers the first call counts, of bodies all of them. */
  recordCall(d: Direction, waited: number, ms: number, status: number): void {
    const f = this as unknown as Fields;
    const us = Math.floor(ms * 1000);
    const side = d.decode ? 'request' : 'response';
    if (waited === HEADERS || waited === TRAILERS) {
      const what = `${side}_${waited === HEADERS ? 'header' : 'trailer'}`;
      f[`${what}_latency_us`] ??= us;
      f[`${what}_call_status`] ??= status;
      return;
    }
    const body = `${side}_body`;
    f[`${body}_call_count`] = count(f[`${body}_call_count`]) + 1;
    f[`${body}_total_latency_us`] = count(f[`${body}_total_latency_us`]) + us;
    f[`${body}_max_latency_us`] = Math.max(count(f[`${body}_max_latency_us`]), us);
    f[`${body}_last_call_status`] = status;
  }

  /** What an answer has changed. */
  recordEffect(d: Direction, part: 'header' | 'body' | 'trailer', effect: number): void {
    this.set(`${d.decode ? 'request' : 'response'}_${part}_processing_effect`, effect);
  }

  recordStream(call: AsyncOutcome): void {
    if (call.cluster !== null) this.set('destination', call.cluster.name);
    const { meters } = call;
    if (meters == null) return;
    this.set('bytes_sent', meters.up.wireSent);
    this.set('bytes_received', meters.up.wireReceived);
  }

  /** The short form: `rh:120:0,bs:50,br:20,os:0,ds:cluster`. */
  toString(): string {
    const f = this as unknown as Fields;
    const parts: string[] = [];
    for (const side of SIDES) {
      for (const part of PARTS) {
        const name = `${side}_${part}`;
        const letters = SHORT[side] + SHORT[part];
        if (part !== 'body' && f[`${name}_latency_us`] !== undefined) {
          parts.push(`${letters}:${f[`${name}_latency_us`]}:${f[`${name}_call_status`]}`);
        }
        if (part === 'body' && f[`${name}_call_count`] !== undefined) {
          const status = f[`${name}_last_call_status`];
          parts.push(`${letters}:${f[`${name}_call_count`]}:${f[`${name}_total_latency_us`]}:${status}`);
        }
      }
    }
    parts.push(`bs:${f['bytes_sent']}`, `br:${f['bytes_received']}`, `os:${f['grpc_status_before_first_call']}`);
    if (f['destination'] !== undefined) parts.push(`ds:${f['destination']}`);
    return parts.join(',');
  }
}

const count = (value: unknown): number => (value as number | undefined) ?? 0;
