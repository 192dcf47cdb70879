/**
 * /etc/hosts, re-read when it changes. c-ares looks there before it asks DNS (lookups "fb"), and answers `localhost` itself
 * (RFC 6761) when the file does not.
 */
import { readFileSync, statSync } from 'node:fs';
import { isIP } from '../../platform/ip.ts';

/** A larger file is not read: nobody's names for clusters sit behind that many lines. */
export const MAX_HOSTS_FILE_BYTES = 16 * 1024 * 1024;

export class HostsFile {
  private readonly path: string;
  private stamp = '';
  private v4 = new Map<string, string[]>();
  private v6 = new Map<string, string[]>();

  constructor(path = '/etc/hosts') {
    this.path = path;
  }

  /** Addresses of one family, or null when the file says nothing about the name. */
  find(name: string, v6: boolean): readonly string[] | null {
    this.refresh();
    const key = (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase();
    const found = (v6 ? this.v6 : this.v4).get(key);
    if (found !== undefined) return found;
    if (key === 'localhost' || key.endsWith('.localhost')) return v6 ? LOOPBACK_6 : LOOPBACK_4;
    return null;
  }

  private refresh(): void {
    let text = '';
    try {
      const s = statSync(this.path);
      const stamp = `${s.mtimeMs} ${s.size} ${s.ino}`;
      if (stamp === this.stamp) return;
      this.stamp = stamp;
      if (s.size <= MAX_HOSTS_FILE_BYTES) text = readFileSync(this.path, 'utf8');
    } catch {
      if (this.stamp === 'none') return;
      this.stamp = 'none';
    }
    this.v4 = new Map();
    this.v6 = new Map();
    for (const line of text.split('\n')) this.parse(line);
  }

  private parse(line: string): void {
    const [ip, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const kind = isIP(ip);
    if (kind === 0) return;
    const map = kind === 6 ? this.v6 : this.v4;
    for (const name of names) {
      const key = name.toLowerCase();
      const list = map.get(key);
      if (list === undefined) map.set(key, [ip]);
      else if (!list.includes(ip)) list.push(ip);
    }
  }
}

const LOOPBACK_4: readonly string[] = ['127.0.0.1'];
const LOOPBACK_6: readonly string[] = ['::1'];
