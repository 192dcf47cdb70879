/**
 * Finds the method that a request means, and what its path and query say. Literals go before `*`, and `*` before `**`. Mirrors
 * PathMatcher of grpc-httpjson-transcoding.
 */
import { ANY, type PathTemplate, parseTemplate, REST } from './path-template.ts';

export interface Binding {
  readonly fieldPath: readonly string[];
  /** Wire text, unescaped. */
  readonly value: string;
  /** It comes from the query. */
  readonly query: boolean;
}

export type UnescapeSpec = 'ALL_CHARACTERS_EXCEPT_RESERVED' | 'ALL_CHARACTERS_EXCEPT_SLASH' | 'ALL_CHARACTERS';

interface Entry<M> {
  readonly method: M;
  readonly template: PathTemplate;
}

/** A segment of all templates that begin alike. */
class Node<M> {
  readonly children = new Map<string, Node<M>>();
  /** By HTTP method; null: several mean it, so none is. */
  readonly entries = new Map<string, Entry<M> | null>();
  /** This segment is `**`: it takes any more. */
  readonly rest: boolean;
  constructor(rest: boolean) {
    this.rest = rest;
  }
}

export interface MatcherSettings {
  readonly unescape: UnescapeSpec;
  readonly plusIsBlank: boolean;
  readonly unregisteredVerbs: boolean;
  readonly ignoredParameters: ReadonlySet<string>;
}

export class PathMatcher<M> {
  private readonly root = new Node<M>(false);
  private readonly verbs = new Set<string>();
  private readonly settings: MatcherSettings;

  constructor(settings: MatcherSettings) {
    this.settings = settings;
  }

  /** False for what is no template. */
  register(httpMethod: string, path: string, method: M): boolean {
    const template = parseTemplate(path);
    if (template === null) return false;
    let node = this.root;
    for (const segment of template.segments) {
      let child = node.children.get(segment);
      if (child === undefined) {
        child = new Node<M>(segment === REST);
        node.children.set(segment, child);
      }
      node = child;
    }
    node.entries.set(httpMethod, node.entries.has(httpMethod) ? null : { method, template });
    if (template.verb !== '') this.verbs.add(template.verb);
    return true;
  }

  /** `path` without its query. */
  find(httpMethod: string, path: string, query: string): { method: M; bindings: Binding[] } | null {
    const parts = this.split(path);
    const entry = find(this.root, parts, 0, httpMethod);
    if (entry === null || entry === undefined) return null;
    const bindings = this.fromPath(entry.template, parts);
    this.fromQuery(query, bindings);
    return { method: entry.method, bindings };
  }

  private split(path: string): string[] {
    let text = path;
    const colon = text.lastIndexOf(':');
    if (colon > text.lastIndexOf('/')) {
      const verb = text.slice(colon + 1);
      if (this.settings.unregisteredVerbs || this.verbs.has(verb)) text = `${text.slice(0, colon)}/${verb}`;
    }
    const parts = text === '' ? [] : text.slice(1).split('/');
    while (parts.length > 0 && parts[parts.length - 1] === '') parts.pop();
    return parts;
  }

  private fromPath({ variables }: PathTemplate, parts: readonly string[]): Binding[] {
    const { unescape: multi } = this.settings;
    return variables.map(({ fieldPath, start, end, rest }) => {
      const from = start < 0 ? parts.length + start + 1 : start;
      const to = end < 0 ? parts.length + end + 1 : end;
      const spec = to - from > 1 || rest ? multi : 'ALL_CHARACTERS';
      const value = parts
        .slice(from, to)
        .map((part) => unescaped(part, spec, false))
        .join('/');
      return { fieldPath, value, query: false };
    });
  }

  private fromQuery(query: string, bindings: Binding[]): void {
    if (query === '') return;
    const { plusIsBlank, ignoredParameters } = this.settings;
    for (const parameter of query.split('&')) {
      const equal = parameter.indexOf('=');
      if (equal <= 0) continue;
      const name = parameter.slice(0, equal);
      if (ignoredParameters.has(name)) continue;
      const value = unescaped(parameter.slice(equal + 1), 'ALL_CHARACTERS', plusIsBlank);
      bindings.push({ fieldPath: name.split('.'), value, query: true });
    }
  }
}

/** Undefined: nothing here; null: several. */
function find<M>(node: Node<M>, parts: readonly string[], at: number, method: string): Entry<M> | null | undefined {
  if (at === parts.length) {
    const own = entryOf(node, method);
    if (own !== undefined) return own;
    const rest = node.children.get(REST);
    return rest === undefined ? undefined : entryOf(rest, method);
  }
  const literal = node.children.get(parts[at]);
  if (literal !== undefined && parts[at] !== ANY && parts[at] !== REST) {
    const found = find(literal, parts, at + 1, method);
    if (found !== undefined) return found;
  }
  if (node.rest) {
    const found = find(node, parts, at + 1, method);
    if (found !== undefined) return found;
  }
  for (const key of [ANY, REST]) {
    const child = node.children.get(key);
    const found = child === undefined ? undefined : find(child, parts, at + 1, method);
    if (found !== undefined) return found;
  }
  return undefined;
}

const entryOf = <M>(node: Node<M>, method: string): Entry<M> | null | undefined =>
  node.entries.get(method) ?? (node.entries.has(method) ? null : node.entries.get('*'));

/** RFC 6570's reserved characters. */
const RESERVED = /[!#$&'()*+,/:;=?@[\]]/;

/** Wire text without its escapes, but for those that the spec keeps. */
export function unescaped(text: string, spec: UnescapeSpec, plusIsBlank: boolean): string {
  if (!text.includes('%') && !(plusIsBlank && text.includes('+'))) return text;
  return text.replace(/%([0-9a-fA-F]{2})|\+/g, (whole, hex: string | undefined) => {
    if (hex === undefined) return plusIsBlank ? ' ' : whole;
    const c = String.fromCharCode(Number.parseInt(hex, 16));
    if (spec === 'ALL_CHARACTERS_EXCEPT_RESERVED' && RESERVED.test(c)) return whole;
    if (spec === 'ALL_CHARACTERS_EXCEPT_SLASH' && c === '/') return whole;
    return c;
  });
}
