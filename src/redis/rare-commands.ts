/** What few clients ask for, and no start needs: loaded with the first request for it, which waits for that. */
import type { HostsChoice } from './command-table.ts';
import type { Transaction } from './transaction.ts';

export interface RareCommands {
  readonly info: HostsChoice;
  readonly infoShard: HostsChoice;
  readonly scan: HostsChoice;
  readonly Transaction: typeof Transaction;
}

let loaded: RareCommands | null = null;

export function rareAreLoaded(): boolean {
  return loaded !== null;
}

export async function loadRare(): Promise<void> {
  const [{ info, infoShard }, { scan }, { Transaction }] = await Promise.all([
    import('./info.ts'),
    import('./scan.ts'),
    import('./transaction.ts'),
  ]);
  loaded = { info, infoShard, scan, Transaction };
}

/** Once they are loaded. */
export function rareCommands(): RareCommands {
  if (loaded === null) throw new Error('rare commands are not loaded yet');
  return loaded;
}
