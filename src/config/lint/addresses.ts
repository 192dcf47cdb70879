/**
 * Addresses as Envoy's resolver and its PipeInstance take them (source/common/network/resolver_impl.cc, address_impl.cc). Paths are of
 * Linux: sun_path has 108 bytes, the last of which ends it.
 */

import { isIP } from '../../platform/ip.ts';
import { notARange } from '../cidr-range.ts';
import type { Address, CidrRange, Pipe, SocketAddress } from '../schema/types.ts';
import type { Reporter } from './reporter.ts';

/** Size of sockaddr_un.sun_path, bytes. */
const SUN_PATH_BYTES = 108;
/** What a cluster adds: the address may be a name that another type resolves. */
export const RESOLVING_ADVICE =
  ". Consider setting resolver_name or setting cluster type to 'STRICT_DNS' or 'LOGICAL_DNS'";

/** What stands for itself: of listeners, the admin and STATIC clusters. `owner` is the message it is in, `advice` ends each sentence. */
export function checkLiteral(address: Address | undefined, owner: object, report: Reporter, advice = ''): void {
  const { socketAddress, pipe } = address ?? {};
  if (pipe !== undefined) checkPipe(pipe, report, advice);
  else if (socketAddress !== undefined) checkSocketAddress(socketAddress, report, advice);
  // Envoy's sentence goes on with a dump of the message, whose wording changes from run to run.
  else if (address?.envoyInternalAddress === undefined && report.isWhole(owner) && report.isWhole(address ?? owner)) {
    report.problem(address ?? owner, '', `Address must be set${advice}`);
  }
}

function checkPipe(pipe: Pipe, report: Reporter, advice: string): void {
  const path = pipe.path ?? '';
  if (Buffer.byteLength(path) >= SUN_PATH_BYTES) {
    const message = `Path "${path}" exceeds maximum UNIX domain socket path size of ${SUN_PATH_BYTES}.${advice}`;
    report.problem(pipe, 'path', message);
  }
  if (path.startsWith('@') && (pipe.mode ?? 0) !== 0) {
    report.problem(pipe, 'mode', `Cannot set mode for Abstract AF_UNIX sockets${advice}`);
  }
}

function checkSocketAddress(at: SocketAddress, report: Reporter, advice: string): void {
  if (at.resolverName && at.resolverName !== 'envoy.ip') {
    report.problem(at, 'resolver_name', `Unknown address resolver: ${at.resolverName}${advice}`);
  } else if (at.namedPort !== undefined) {
    report.problem(at, 'named_port', `IP resolver can't handle port specifier type 4${advice}`);
  } else if (at.address !== undefined) checkIP(at, report, advice);
}

export function checkIP(at: SocketAddress, report: Reporter, advice = ''): void {
  if (isIP(at.address ?? '') !== 0) return;
  report.problem(at, 'address', `malformed IP address: ${at.address ?? ''}${advice}`);
}

export function checkRange(range: CidrRange, report: Reporter): void {
  const ip = range.addressPrefix ?? '';
  if (isIP(ip) === 0) report.problem(range, 'address_prefix', notARange(range));
}
