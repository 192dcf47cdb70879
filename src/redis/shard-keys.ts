/**
 * Which words of a command are keys, where clients in session mode use several Redis: of what Envoy's table has not, or knows one key of. As in
 * Redis's own COMMAND, from which it is told.
 */
import { type CommandTable, FORWARD, SPLIT, UNKNOWN } from './command-table.ts';
import type { Asked } from './local-answers.ts';
import { lowerWord } from './pinned-state.ts';

/** First and last word that is a key, and the step; null: there is none, or the request is none of Redis's. */
export type Keys = readonly [first: number, last: number, step: number];
type KeysOf = (asked: Asked) => Keys | null;

const LONGEST_NUMBER = /^\d{1,7}$/;

const only =
  (at: number): KeysOf =>
  ({ argc }) =>
    at < argc ? [at, at, 1] : null;
const from =
  (at: number, last: number): KeysOf =>
  ({ argc }) => {
    const to = last < 0 ? argc + last : last;
    return at <= to && to < argc ? [at, to, 1] : null;
  };
/** As many as word `at` says. */
const counted =
  (at: number): KeysOf =>
  (asked) => {
    const text = at < asked.argc ? asked.word(at).toString('latin1', 0, 8) : '';
    const n = LONGEST_NUMBER.test(text) ? Number(text) : 0;
    return n > 0 && at + n < asked.argc ? [at + 1, at + n, 1] : null;
  };
/** One half of what stands behind STREAMS. */
const streams: KeysOf = (asked) => {
  const { argc } = asked;
  for (let i = 1; i < argc; i++) {
    if (lowerWord(asked, i) !== 'streams') continue;
    const n = (argc - 1 - i) / 2;
    return n >= 1 && Number.isInteger(n) ? [i + 1, i + n, 1] : null;
  }
  return null;
};

const all = (names: string, keys: KeysOf): [string, KeysOf][] => names.split(' ').map((name) => [name, keys]);

const TABLE = new Map<string, KeysOf>([
  ...all('blpop brpop bzpopmax bzpopmin', from(1, -2)),
  ...all('blmove brpoplpush lcs copy geosearchstore lmove rename renamenx rpoplpush smove zrangestore', from(1, 2)),
  ...all('blmpop bzmpop eval evalsha eval_ro evalsha_ro fcall fcall_ro', counted(2)),
  ...all('lmpop sintercard zdiff zinter zintercard zmpop zunion', counted(1)),
  ...all('msetnx', ({ argc }) => (argc >= 3 && argc % 2 === 1 ? [1, argc - 2, 2] : null)),
  ...all(
    'pfcount pfmerge sdiff sdiffstore sinter sinterstore ssubscribe subscribe sunion sunionstore watch',
    from(1, -1),
  ),
  ...all('xread xreadgroup', streams),
  ...all('object xgroup xinfo', only(2)),
  ...all('expiretime hgetdel hgetex hsetex move pexpiretime spublish xsetid', only(1)),
]);

/** Of the request at hand, `name` in lower case. */
export function keysOf(name: string, command: number, commands: CommandTable, asked: Asked): Keys | null {
  const rule = TABLE.get(name);
  if (rule !== undefined) return rule(asked);
  const handler = command === UNKNOWN ? UNKNOWN : commands.handlers[command];
  const first = handler === FORWARD || handler === SPLIT ? commands.firstKeys[command] : 0;
  if (first === 0) return null;
  const last = commands.lastKeys[command];
  const to = last < 0 ? asked.argc + last : last;
  return to >= first && to < asked.argc ? [first, to, commands.keySteps[command]] : null;
}

/** Commands beyond Envoy's that several Redis have, too: whole, where their keys are. */
export const KEYED_NAMES: readonly string[] = (
  'eval_ro evalsha_ro expiretime fcall fcall_ro hgetdel hgetex hsetex lcs lmpop move pexpiretime sintercard spublish xgroup xinfo xsetid ' +
  'zintercard zmpop'
).split(' ');
