/**
 * Says when a name that DNS clusters ask for stops having addresses, and when it has some again: once each, not at every refresh. Envoy counts
 * (update_failure) and says it at the level debug only.
 */
import { logger } from '../../log/logger.ts';

const log = logger('upstream');

export class NameWatch {
  private readonly name: string;
  private lost: boolean;

  constructor(name: string) {
    this.name = name;
    this.lost = false;
  }

  /** null: no server has answered the question. */
  answered(addresses: readonly string[] | null): void {
    const lost = addresses === null || addresses.length === 0;
    if (lost === this.lost) return;
    this.lost = lost;
    if (lost) {
      const why = addresses === null ? 'no DNS server answers' : 'DNS knows no address';
      log.warn(`${why} for ${this.name}: hosts that it had are kept`);
    } else {
      log.info(`DNS has addresses for ${this.name} again`);
    }
  }
}
