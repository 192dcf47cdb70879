/**
 * Finds the first matching route of a virtual host without trying all of them. Envoy walks the list in config order
 * (source/common/router/config_impl.cc, getRouteFromEntries); the answer here is the same one, the work is not: prefixes
 * and exact paths lie in a radix trie, one walk along the request's path collects the routes whose text fits, and only
 * those are tried, in config order. A regex lies under the text that all its matches begin with; one without any stays in a list that
 * is tried in its place.
 */
import type { Headers } from '../../codec/headers.ts';
import { NO_REQUEST_CONTEXT, type RequestContext } from './request-context.ts';
import type { Route } from './route.ts';
import { foldedUnit, ROUTE_PATH, ROUTE_PREFIX, ROUTE_SEPARATED, startsFolded } from './route-match.ts';

/** Below this many routes a plain walk is as fast (bench/micro/routes.ts). */
export const MIN_INDEXED_ROUTES = 8;

/** More texts than this along one path (`/a`, `/a/a`, …): merging them would cost more than the plain walk. */
const MAX_LISTS = 64;

/** Positions in the route list, ascending. */
type Positions = number[];

class TrieNode {
  /** What this node adds to its parent's text. */
  label: string;
  /** Routes whose prefix ends here, or what a regex certainly begins with. */
  prefixes: Positions;
  /** Routes whose whole path ends here. */
  paths: Positions;
  /** By the first UTF-16 unit of their label. */
  children: Map<number, TrieNode> | null;
  constructor(label: string) {
    this.label = label;
    this.prefixes = [];
    this.paths = [];
    this.children = null;
  }

  /** The node for `text`, made when it is not there. */
  nodeFor(text: string): TrieNode {
    let node: TrieNode = this;
    let at = 0;
    while (at < text.length) {
      node.children ??= new Map();
      const unit = text.charCodeAt(at);
      const child = node.children.get(unit);
      if (child === undefined) {
        const leaf = new TrieNode(text.slice(at));
        node.children.set(unit, leaf);
        return leaf;
      }
      const same = commonLength(child.label, text, at);
      if (same < child.label.length) {
        const upper = new TrieNode(child.label.slice(0, same));
        child.label = child.label.slice(same);
        upper.children = new Map([[child.label.charCodeAt(0), child]]);
        node.children.set(unit, upper);
        node = upper;
      } else {
        node = child;
      }
      at += same;
    }
    return node;
  }
}

function commonLength(label: string, text: string, at: number): number {
  let n = 1;
  while (n < label.length && at + n < text.length && label.charCodeAt(n) === text.charCodeAt(at + n)) n++;
  return n;
}

export class RouteIndex {
  private readonly routes: readonly Route[];
  private readonly exactCase: TrieNode | null;
  private readonly anyCase: TrieNode | null;
  /** Patterns of which no beginning is known, and CONNECT. */
  private readonly others: Positions;
  /** The lists of the request at hand, and how far each has been tried. One request at a time: nothing here waits. */
  private readonly lists: Positions[];
  private readonly tried: Int32Array;
  private count: number;

  constructor(routes: readonly Route[]) {
    this.routes = routes;
    this.others = [];
    this.lists = new Array<Positions>(MAX_LISTS).fill(this.others);
    this.tried = new Int32Array(MAX_LISTS);
    this.count = 0;
    let exactCase: TrieNode | null = null;
    let anyCase: TrieNode | null = null;
    for (let i = 0; i < routes.length; i++) {
      const { match } = routes[i];
      const { kind, beginning } = match;
      if (beginning === '' && kind !== ROUTE_PREFIX && kind !== ROUTE_PATH && kind !== ROUTE_SEPARATED) {
        this.others.push(i);
        continue;
      }
      const trie = match.fold ? (anyCase ??= new TrieNode('')) : (exactCase ??= new TrieNode(''));
      const node = trie.nodeFor(beginning);
      (kind === ROUTE_PATH ? node.paths : node.prefixes).push(i);
    }
    this.exactCase = exactCase;
    this.anyCase = anyCase;
  }

  /** The first route in config order that matches, or null. `end`: where the query or fragment of `path` begins. */
  find(path: string, end: number, headers: Headers, context = NO_REQUEST_CONTEXT): Route | null {
    this.count = 0;
    if (this.others.length > 0) this.take(this.others);
    if (this.exactCase !== null && !this.collect(this.exactCase, path, end, false))
      return this.walk(path, end, headers, context);
    if (this.anyCase !== null && !this.collect(this.anyCase, path, end, true))
      return this.walk(path, end, headers, context);
    return this.first(path, end, headers, context);
  }

  /** False: too many lists. */
  private collect(trie: TrieNode, path: string, end: number, fold: boolean): boolean {
    let node = trie;
    let at = 0;
    for (;;) {
      if (node.prefixes.length > 0 && !this.take(node.prefixes)) return false;
      if (at === end) return node.paths.length === 0 || this.take(node.paths);
      const child = node.children?.get(fold ? foldedUnit(path, at) : path.charCodeAt(at));
      if (child === undefined || at + child.label.length > end) return true;
      if (!(fold ? startsFolded(path, at, child.label) : path.startsWith(child.label, at))) return true;
      at += child.label.length;
      node = child;
    }
  }

  private take(list: Positions): boolean {
    const n = this.count;
    if (n === MAX_LISTS) return false;
    this.lists[n] = list;
    this.tried[n] = 0;
    this.count = n + 1;
    return true;
  }

  /** Tries what was collected, lowest position first. */
  private first(path: string, end: number, headers: Headers, context: RequestContext): Route | null {
    const { lists, tried, count, routes } = this;
    for (;;) {
      let from = -1;
      let lowest = routes.length;
      for (let i = 0; i < count; i++) {
        const list = lists[i];
        const at = tried[i];
        if (at < list.length && list[at] < lowest) {
          lowest = list[at];
          from = i;
        }
      }
      if (from < 0) return null;
      if (routes[lowest].match.matchesFound(path, end, headers, context)) return routes[lowest];
      tried[from]++;
    }
  }

  private walk(path: string, end: number, headers: Headers, context: RequestContext): Route | null {
    const routes = this.routes;
    for (let i = 0; i < routes.length; i++) if (routes[i].match.matches(path, end, headers, context)) return routes[i];
    return null;
  }
}
