/** strerror's sentence for a system error's code, as Linux has it and Envoy prints it. */

const SENTENCES: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied',
  EADDRINUSE: 'Address already in use',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  EAFNOSUPPORT: 'Address family not supported by protocol',
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset by peer',
  EINVAL: 'Invalid argument',
  EISDIR: 'Is a directory',
  ELOOP: 'Too many levels of symbolic links',
  EMFILE: 'Too many open files',
  ENAMETOOLONG: 'File name too long',
  ENETUNREACH: 'Network is unreachable',
  ENFILE: 'Too many open files in system',
  ENOENT: 'No such file or directory',
  ENOSPC: 'No space left on device',
  ENOTDIR: 'Not a directory',
  ENXIO: 'No such device or address',
  EPERM: 'Operation not permitted',
  EROFS: 'Read-only file system',
};

/** Of an error, or of its code alone. The error's own message for a code that is not in the table. */
export function systemSentence(error: unknown): string {
  const code = typeof error === 'string' ? error : (error as NodeJS.ErrnoException).code;
  const sentence = SENTENCES[code ?? ''];
  if (sentence !== undefined) return sentence;
  return error instanceof Error ? error.message : String(error);
}
