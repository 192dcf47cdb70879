/** /logging: show and change log levels; the sentences are Envoy's (logs_handler.cc). */
import { trimOws } from '../../codec/ows.ts';
import { activeLoggers, LEVELS, parseLevel, setAllLevels, setLevel } from '../../log/logger.ts';
import type { AdminRequest } from '../handler.ts';
import type { Query } from '../query.ts';
import { type AdminResponse, text } from '../respond.ts';
import type { ServerView } from '../server-view.ts';

const USAGE =
  'usage: /logging?<name>=<level> (change single level)\n' +
  'usage: /logging?paths=name1:level1,name2:level2,... (change multiple levels)\n' +
  'usage: /logging?level=<level> (change all levels)\n' +
  'usage: /logging?group=<group_name>:<level> (change group of loggers)\n' +
  `levels: ${LEVELS.map((l) => `${l} `).join('')}\n`;

export function page(req: AdminRequest, server: ServerView): AdminResponse {
  const error = change(req.query, server);
  let out = error === null ? '' : `error: ${error}\n\n${USAGE}`;
  out += 'active loggers:\n';
  for (const l of activeLoggers()) out += `  ${l.name}: ${LEVELS[l.level]}\n`;
  return text(`${out}\n`, error === null ? 200 : 400);
}

/** What is wrong, or null. Nothing is changed unless everything can be. */
function change(query: Query, server: ServerView): string | null {
  const given = [...query.params].filter(([, value]) => value !== '');
  if (given.length === 0) return null;
  if (given.length > 1) return 'invalid number of parameters';
  const [[key, value]] = given;
  if (key === 'level') {
    const level = levelOf(value);
    if (level < 0) return 'unknown logger level';
    setAllLevels(level);
    server.logLevelChanged?.('', level);
    return null;
  }
  if (key === 'group') return 'group parameter requires fine-grain logging to be enabled';
  const pairs = key === 'paths' ? value.split(',').filter((p) => trimOws(p) !== '') : [`${key}:${value}`];
  const changes: [name: string, level: number][] = [];
  for (const pair of pairs) {
    const colon = pair.indexOf(':');
    const name = colon < 0 ? pair : pair.slice(0, colon);
    const levelName = colon < 0 ? '' : pair.slice(colon + 1);
    if (name === '' || levelName === '') return 'empty logger name or empty logger level';
    const level = levelOf(levelName);
    if (level < 0) return 'unknown logger level';
    changes.push([name, level]);
  }
  const known = new Set(activeLoggers().map((l) => l.name));
  if (changes.some(([name]) => !known.has(name))) return 'unknown logger name';
  for (const [name, level] of changes) {
    setLevel(name, level);
    server.logLevelChanged?.(name, level);
  }
  return null;
}

/** /logging takes the full names only: `warn` is for the command line. */
function levelOf(name: string): number {
  return name === 'warn' ? -1 : parseLevel(name);
}
