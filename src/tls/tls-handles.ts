/**
 * Node's TLS handle as its own `tls.TLSSocket` uses it: a stream over another stream. Loaded when a config has TLS. Node does not document
 * it, so everything used is probed; where anything is missing the transport falls back to `tls.TLSSocket` (node-tls-wire.ts).
 */
import { handles, type StreamHandle } from '../transport/handles.ts';

/** What OpenSSL says when it gives up. */
export interface SslError extends Error {
  readonly code?: string;
  readonly reason?: string;
  readonly library?: string;
}

export interface TlsHandle extends StreamHandle {
  onhandshakedone: () => void;
  onerror: (error: SslError) => void;
  onkeylog?: (line: Buffer) => void;
  onnewsession?: (id: Buffer, session: Buffer) => void;
  /** A client's: sends the ClientHello. */
  start(): void;
  /** Bytes of the peer that were read before the handle was there. */
  receive(data: Buffer): void;
  /** Length-prefixed names, in the order of preference. */
  setALPNProtocols(protocols: Buffer): void;
  setServername(name: string): void;
  setSession(session: Buffer): void;
  /** A server's: bytes that are stapled. */
  setOCSPResponse(response: Buffer): void;
  setVerifyMode(request: boolean, require: boolean): void;
  enableSessionCallbacks(): void;
  /** `onkeylog` is called with each line. */
  enableKeylogCallback(): void;
  getALPNNegotiatedProtocol(): string | false;
  getProtocol(): string;
  getCipher(): { name: string; standardName: string; version: string };
  getEphemeralKeyInfo(): { type?: string; name?: string; size?: number } | null;
  isSessionReused(): boolean;
  getSession(): Buffer | undefined;
  /** DER of the leaf as `raw`, and its issuers behind `issuerCertificate` when `detailed`. */
  getPeerCertificate(detailed: boolean): RawCertificate | undefined;
  getCertificate(): RawCertificate | undefined;
  /** Null: the chain is good (or there is none). */
  verifyError(): SslError | null;
  destroySSL(): void;
}

export interface RawCertificate {
  readonly raw: Buffer;
  readonly issuerCertificate?: RawCertificate;
}

interface TlsBinding {
  wrap(handle: StreamHandle, context: unknown, isServer: boolean, hasActiveWrite: boolean): TlsHandle;
  TLSWrap: { prototype: Record<string, unknown> };
}

const USED = (
  'start receive setALPNProtocols setServername setSession setOCSPResponse setVerifyMode enableSessionCallbacks enableKeylogCallback getALPNNegotiatedProtocol getProtocol ' +
  'getCipher getEphemeralKeyInfo isSessionReused getSession getPeerCertificate getCertificate verifyError destroySSL readStart readStop ' +
  'writeBuffer writev shutdown useUserBuffer'
).split(' ');

/** Null when this Node's is not what we know, or the stream handles below it are not. */
export const wrapTls: TlsBinding['wrap'] | null = probe();

function probe(): TlsBinding['wrap'] | null {
  if (handles === null) return null;
  try {
    const binding = (process as unknown as { binding(name: string): unknown }).binding('tls_wrap') as TlsBinding;
    const { prototype } = binding.TLSWrap;
    // Some are accessors that want a real handle.
    const known = USED.every((name) => name in prototype);
    return known && typeof binding.wrap === 'function' ? binding.wrap : null;
  } catch {
    return null;
  }
}
