/**
 * The TLS contexts that the main thread has, for /certs and for the day on which the first certificate expires. Role of Envoy's ContextManagerImpl
 * (source/common/tls/context_manager_impl.cc).
 */
import { isMainThread } from 'node:worker_threads';
import { firstExpiry } from '../stats/server-stats.ts';
import type { Certificate } from './certificate.ts';
import type { CommonParts } from './common-secrets.ts';

const DAY_MS = 86_400_000;

/** A transport that has certificates; they may change. */
export interface TlsContext {
  /** Null as long as a secret is not there. */
  readonly parts: CommonParts | null;
}

/** A context goes with its listener or cluster and says nothing. */
let contexts: WeakRef<TlsContext>[] = [];

export function register(context: TlsContext): void {
  if (!isMainThread) return;
  contexts = contexts.filter((c) => c.deref() !== undefined);
  contexts.push(new WeakRef(context));
  firstExpiry.days = firstDays;
  firstExpiry.ocspSeconds = firstOcsp;
}

export function liveContexts(): readonly CommonParts[] {
  return contexts.map((c) => c.deref()?.parts ?? null).filter((parts) => parts !== null);
}

/** 0 for one that has expired. */
export function daysUntilExpiration(certificate: Certificate): number {
  return Math.max(0, Math.floor((certificate.validToMs - Date.now()) / DAY_MS));
}

/** Null where nothing is stapled. */
function firstOcsp(): number | null {
  const ends = liveContexts().flatMap((p) =>
    p.certificates.flatMap((c) => (c.staple === null ? [] : [c.staple.validToMs])),
  );
  return ends.length === 0 ? null : Math.max(0, Math.floor((Math.min(...ends) - Date.now()) / 1000));
}

function firstDays(): number | null {
  let first: number | null = null;
  for (const { certificates, validation } of liveContexts()) {
    for (const c of [...certificates.map((own) => own.leaf), ...(validation?.authorities ?? [])]) {
      const days = daysUntilExpiration(c);
      if (first === null || days < first) first = days;
    }
  }
  return first;
}
