/** What a service's `uri` (HttpUri) says of a request to it; the cluster says where it goes. Mirrors Http::Utility::extractHostPathFromUri. */
export function splitUri(uri: string): { host: string; path: string } {
  const rest = uri.replace(/^https?:\/\//, '');
  const slash = rest.search(/[/?]/);
  if (slash < 0) return { host: rest, path: '/' };
  return { host: rest.slice(0, slash), path: rest[slash] === '/' ? rest.slice(slash) : `/${rest.slice(slash)}` };
}
