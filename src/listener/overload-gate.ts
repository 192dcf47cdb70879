/**
 * New connections of a listener while the overload manager has actions: some are closed (`reject_incoming_connections`), or all wait
 * (`stop_accepting_connections`): as in the kernel's queue, where Envoy leaves them, they are open, nothing of theirs is read, and there are
 * `tcp_backlog_size` of them at most.
 */

import { NOBODY } from '../transport/nobody.ts';
import type { OverloadGate as Gate, LoadShedPoint, Make } from '../transport/overload.ts';
import type { OverloadShares } from './overload-shares.ts';

export class OverloadGate implements Gate {
  private readonly state: OverloadShares;
  private readonly listener: { take(make: Make): void };
  private readonly rejected: { inc(): void };
  private readonly most: number;
  private readonly accepts: LoadShedPoint | null;
  private readonly waiting: Make[] = [];

  constructor(state: OverloadShares, listener: { take(make: Make): void }, rejected: { inc(): void }, most: number) {
    this.state = state;
    this.listener = listener;
    this.rejected = rejected;
    this.most = most;
    this.accepts = state.point('tcp_listener_accept');
    state.onAccepting.add(this.open);
  }

  private readonly open = (): void => {
    for (const make of this.waiting.splice(0)) this.listener.take(make);
  };

  /** It waits, or is closed. */
  keeps(make: Make): boolean {
    if (this.state.stopAccepting === 1) {
      if (this.waiting.length < this.most) this.waiting.push(make);
      else make(NOBODY).close();
      return true;
    }
    if (this.accepts?.sheds() !== true && !this.state.rejectsConnection()) return false;
    this.rejected.inc();
    make(NOBODY).close();
    return true;
  }

  /** Its listener stops: nobody will take them. */
  close(): void {
    this.state.onAccepting.delete(this.open);
    for (const make of this.waiting.splice(0)) make(NOBODY).close();
  }
}
