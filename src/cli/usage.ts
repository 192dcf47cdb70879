/** TCLAP's texts: the short and the long usage and the parse error, wrapped as TCLAP's StdOutput wraps them. */
import { FLAGS, type Flag } from './flags.ts';
import type { ArgumentError } from './parse.ts';

const WIDTH = 75;
/** TCLAP's default `--help` ends with the message of the command: Envoy's is its name. */
const MESSAGE = 'envoy';

const typeOf = (f: Flag): string => (f.kind === 'uint32' ? 'uint32_t' : f.kind === 'multi' ? 'string' : f.kind);

function shortId(f: Flag): string {
  if (f.letter === '-') return '[--]';
  const name = f.letter === '' ? `--${f.name}` : `-${f.letter}`;
  if (f.kind === 'switch') return `[${name}]`;
  return `[${name} <${typeOf(f)}>]${f.kind === 'multi' ? ' ...' : ''}`;
}

function longId(f: Flag): string {
  const value = f.kind === 'switch' ? '' : ` <${typeOf(f)}>`;
  const letter = f.letter === '' ? '' : `-${f.letter}${value},  `;
  return `${letter}--${f.name}${value}${f.kind === 'multi' ? '  (accepted multiple times)' : ''}`;
}

/** Break at spaces, commas and bars; lines after the first are indented by `second` more. */
function wrap(text: string, indent: number, second: number): string {
  if (text.length + indent <= WIDTH) return `${' '.repeat(indent)}${text}\n`;
  let out = '';
  let allowed = WIDTH - indent;
  let start = 0;
  while (start < text.length) {
    let length = Math.min(text.length - start, allowed);
    if (length === allowed) {
      while (length >= 0 && !' ,|'.includes(text[start + length] ?? '\0')) length--;
    }
    if (length <= 0) length = allowed;
    const newline = text.slice(start, start + length).lastIndexOf('\n');
    if (newline >= 0) length = text.indexOf('\n', start) - start + 1;
    out += `${' '.repeat(indent)}${text.slice(start, start + length)}\n`;
    if (start === 0) {
      indent += second;
      allowed -= second;
    }
    while (text[start + length] === ' ' && start < text.length) start++;
    start += length;
  }
  return out;
}

function shortUsage(program: string): string {
  const text = `${program} ${FLAGS.filter((f) => f.since === 'envoy')
    .map((f) => ` ${shortId(f)}`)
    .join('')}`;
  return wrap(text, 3, Math.min(program.length + 2, Math.floor(WIDTH / 2)));
}

const describe = (flags: readonly Flag[]): string =>
  flags.map((f) => `${wrap(longId(f), 3, 3)}${wrap(f.text, 5, 0)}\n`).join('');

/** `--help`, on standard output: Envoy's own, then what we take beyond it. */
export function usage(program: string, commands: readonly (readonly [name: string, text: string])[]): string {
  let out = `\nUSAGE: \n\n${shortUsage(program)}\n\nWhere: \n\n`;
  out += `${describe(FLAGS.filter((f) => f.since === 'envoy'))}\n${wrap(MESSAGE, 3, 0)}\n`;
  out += `Beyond Envoy 1.40: \n\n${describe(FLAGS.filter((f) => f.since !== 'envoy'))}`;
  for (const [name, text] of commands) out += `${wrap(`${program} ${name}`, 3, 3)}${wrap(text, 5, 0)}\n`;
  return out;
}

/** On standard error; the caller adds the exception's own line, as Envoy's main does. */
export function parseFailure(program: string, error: ArgumentError): string {
  return (
    `PARSE ERROR: Argument: ${error.id}\n             ${error.message}\n\nBrief USAGE: \n${shortUsage(program)}\n` +
    `For complete USAGE and HELP type: \n   ${program} --help\n\n${error.id} -- ${error.message}\n`
  );
}
