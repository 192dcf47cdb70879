/** Makes a bundled script a program of its own: sh reads launcher.sh in front of it and becomes Node, to which launcher.sh is a comment. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `root`: of the repository. */
export function launched(root: string, script: string): string {
  return readFileSync(join(root, 'build/launcher.sh'), 'utf8') + script.replace(/^#!.*\n/, '');
}
