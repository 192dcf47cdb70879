/**
 * argv as TCLAP 1.2 reads it with a space for delimiter (Envoy's parser): `--flag value` as two arguments or as one
 * (`"--config-path /etc/envoy/envoy.yaml"`), never `--flag=value`; no prefixes; positional arguments are errors; `-` and
 * the empty argument are skipped; after `--` whatever is not understood is ignored.
 */
import { FLAGS, type Flag } from './flags.ts';

export type FlagValue = string | number | boolean | readonly string[];

/** What one argv item made of a flag; absent from the map when not given. */
export type FlagValues = Map<string, FlagValue>;

/** A wrong argument. `id` is TCLAP's name for it, '' when it has none. */
export class ArgumentError extends Error {
  readonly id: string;
  constructor(text: string, id: string) {
    super(text);
    this.id = id;
  }
}

/** Thrown for -h and --version, at the place where TCLAP stops reading. */
export class EarlyExit extends Error {
  readonly what: 'help' | 'version';
  constructor(what: 'help' | 'version') {
    super(what);
    this.what = what;
  }
}

const idOf = (f: Flag): string => (f.letter === '' ? `(--${f.name})` : `-${f.letter} (--${f.name})`);

/** Marks a letter of a combined switch as read; also TCLAP's choice, so that an argument which holds it never matches. */
const BLANK = '\x07';

/** Throws ArgumentError and EarlyExit. */
export function parseArguments(argv: readonly string[]): FlagValues {
  const args = [...argv];
  const values: FlagValues = new Map();
  let ignoring = false;
  for (let i = 0; i < args.length; i++) {
    let matched = false;
    if (!ignoring) {
      for (const flag of FLAGS) {
        const used = flag.kind === 'switch' ? readSwitch(flag, args, i, values) : readValue(flag, args, i, values);
        if (used < 0) continue;
        i += used;
        matched = true;
        if (flag.name === 'ignore_rest') ignoring = true;
        break;
      }
    }
    if (!matched && !isEmptyCombined(args[i]) && !ignoring) {
      throw new ArgumentError("Couldn't find match for argument", args[i]);
    }
  }
  return values;
}

function isEmptyCombined(arg: string): boolean {
  if (arg !== '' && arg[0] !== '-') return false;
  for (let i = 1; i < arg.length; i++) if (arg[i] !== BLANK) return false;
  return true;
}

const matches = (flag: Flag, word: string): boolean =>
  word === `--${flag.name}` || (flag.letter !== '' && word === `-${flag.letter}`);

function set(flag: Flag, values: FlagValues, value: FlagValue): void {
  values.set(flag.name, value);
  if (flag.name === 'help' || flag.name === 'version') throw new EarlyExit(flag.name);
}

/** Arguments used besides this one, or -1: not this flag. */
function readSwitch(flag: Flag, args: string[], i: number, values: FlagValues): number {
  if (matches(flag, args[i])) {
    if (values.has(flag.name)) throw new ArgumentError('Argument already set!', idOf(flag));
    set(flag, values, true);
    return 0;
  }
  if (!takeLetter(flag, args, i)) return -1;
  if (takeLetter(flag, args, i)) throw new ArgumentError('Argument already set!', idOf(flag));
  if (values.has(flag.name)) throw new ArgumentError('Argument already set!', idOf(flag));
  set(flag, values, true);
  return isEmptyCombined(args[i]) ? 0 : -1;
}

/** A switch's letter inside `-abc`: blanked, so that the rest can match other switches. */
function takeLetter(flag: Flag, args: string[], i: number): boolean {
  const arg = args[i];
  if (flag.letter === '' || flag.letter === '-') return false;
  if ((arg !== '' && arg[0] !== '-') || arg.startsWith('--') || arg.includes(' ')) return false;
  const at = arg.indexOf(flag.letter, 1);
  if (at < 0) return false;
  args[i] = arg.slice(0, at) + BLANK + arg.slice(at + 1);
  return true;
}

function readValue(flag: Flag, args: string[], i: number, values: FlagValues): number {
  const arg = args[i];
  if (arg.includes(BLANK)) return -1;
  const space = arg.indexOf(' ');
  const word = space > 1 ? arg.slice(0, space) : arg;
  let text = space > 1 ? arg.slice(space + 1) : '';
  if (!matches(flag, word)) return -1;
  if (values.has(flag.name) && flag.kind !== 'multi') throw new ArgumentError('Argument already set!', idOf(flag));
  let used = 0;
  if (text === '') {
    if (i + 1 >= args.length) throw new ArgumentError('Missing a value for this argument!', idOf(flag));
    text = args[i + 1];
    used = 1;
  }
  if (flag.kind === 'multi') {
    const before = values.get(flag.name);
    values.set(flag.name, [...(Array.isArray(before) ? before : []), text]);
  } else if (flag.kind === 'string') values.set(flag.name, text);
  else {
    const value = readNumber(flag, text);
    // An empty text leaves the default but counts as given.
    values.set(flag.name, value ?? '');
  }
  return used;
}

/** As C++ streams read an unsigned 32-bit number or a bool: leading space, a sign; anything after the number fails. */
function readNumber(flag: Flag, text: string): number | boolean | undefined {
  if (text === '') return undefined;
  const words = text.trim().split(/\s+/);
  const max = flag.kind === 'bool' ? 1 : 4294967295;
  const good = words[0] !== '' && words.every((w) => /^[+-]?\d+$/.test(w) && Math.abs(Number(w)) <= max);
  if (!good || /\s$/.test(text)) {
    throw new ArgumentError(`Couldn't read argument value from string '${text}'`, idOf(flag));
  }
  if (words.length > 1) {
    throw new ArgumentError(`More than one valid value parsed from string '${text}'`, idOf(flag));
  }
  const n = Number(words[0]);
  if (flag.kind === 'bool') return n === 1;
  return n < 0 ? n + 4294967296 : n;
}
