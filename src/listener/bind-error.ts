/** What is said when an address cannot be bound: Envoy's sentence (source/common/network/listen_socket_impl.cc), and what to do about it. */
import { readFileSync } from 'node:fs';
import { systemSentence } from '../platform/errno.ts';
import type { Address } from '../transport/address.ts';

export const bindError = (address: Address, error: unknown): string =>
  `cannot bind '${address.text}': ${systemSentence(error)}`;

export function bindHint(address: Address, error: unknown): string | undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (address.path !== '') return undefined;
  if (code === 'EADDRINUSE') {
    return `another process listens there, or another listener of this one: ss -ltunp 'sport = :${address.port}'`;
  }
  const free = firstFreePort();
  if (code !== 'EACCES' || address.port >= free) return undefined;
  return `ports below ${free} are root's: take one above, give the program CAP_NET_BIND_SERVICE, or set the sysctl net.ipv4.ip_unprivileged_port_start=${address.port}`;
}

/** The first port that anybody may bind. */
function firstFreePort(): number {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'latin1'));
  } catch {
    return 1024;
  }
}
