/** What a conformance case is, read from its YAML file. The format is described in README.md. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { load } from 'js-yaml';

/** One value of a YAML file. */
export type Yaml = null | boolean | number | string | Yaml[] | { [key: string]: Yaml };
export type YamlMap = { [key: string]: Yaml };

export interface Step {
  /** `client`, `upstream`, `admin`, `stats`, `log`, `spans`, `file`, `hosts` or `wait`. */
  actor: string;
  /** Name of the connection or upstream; '' is the default one. */
  name: string;
  /** `send`, `raw`, `reads`, `does` … */
  verb: string;
  argument: Yaml;
}

export interface Case {
  /** Path under cases/ without the suffix. */
  id: string;
  title: string;
  config: string;
  listener: string;
  steps: Step[];
  /** Upstream name → its automatic answers. */
  replies: Map<string, Yaml[]>;
  /** Row of docs/behaviour.md when the two must differ. */
  difference: string;
  holds: string[];
  envoy: string[];
  envoylet: string[];
}

/** All cases below the directory, sorted by name. Throws with the file's name when one cannot be read. */
export function loadCases(directory: string): Case[] {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.yaml'));
  return files.sort().flatMap((file) => {
    try {
      const id = relative('.', file).replace(/\.yaml$/, '');
      const yaml = asMap(load(readFileSync(join(directory, file), 'utf8')) as Yaml, 'a case');
      if (yaml['rows'] === undefined) return [parseCase(id, yaml)];
      return asList(yaml['rows']).map((row, i) => parseCase(`${id}/${i + 1}`, rowCase(yaml, row, dirname(id))));
    } catch (error) {
      throw new Error(`${file}: ${(error as Error).message}`);
    }
  });
}

/**
 * One row of a table: the fields of the file, what the row says instead, and, where it has no steps, `client` sent on a connection of
 * its own and answered.
 */
function rowCase(yaml: YamlMap, row: Yaml, folder: string): YamlMap {
  const { rows: _, ...shared } = yaml;
  const own: YamlMap = typeof row === 'string' ? { client: row } : asMap(row, 'a row');
  const { client, reads, then, ...rest } = own;
  const request = withHost(String(client ?? ''));
  const steps: Yaml[] = [
    { client: request },
    { 'client reads': reads ?? (request.startsWith('HEAD ') ? 'head' : 'response') },
    ...asList(then),
  ];
  const title = `${String(yaml['title'])}: ${request.split('\n').slice(0, 3).join(', ')}`;
  return { config: basename(folder), steps, ...shared, ...rest, title: own['title'] ?? title };
}

/** `host: a` behind the request line of a message that names none. */
function withHost(request: string): string {
  const [line, ...lines] = request.split('\n');
  const host = lines.some((l) => /^host:/i.test(l)) ? [] : ['host: a'];
  return [line.includes(' HTTP/') ? line : `${line} HTTP/1.1`, ...host, ...lines].join('\n');
}

const FIELDS = ['title', 'config', 'listener', 'replies', 'steps', 'holds', 'difference', 'envoy', 'envoylet'];

function parseCase(id: string, yaml: Yaml): Case {
  const map = asMap(yaml, 'a case');
  for (const key of Object.keys(map)) if (!FIELDS.includes(key)) throw new Error(`unknown field '${key}'`);
  const title = map['title'];
  if (typeof title !== 'string') throw new Error('title is missing');
  const difference = text(map['difference'], '');
  const c: Case = {
    id,
    title,
    config: text(map['config'], basename(dirname(id))),
    listener: text(map['listener'], 'main'),
    steps: asList(map['steps']).flatMap((step) => Object.entries(asMap(step, 'a step')).map(parseStep)),
    replies: parseReplies(map['replies']),
    difference,
    holds: asList(map['holds']).map(String),
    envoy: asList(map['envoy']).map(String),
    envoylet: asList(map['envoylet']).map(String),
  };
  if (c.steps.length === 0) throw new Error('no steps');
  if ((difference === '') !== (c.envoylet.length === 0)) throw new Error('`difference` and `envoylet` belong together');
  return c;
}

const STEP =
  /^(client|upstream)(?: (?!(?:raw|redis|tls|reads|does|from|h2|frames)\b)(\w+))?(?: (raw|redis|tls|reads|reads frames|does|from|h2|frames))?$/;

const DATAGRAM_STEP = /^udp (client|upstream)(?: (?!(?:reads|from)\b)(\w+))?(?: (reads|from))?$/;

function parseStep([key, argument]: [string, Yaml]): Step {
  if (
    key === 'admin' ||
    key === 'stats' ||
    key === 'wait' ||
    key === 'log' ||
    key === 'spans' ||
    key === 'file' ||
    key === 'hosts'
  )
    return { actor: key, name: '', verb: '', argument };
  const udp = DATAGRAM_STEP.exec(key);
  if (udp !== null) return { actor: `udp ${udp[1]}`, name: udp[2] ?? '', verb: udp[3] ?? 'send', argument };
  const match = STEP.exec(key);
  if (match === null) throw new Error(`cannot read step '${key}'`);
  return { actor: match[1]!, name: match[2] ?? '', verb: match[3] ?? 'send', argument };
}

function parseReplies(yaml: Yaml | undefined): Map<string, Yaml[]> {
  const replies = new Map<string, Yaml[]>();
  if (yaml === undefined || yaml === null) return replies;
  if (typeof yaml === 'string' || Array.isArray(yaml)) return replies.set('u', asList(yaml));
  for (const [name, list] of Object.entries(yaml)) replies.set(name, asList(list));
  return replies;
}

export function asMap(yaml: Yaml | undefined, what: string): YamlMap {
  if (typeof yaml === 'object' && yaml !== null && !Array.isArray(yaml)) return yaml;
  throw new Error(`${what} must be a mapping`);
}

/** A single value stands for a list of one; nothing for an empty list. */
export function asList(yaml: Yaml | undefined): Yaml[] {
  if (yaml === undefined || yaml === null) return [];
  return Array.isArray(yaml) ? yaml : [yaml];
}

function text(yaml: Yaml | undefined, otherwise: string): string {
  return typeof yaml === 'string' ? yaml : otherwise;
}

/** Lines joined with CRLF, one empty line ends the head, the rest is the body. */
export function message(yaml: Yaml): string {
  if (Array.isArray(yaml)) return yaml.map(message).join('');
  const source = withDates(String(yaml));
  if (source.includes('\r\n')) return source;
  const cut = source.indexOf('\n\n');
  const head = (cut < 0 ? source.replace(/\n$/, '') : source.slice(0, cut)).split('\n').join('\r\n');
  const body = cut < 0 ? '' : source.slice(cut + 2).replace(/\n$/, '');
  return `${head}\r\n\r\n${body}`;
}

/** `<now-14>`: the date that was 14 seconds ago. */
export function withDates(text: string): string {
  return text.replace(/<now([+-]\d+)?>/g, (_, seconds: string | undefined) =>
    new Date(Date.now() + Number(seconds ?? 0) * 1000).toUTCString(),
  );
}
