/** Where an HttpUri leads, as tracers read it (Http::Utility::extractHostPathFromUri and Zipkin's own). */

/** `scheme://host/path`, or a path alone. */
export function hostAndPath(uri: string): [host: string, path: string] {
  const scheme = uri.indexOf('://');
  if (scheme < 0) return ['', uri];
  const rest = uri.slice(scheme + 3);
  const slash = rest.indexOf('/');
  return slash < 0 ? [rest, '/'] : [rest.slice(0, slash), rest.slice(slash)];
}
