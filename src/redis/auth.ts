/** AUTH, answered here: ProxyFilter::onAuth of redis_proxy (proxy_filter.cc), with the list of passwords of later versions. */
export interface Credentials {
  readonly username: Buffer;
  /** Without empty ones. */
  readonly passwords: readonly Buffer[];
  /** Nothing but AUTH is answered before it succeeded. */
  readonly required: boolean;
}

export interface AuthAnswer {
  readonly text: string;
  /** null: as before. */
  readonly authorised: boolean | null;
}

const OK: AuthAnswer = { text: '+OK\r\n', authorised: true };
const NO_PASSWORD: AuthAnswer = { text: '-ERR Client sent AUTH, but no password is set\r\n', authorised: null };
const NO_PAIR: AuthAnswer = {
  text: '-ERR Client sent AUTH, but no username-password pair is set\r\n',
  authorised: null,
};
const BAD_PASSWORD: AuthAnswer = { text: '-ERR invalid password\r\n', authorised: false };
const WRONG_PAIR: AuthAnswer = { text: '-WRONGPASS invalid username-password pair\r\n', authorised: false };
/** The user Redis 6 means when none is named. */
const DEFAULT_USER = Buffer.from('default');

/** `AUTH first` or `AUTH first second`. */
export function authenticate(c: Credentials, first: Buffer, second: Buffer | null): AuthAnswer {
  if (second === null) {
    if (c.passwords.length === 0) return NO_PASSWORD;
    return matches(c.passwords, first) ? OK : BAD_PASSWORD;
  }
  if (!c.required) return NO_PAIR;
  const user = c.username.length === 0 ? DEFAULT_USER : c.username;
  return same(user, first) && matches(c.passwords, second) ? OK : WRONG_PAIR;
}

function matches(passwords: readonly Buffer[], given: Buffer): boolean {
  let found = false;
  for (const p of passwords) if (same(p, given)) found = true;
  return found;
}

function same(a: Buffer, b: Buffer): boolean {
  // Loading node:crypto costs 6 ms of CPU: not at the start of every sidecar with Redis and no password.
  const { timingSafeEqual } = process.getBuiltinModule('node:crypto');
  return a.length === b.length && timingSafeEqual(a, b);
}
