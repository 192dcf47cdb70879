/**
 * Secrets in a config dump: every string below a sensitive field becomes `[redacted]`, numbers and flags go away, as
 * Envoy does for fields marked udpa.annotations.sensitive (source/common/protobuf/utility.cc, MessageUtil::redact).
 * Here the fields are known by name.
 */
import type { Json, JsonObject } from './server-view.ts';

const SENSITIVE: ReadonlySet<string> = new Set([
  'private_key',
  'private_key_provider',
  'password',
  'pkcs12',
  'session_ticket_keys',
  'generic_secret',
  'auth_password',
  'downstream_auth_password',
  'downstream_auth_passwords',
  'access_token',
  'client_secret',
  'token_secret',
  'hmac_secret',
  'json_key',
  'secret_access_key',
  'session_token',
]);

export function redact(value: Json): Json {
  return walk(value, false);
}

function walk(value: Json, sensitive: boolean): Json {
  if (typeof value === 'string') return sensitive ? '[redacted]' : value;
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) return value.map((item) => walk(item, sensitive));
  const out: { [key: string]: Json } = Object.create(null);
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    if (key === '@type') out[key] = item;
    else if (!sensitive) out[key] = walk(item, SENSITIVE.has(key));
    else if (typeof item === 'string' || (typeof item === 'object' && item !== null)) out[key] = walk(item, true);
  }
  return out;
}

function isList(value: readonly Json[] | JsonObject): value is readonly Json[] {
  return Array.isArray(value);
}
