/**
 * Wildcard domains: finds the longest `*.x` that ends a host, or the longest `x.*` that begins it, in one walk along the host, without
 * cutting it into pieces. The wildcard stands for at least one character.
 */

class Node<T> {
  /** What this node adds to its parent's text, in the direction of the walk. */
  label: string;
  value: T | null;
  /** By the first unit of their label. */
  children: Map<number, Node<T>> | null;
  constructor(label: string, value: T | null) {
    this.label = label;
    this.value = value;
    this.children = null;
  }
}

export class HostTrie<T> {
  private readonly root = new Node<T>('', null);
  /** Walks from the end of the host. */
  private readonly backwards: boolean;
  empty = true;

  constructor(backwards: boolean) {
    this.backwards = backwards;
  }

  /** `text` without its `*`. One that is there is replaced, as Envoy's map does. */
  set(text: string, value: T): void {
    this.empty = false;
    const way = this.backwards ? reversed(text) : text;
    let node = this.root;
    let at = 0;
    while (at < way.length) {
      node.children ??= new Map();
      const unit = way.charCodeAt(at);
      const child = node.children.get(unit);
      if (child === undefined) {
        node.children.set(unit, new Node(way.slice(at), value));
        return;
      }
      let same = 1;
      while (same < child.label.length && at + same < way.length && child.label[same] === way[at + same]) same++;
      if (same < child.label.length) {
        const upper = new Node<T>(child.label.slice(0, same), null);
        child.label = child.label.slice(same);
        upper.children = new Map([[child.label.charCodeAt(0), child]]);
        node.children.set(unit, upper);
        node = upper;
      } else {
        node = child;
      }
      at += same;
    }
    node.value = value;
  }

  find(host: string): T | null {
    const { backwards } = this;
    const last = host.length - 1;
    let found = this.root.value;
    let node = this.root;
    for (let at = 0; at <= last; ) {
      const child: Node<T> | undefined = node.children?.get(host.charCodeAt(backwards ? last - at : at));
      if (child === undefined) return found;
      const { label } = child;
      if (at + label.length > last) return found;
      for (let i = 1; i < label.length; i++) {
        if (host.charCodeAt(backwards ? last - at - i : at + i) !== label.charCodeAt(i)) return found;
      }
      at += label.length;
      if (child.value !== null) found = child.value;
      node = child;
    }
    return found;
  }
}

const reversed = (text: string): string => [...text].reverse().join('');
