/** Envoy's sentence for an address that could not be bound (source/common/network/listen_socket_impl.cc). */

const ERRNO: Record<string, string> = {
  EADDRINUSE: 'Address already in use',
  EACCES: 'Permission denied',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  ENOENT: 'No such file or directory',
};

export function bindError(address: string, e: unknown): string {
  const code = (e as NodeJS.ErrnoException).code ?? '';
  return `cannot bind '${address}': ${ERRNO[code] ?? (e instanceof Error ? e.message : String(e))}`;
}
