/** google.protobuf.FieldMask over messages in JSON: keeps the named fields, `a.b.c` deep. */
import { type Json, type JsonObject, made } from '../config/lazy-json.ts';

type Tree = Map<string, Tree>;

/** `a.b,a.c,d` → what to keep; an empty subtree means all below. */
export function parseMask(mask: string): string[][] {
  return mask
    .split(',')
    .filter((path) => path !== '')
    .map((path) => path.split('.'));
}

/** Null when a path goes through a list, which protobuf does not allow. `@type` stays. */
export function applyMask(message: JsonObject, paths: readonly string[][]): JsonObject | null {
  const tree: Tree = new Map();
  for (const path of paths) {
    let node = tree;
    for (let i = 0; i < path.length; i++) {
      const known = node.get(path[i]);
      if (known !== undefined && known.size === 0) break;
      if (i === path.length - 1 || known === undefined) node.set(path[i], new Map());
      node = node.get(path[i])!;
    }
  }
  return trim(message, tree);
}

function trim(message: JsonObject, tree: Tree): JsonObject | null {
  const out: { [key: string]: Json } = Object.create(null);
  for (const [key, given] of Object.entries(message)) {
    if (given === undefined) continue;
    const value = made(given);
    if (key === '@type') {
      out[key] = value;
      continue;
    }
    const below = tree.get(key);
    if (below === undefined) continue;
    if (below.size === 0) {
      out[key] = value;
    } else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      const kept = trim(value as JsonObject, below);
      if (kept === null) return null;
      out[key] = kept;
    } else {
      return null;
    }
  }
  return out;
}
