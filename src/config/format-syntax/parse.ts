/** The syntax of a format: text, `%%` for a percent sign, and commands `%NAME(argument):length%`. Mirrors SubstitutionFormatParser::parse. */
import { fromWire, toWire } from '../../platform/wire-text.ts';

export interface Command {
  readonly name: string;
  /** Wire text; '' when there is none. */
  readonly argument: string;
  /** Bytes, -1 when absent. */
  readonly length: number;
}

/** The argument may have parentheses of its own: it ends where the rest fits. */
const COMMAND = /%([A-Z0-9_]+)(?:\(([\s\S]*?)\))?(?::(\d+))?%/y;

/** Wire text and commands, in order. Throws Envoy's sentence for a percent sign that begins neither. */
export function parseFormat(format: string): (string | Command)[] {
  const wire = toWire(format);
  const parts: (string | Command)[] = [];
  let text = '';
  for (let at = 0; at < wire.length; ) {
    const percent = wire.indexOf('%', at);
    if (percent < 0) {
      text += wire.slice(at);
      break;
    }
    text += wire.slice(at, percent);
    if (wire[percent + 1] === '%') {
      text += '%';
      at = percent + 2;
      continue;
    }
    COMMAND.lastIndex = percent;
    const match = COMMAND.exec(wire);
    if (match === null) {
      throw new Error(`Incorrect configuration: ${fromWire(wire)}. Couldn't find valid command at position ${percent}`);
    }
    if (text !== '') parts.push(text);
    text = '';
    parts.push({ name: match[1], argument: match[2] ?? '', length: match[3] === undefined ? -1 : Number(match[3]) });
    at = COMMAND.lastIndex;
  }
  if (text !== '') parts.push(text);
  return parts;
}
