/**
 * The search list, ndots and time limits of /etc/resolv.conf, which Node's `dns.resolve*` leaves to its caller (resolv.conf(5);
 * c-ares' ares_search). Kubernetes names such as `redis` or `redis.prod` need them. The servers are read by c-ares itself.
 */
import { readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';

/** resolv.conf(5): default of `ndots`, and the most it takes. */
const DEFAULT_NDOTS = 1;
const MAX_NDOTS = 15;
/** c-ares' defaults (ares_init_options(3)): 2 s for the first try, doubled for each further one, 3 tries. */
export const DEFAULT_TIMEOUT_MS = 2000;
export const DEFAULT_ATTEMPTS = 3;
/** resolv.conf(5) caps them at 30 s and 5. */
const MAX_TIMEOUT_S = 30;
const MAX_ATTEMPTS = 5;
/** glibc has no limit since 2.26; this keeps one lookup bounded. */
export const MAX_SEARCH_DOMAINS = 32;

export class ResolvConf {
  timeoutMs = DEFAULT_TIMEOUT_MS;
  attempts = DEFAULT_ATTEMPTS;
  private ndots = DEFAULT_NDOTS;
  private search: readonly string[] = [];
  private readonly path: string;
  private stamp = '';
  private version = 0;

  constructor(path = '/etc/resolv.conf') {
    this.path = path;
  }

  /** Re-read when changed. The result changes with the file. */
  refresh(): number {
    let text = '';
    try {
      const s = statSync(this.path);
      const stamp = `${s.mtimeMs} ${s.size} ${s.ino}`;
      if (stamp === this.stamp) return this.version;
      this.stamp = stamp;
      text = readFileSync(this.path, 'utf8');
    } catch {
      if (this.stamp === 'none') return this.version;
      this.stamp = 'none';
    }
    this.parse(text);
    return ++this.version;
  }

  /** The full names to ask for, in order. */
  candidates(name: string): readonly string[] {
    this.refresh();
    if (name.endsWith('.')) return [name.slice(0, -1)];
    const searched = this.search.map((domain) => `${name}.${domain}`);
    const dots = name.split('.').length - 1;
    return dots >= this.ndots ? [name, ...searched] : [...searched, name];
  }

  private parse(text: string): void {
    this.timeoutMs = DEFAULT_TIMEOUT_MS;
    this.attempts = DEFAULT_ATTEMPTS;
    this.ndots = DEFAULT_NDOTS;
    let search: string[] | null = null;
    for (const line of text.split('\n')) {
      const [key, ...values] = line
        .replace(/[#;].*/, '')
        .trim()
        .split(/\s+/);
      // The last search or domain line wins.
      if (key === 'search') search = values;
      else if (key === 'domain') search = values.slice(0, 1);
      else if (key === 'options') for (const option of values) this.option(option);
    }
    // Without either, the domain of the machine's own name.
    search ??= [hostname().split('.').slice(1).join('.')];
    this.search = search
      .map((d) => (d.endsWith('.') ? d.slice(0, -1) : d))
      .filter((d) => d !== '')
      .slice(0, MAX_SEARCH_DOMAINS);
  }

  private option(option: string): void {
    const [key, text] = option.split(':');
    const value = Number.parseInt(text ?? '', 10);
    if (Number.isNaN(value) || value < 0) return;
    if (key === 'ndots') this.ndots = Math.min(value, MAX_NDOTS);
    else if (key === 'timeout' && value > 0) this.timeoutMs = Math.min(value, MAX_TIMEOUT_S) * 1000;
    else if (key === 'attempts' && value > 0) this.attempts = Math.min(value, MAX_ATTEMPTS);
  }
}
