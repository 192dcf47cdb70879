/** Finding programs on PATH and asking for their version. */
import { spawnSync } from 'node:child_process';
import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const known = new Map<string, string | null>();

/** Full path, or null. `NAME_BIN` (ENVOY_BIN, WRK_BIN …) goes first; `none` hides it. Debian keeps some proxies in /usr/sbin. */
export function which(name: string): string | null {
  let found = known.get(name);
  if (found === undefined) {
    found = search(name);
    known.set(name, found);
  }
  return found;
}

function search(name: string): string | null {
  const given = process.env[`${name.toUpperCase().replaceAll('-', '_')}_BIN`];
  if (given) return given === 'none' ? null : given;
  for (const dir of [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']) {
    const path = join(dir, name);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      // Not in this directory.
    }
  }
  return null;
}

/** A script that starts the program: its own CPU and start would be counted as the program's. */
export function isScript(path: string): boolean {
  const start = Buffer.alloc(2);
  try {
    const file = openSync(path, 'r');
    readSync(file, start, 0, 2, 0);
    closeSync(file);
  } catch {
    return false;
  }
  return start.toString('latin1') === '#!';
}

const FLAGS: Record<string, string> = { haproxy: '-v', nginx: '-v', nutcracker: '-V', wrk: '-v' };

/** The first line a program says about its version; '' when it says nothing. */
export function versionOf(name: string, path = which(name)): string {
  if (path === null) return '';
  const r = spawnSync(path, [FLAGS[name] ?? '--version'], { encoding: 'utf8', timeout: 10_000 });
  const lines = `${r.stdout ?? ''}\n${r.stderr ?? ''}`.split('\n').map((s) => s.trim());
  return (lines.find((s) => /\d+\.\d+/.test(s)) ?? '').slice(0, 120);
}
