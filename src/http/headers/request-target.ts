/**
 * What the connection manager does to a request's path and host before anybody looks at them: normalize_path, merge_slashes,
 * path_with_escaped_slashes_action, strip_matching_host_port, strip_any_host_port, strip_trailing_host_dot. Mirrors
 * ConnectionManagerUtility::maybeNormalizePath and maybeNormalizeHost (source/common/http/conn_manager_utility.cc).
 */
import type { Headers } from '../../codec/headers.ts';
import type { HttpConnectionManager } from '../../config/schema/types.ts';
import type { LocalReply } from '../reply.ts';
import { portStart } from './host-port.ts';
import { hasEscapedSlash, mergeSlashes, normalizePath, unescapeSlashes } from './path-normalize.ts';

const REJECTED: LocalReply = { status: 400, body: '', details: 'path_normalization_failed' };

const STRIP_NONE = 0;
const STRIP_MATCHING = 1;
const STRIP_ANY = 2;

export class TargetRules {
  private readonly normalize: boolean;
  private readonly merge: boolean;
  private readonly escaped: 'keep' | 'reject' | 'redirect' | 'forward';
  private readonly stripPort: number;
  private readonly stripDot: boolean;

  constructor(config: HttpConnectionManager) {
    this.normalize = config.normalizePath ?? false;
    this.merge = config.mergeSlashes ?? false;
    const action = config.pathWithEscapedSlashesAction;
    this.escaped =
      action === 'REJECT_REQUEST'
        ? 'reject'
        : action === 'UNESCAPE_AND_REDIRECT'
          ? 'redirect'
          : action === 'UNESCAPE_AND_FORWARD'
            ? 'forward'
            : 'keep';
    this.stripPort = config.stripAnyHostPort ? STRIP_ANY : config.stripMatchingHostPort ? STRIP_MATCHING : STRIP_NONE;
    this.stripDot = config.stripTrailingHostDot ?? false;
  }

  /** None is set: nobody need be asked. */
  get idle(): boolean {
    return !(this.normalize || this.merge || this.stripDot || this.stripPort !== STRIP_NONE || this.escaped !== 'keep');
  }

  /** The answer where the path is refused or to be asked for in another form; null: changed as it must be. */
  apply(h: Headers, grpc: boolean, localPort: () => number): LocalReply | null {
    const reply = h.path === '' ? null : this.path(h, grpc);
    if (reply === null) this.host(h, localPort);
    return reply;
  }

  private path(h: Headers, grpc: boolean): LocalReply | null {
    let { path } = h;
    let redirect = false;
    if (this.escaped !== 'keep' && hasEscapedSlash(path)) {
      if (this.escaped === 'reject') return REJECTED;
      path = unescapeSlashes(path);
      redirect = this.escaped === 'redirect';
    }
    if (this.normalize) {
      const normal = normalizePath(path);
      if (normal === null) return REJECTED;
      path = normal;
    }
    if (this.merge) path = mergeSlashes(path);
    h.path = path;
    if (!redirect) return null;
    // No gRPC client follows a redirect.
    return grpc ? REJECTED : { ...REJECTED, status: 307, headers: ['location', path] };
  }

  private host(h: Headers, localPort: () => number): void {
    if (this.stripDot) h.authority = withoutDot(h.authority);
    if (this.stripPort === STRIP_NONE) return;
    const { authority } = h;
    const colon = portStart(authority);
    if (colon < 0 || colon + 1 === authority.length) return;
    if (this.stripPort === STRIP_MATCHING && Number(authority.slice(colon + 1)) !== localPort()) return;
    h.authority = authority.slice(0, colon);
  }
}

/** `a.` and `a.:80` without their last dot. */
function withoutDot(authority: string): string {
  const dot = authority.lastIndexOf('.');
  if (dot < 0) return authority;
  if (dot === authority.length - 1) return authority.slice(0, dot);
  return authority.charCodeAt(dot + 1) === 58 /* : */ ? authority.slice(0, dot) + authority.slice(dot + 1) : authority;
}
