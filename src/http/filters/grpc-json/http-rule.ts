/** google.api.http of a method: which requests mean it. Read from the option's bytes, as a descriptor set need not bring its definition. */
import { WireReader } from '../../../grpc/wire-reader.ts';

export interface HttpRule {
  /** GET, POST …; `*` for any. */
  readonly method: string;
  readonly path: string;
  /** '' for none, `*` for the whole message. */
  readonly body: string;
  readonly responseBody: string;
}

/** Field of google.protobuf.MethodOptions. */
export const HTTP_OPTION = 72295728;
const METHODS: Readonly<Record<number, string>> = { 2: 'GET', 3: 'PUT', 4: 'POST', 5: 'DELETE', 6: 'PATCH' };
const MAX_BINDINGS = 1000;

/** The rule itself and its additional bindings. Throws a WireError. */
export function readHttpRules(bytes: Buffer, rules: HttpRule[] = []): HttpRule[] {
  let method = '';
  let path = '';
  let body = '';
  let responseBody = '';
  const more: Buffer[] = [];
  const r = new WireReader(bytes);
  while (r.next()) {
    if (r.wireType !== 2) r.skip();
    else if (METHODS[r.field] !== undefined) {
      method = METHODS[r.field];
      path = r.string();
    } else if (r.field === 7) body = r.string();
    else if (r.field === 12) responseBody = r.string();
    else if (r.field === 11) more.push(r.bytesValue());
    else if (r.field === 8) {
      const custom = r.message();
      while (custom.next()) {
        if (custom.field === 1) method = custom.string();
        else if (custom.field === 2) path = custom.string();
        else custom.skip();
      }
    } else r.skip();
  }
  rules.push({ method, path, body, responseBody });
  for (const one of more) if (rules.length < MAX_BINDINGS) readHttpRules(one, rules);
  return rules;
}
