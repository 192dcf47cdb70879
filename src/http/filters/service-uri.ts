/** What a service's `uri` (HttpUri) says of a request to it; the cluster says where it goes. Mirrors Http::Utility::prepareHeaders. */
import { Headers } from '../../codec/headers.ts';
import { toWire } from '../../platform/wire-text.ts';

/** The head of a request. */
export function headFor(method: string, uri: string): Headers {
  const rest = uri.replace(/^https?:\/\//, '');
  const slash = rest.search(/[/?]/);
  const host = slash < 0 ? rest : rest.slice(0, slash);
  const path = slash < 0 ? '' : rest.slice(slash);
  const head = new Headers();
  head.method = method;
  head.path = toWire(path.startsWith('/') ? path : `/${path}`);
  head.authority = toWire(host);
  return head;
}
