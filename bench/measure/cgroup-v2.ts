/**
 * Making a cgroup v2 group able to have children with limits (kernel docs, admin-guide/cgroup-v2, "No Internal Process
 * Constraint" and "Threads"): its controllers are switched on for children. While it has processes of its own the kernel
 * either refuses that (EBUSY) or, for the cpu controller alone, makes children that no process can enter. In a delegated
 * scope or a container those processes are ours: they move into a child of their own meanwhile. Only the real root is free.
 */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';

export interface Prepared {
  /** A Raspberry Pi's kernel has no memory controller unless its command line says cgroup_enable=memory. */
  memory: boolean;
  /** Puts everything back. */
  undo(): void;
}

const MOVE_TRIES = 10;

const words = (path: string): string[] => readFileSync(path, 'latin1').trim().split(/\s+/);
const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** Throws where it cannot be done. `ours`: this process is in that group, its processes may be moved. */
export function prepareParent(parent: string, ours: boolean, name: string): Prepared {
  const has = words(`${parent}/cgroup.controllers`);
  if (!has.includes('cpu')) throw new Error('no cpu controller');
  const memory = has.includes('memory');
  const subtree = `${parent}/cgroup.subtree_control`;
  const on = words(subtree);
  const missing = (memory ? ['cpu', 'memory'] : ['cpu']).filter((c) => !on.includes(c));
  const steps: (() => void)[] = [];
  const undo = (): void => {
    for (const step of steps.splice(0).reverse()) attempt(step);
  };
  try {
    if (ours && !isRealRoot(parent)) {
      const leaf = `${parent}/${name}-rest`;
      mkdirSync(leaf);
      steps.push(
        () => rmdirSync(leaf),
        () => moveAll(leaf, parent),
      );
      moveAll(parent, leaf);
    }
    if (missing.length > 0) {
      writeFileSync(subtree, missing.map((c) => `+${c}`).join(' '));
      steps.push(() => writeFileSync(subtree, missing.map((c) => `-${c}`).join(' ')));
    }
    return { memory, undo };
  } catch (error) {
    undo();
    throw error;
  }
}

/** All groups but the root of the hierarchy have a type; a container's root is none. */
const isRealRoot = (dir: string): boolean => !existsSync(`${dir}/cgroup.type`);

/** A child of a group with processes may be there and still take none. */
export function mustTakeProcesses(dir: string): void {
  const type = existsSync(`${dir}/cgroup.type`) ? readFileSync(`${dir}/cgroup.type`, 'latin1').trim() : 'domain';
  if (type !== 'domain') throw new Error(`a child group is '${type}'`);
}

/** One process a write is the kernel's rule. Some end meanwhile (ESRCH), some start others: asked again until none is left. */
function moveAll(from: string, to: string): void {
  for (let i = 0; i < MOVE_TRIES; i++) {
    // 0: a process that this namespace does not see.
    const pids = words(`${from}/cgroup.procs`).filter((pid) => Number(pid) > 0);
    if (pids.length === 0) return;
    for (const pid of pids) {
      try {
        writeFileSync(`${to}/cgroup.procs`, pid);
      } catch (error) {
        if (codeOf(error) !== 'ESRCH') throw error;
      }
    }
  }
}

function attempt(step: () => void): void {
  try {
    step();
  } catch {
    // What cannot be put back stays; the groups are empty and cost nothing.
  }
}
