/** The virtual machines of one event loop: one a script, or one for all that share `shared_vm_id`, script and paths. */
import type { ServerContext } from '../../../extension/context.ts';
import { logger } from '../../../log/logger.ts';
import type { Gauge } from '../../../stats/store.ts';
import type { Fengari } from './engine.ts';
import { textOf } from './script-object.ts';
import { LuaVm, ScriptError } from './vm.ts';

const log = logger('lua');
const pools = new WeakMap<object, MachinePool>();
/** A machine goes with what uses it. */
const gone = new FinalizationRegistry<Gauge>((count) => count.dec());

export class MachinePool {
  private readonly count: Gauge;
  private readonly shared = new Map<string, WeakRef<LuaVm>>();

  private constructor(ctx: ServerContext) {
    this.count = ctx.store.scope('lua.').gauge('lua_vm_count');
  }

  static of(ctx: ServerContext): MachinePool {
    let pool = pools.get(ctx.clusters);
    if (pool === undefined) {
      pool = new MachinePool(ctx);
      pools.set(ctx.clusters, pool);
    }
    return pool;
  }

  /** Throws what the script throws when it is loaded. */
  machine(fengari: Fengari, code: Buffer, paths: readonly string[], sharedId: string): LuaVm {
    const key = JSON.stringify([sharedId, paths, code.toString('latin1')]);
    const found = sharedId === '' ? undefined : this.shared.get(key)?.deref();
    if (found !== undefined) return found;
    const vm = make(fengari, code, paths);
    this.count.inc();
    gone.register(vm, this.count);
    if (sharedId !== '') {
      for (const [name, ref] of this.shared) if (ref.deref() === undefined) this.shared.delete(name);
      this.shared.set(key, new WeakRef(vm));
    }
    return vm;
  }
}

/** Throws what is wrong with the script. */
export function loadVm(fengari: Fengari, code: Buffer, paths: readonly string[]): LuaVm {
  try {
    return new LuaVm(fengari, code, { paths });
  } catch (e) {
    if (e instanceof ScriptError) throw new Error(`script load error: ${textOf(e.message)}`);
    throw e;
  }
}

function make(fengari: Fengari, code: Buffer, paths: readonly string[]): LuaVm {
  const vm = loadVm(fengari, code, paths);
  if (vm.onRequest === 0) log.info('envoy_on_request() function not found. Lua filter will not hook requests.');
  if (vm.onResponse === 0) log.info('envoy_on_response() function not found. Lua filter will not hook responses.');
  return vm;
}
