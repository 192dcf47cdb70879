/**
 * Where the runtime's values come from: a `static_layer` of the bootstrap, a `disk_layer` (a folder of files, each a value), the `admin_layer` that
 * POST /runtime_modify fills. Mirrors ProtoLayer, DiskLayer and AdminLayer (source/common/runtime/runtime_impl.cc).
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { refuse } from '../config/refusal.ts';
import type { RuntimeLayer } from '../config/schema/types.ts';
import { entryOfText, entryOfValue, isFraction } from './entries.ts';
import type { RuntimeEntries, RuntimeEntry } from './runtime.ts';

export interface Layer {
  readonly name: string;
  readonly entries: RuntimeEntries;
}

/** Folders inside folders; Envoy's limit. */
const MAX_DEPTH = 16;
/** Ours, of one layer: files and folders; bytes of a file. */
export const MAX_FILES = 10_000;
export const MAX_FILE_BYTES = 64 * 1024;
/** Ours: keys that POST /runtime_modify may have set at a time, and characters of a key or value. */
export const MAX_OVERRIDES = 10_000;
export const MAX_OVERRIDE_CHARACTERS = 64 * 1024;

/** Throws for a list or a null. */
export function staticLayer(config: RuntimeLayer): Layer {
  const entries = new Map<string, RuntimeEntry>();
  const walk = (value: unknown, key: string): void => {
    if (value === null || Array.isArray(value))
      refuse(config, 'static_layer', `Invalid runtime entry value for ${key}`);
    if (typeof value === 'object' && !isFraction(value as Record<string, unknown>)) {
      for (const [name, below] of Object.entries(value)) walk(below, `${key}.${name}`);
    } else if (!entries.has(key)) entries.set(key, entryOfValue(value));
  };
  for (const [name, value] of Object.entries((config.staticLayer ?? {}) as Record<string, unknown>)) walk(value, name);
  return { name: config.name ?? '', entries };
}

/** Null where there is no such folder: then there is no such layer. Throws what cannot be read, or is none of a runtime's folders. */
export function diskLayer(name: string, root: string): Layer | null {
  if (!isDirectory(root)) return null;
  const entries = new Map<string, RuntimeEntry>();
  let files = 0;
  const walk = (directory: string, prefix: string, depth: number): void => {
    if (depth > MAX_DEPTH) throw new Error(`Walk recursion depth exceeded ${MAX_DEPTH}`);
    for (const item of readdirSync(directory, { withFileTypes: true })) {
      if (++files > MAX_FILES) throw new Error(`more than ${MAX_FILES} files below ${root}`);
      const path = join(directory, item.name);
      const key = prefix === '' ? item.name : `${prefix}.${item.name}`;
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat?.isDirectory()) walk(path, key, depth + 1);
      else if (stat?.isFile()) {
        if (stat.size > MAX_FILE_BYTES) throw new Error(`${path} is larger than ${MAX_FILE_BYTES} bytes`);
        entries.set(key, inFile(path));
      }
    }
  };
  walk(root, '', 1);
  return { name, entries };
}

function inFile(path: string): RuntimeEntry {
  const text = withoutComments(readFileSync(path, 'utf8'));
  try {
    return entryOfText(text);
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`);
  }
}

/** Lines that begin with '#' are comments; the last line loses its white space. */
function withoutComments(text: string): string {
  const lines = text.split('\n').filter((line) => line !== '');
  const last = lines.length - 1;
  return lines
    .map((line, i) => (line.startsWith('#') ? '' : i === last ? line.replace(/[\t\n\v\f\r ]+$/, '') : `${line}\n`))
    .join('');
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

export class AdminLayer implements Layer {
  readonly name: string;
  readonly entries = new Map<string, RuntimeEntry>();

  constructor(name: string) {
    this.name = name;
  }

  /** '' takes an override away. Throws, with nothing changed, for a value that is no YAML and for more than may be kept. */
  merge(values: ReadonlyMap<string, string>): void {
    const made = new Map<string, RuntimeEntry | null>();
    for (const [key, text] of values) {
      if (key.length > MAX_OVERRIDE_CHARACTERS || text.length > MAX_OVERRIDE_CHARACTERS) {
        throw new Error(`a runtime key or value has more than ${MAX_OVERRIDE_CHARACTERS} characters`);
      }
      made.set(key, text === '' ? null : entryOfText(text));
    }
    let count = this.entries.size;
    for (const [key, entry] of made) count += Number(entry !== null && !this.entries.has(key));
    if (count > MAX_OVERRIDES) throw new Error(`more than ${MAX_OVERRIDES} runtime values are overridden`);
    for (const [key, entry] of made) {
      this.entries.delete(key);
      if (entry !== null) this.entries.set(key, entry);
    }
  }
}
