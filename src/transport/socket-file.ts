/** The file of a listener's Unix socket. Both server sockets treat it alike. */
import { closeSync, linkSync, openSync, renameSync, type Stats, statSync, unlinkSync } from 'node:fs';
import type { Address } from './address.ts';

/**
 * Before bind, whatever stands at the path goes, as in Envoy (SocketImpl::bind, source/common/network/socket_impl.cc): a socket
 * left over by a process that was killed, one that still listens, a plain file. What cannot be removed makes bind fail.
 */
export function removeStale(address: Address): void {
  if (!isFile(address)) return;
  try {
    unlinkSync(address.path);
  } catch {
    // Nothing there, or bind says why.
  }
}

/** Who the file is, to know it again; null for what has none. */
export function socketFile(address: Address): Stats | null {
  return isFile(address) ? (statSync(address.path, { throwIfNoEntry: false }) ?? null) : null;
}

/** libuv removes the path when it closes. It must not, once another process listens there. */
export function closeKeepingOthers(address: Address, ours: Stats | null, close: () => void): void {
  const now = ours === null ? null : socketFile(address);
  if (ours === null || now === null || (now.ino === ours.ino && now.dev === ours.dev)) {
    close();
    return;
  }
  const aside = `${address.path}.${process.pid}`;
  let kept = false;
  try {
    linkSync(address.path, aside);
    kept = true;
  } catch {
    // A directory that takes no more files: the other one loses its name.
  }
  close();
  if (kept) renameSync(aside, address.path);
}

/**
 * Why the path could not be bound. libuv says EACCES where the kernel said ENOENT (unix/pipe.c, uv_pipe_bind2: as on Windows), so the
 * kernel is asked again: what it says to a plain file there it said to the socket.
 */
export function bindErrorCode(address: Address, code: string): string {
  if (code !== 'EACCES' || !isFile(address)) return code;
  try {
    closeSync(openSync(address.path, 'wx', 0o600));
    unlinkSync(address.path);
    return code;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? code;
  }
}

const isFile = (address: Address): boolean => address.path !== '' && !address.isAbstract;
