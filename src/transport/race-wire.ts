/**
 * Connects to the first of several addresses that answers: they are tried in turn, the next one as soon as one fails or 300 ms after the last
 * one began, and who is connected first is the wire. Mirrors MultiConnectionBaseImpl and HappyEyeballsConnectionProvider
 * (source/common/network/{multi_connection_base_impl,happy_eyeballs_connection_impl}.cc).
 */
import type { Address } from './address.ts';
import { Timer } from './timers.ts';
import type { TransportFactory, TransportOptions } from './transport-factory.ts';
import type { TransportSecurity, Wire, WireOwner } from './wire.ts';

/** Between the beginnings of two attempts (MultiConnectionBaseImpl::maybeScheduleNextAttempt). */
export const NEXT_ATTEMPT_MS = 300;

export interface Race {
  /** In the order in which they are tried; never empty. */
  readonly addresses: readonly Address[];
  readonly transport: TransportFactory;
  readonly options: TransportOptions | null;
  /** Another one than the first is tried. */
  tried(): void;
}

/** One of them on its way. */
class Attempt implements WireOwner {
  readonly takesLent = false;
  readonly wire: Wire;
  private readonly race: RaceWire;

  constructor(race: RaceWire, { transport, options }: Race, address: Address) {
    this.race = race;
    this.wire = transport.connect(address, this, options);
  }

  wireConnected(): void {
    this.race.won(this);
  }
  wireFailed(code: string): void {
    this.race.lost(this, code);
  }
  // Nothing was written, and nothing is read before it is the one.
  wireData(): void {}
  wireEnd(): void {}
  wireWritten(): void {}
  wireShutdownDone(): void {}
}

export class RaceWire implements Wire {
  private readonly race: Race;
  private readonly owner: WireOwner;
  private readonly running: Attempt[] = [];
  private readonly timer: Timer;
  private next = 0;
  /** The one that is connected; before that, the one that began last. */
  private wire: Wire;
  private over = false;

  /** `owner.wireConnected` or `wireFailed` follows, never from within this call. */
  constructor(race: Race, owner: WireOwner) {
    this.race = race;
    this.owner = owner;
    this.timer = new Timer(this.another);
    this.wire = this.begin();
  }

  private begin(): Wire {
    const { race } = this;
    const attempt = new Attempt(this, race, race.addresses[this.next++]);
    this.running.push(attempt);
    if (this.next < race.addresses.length) this.timer.arm(NEXT_ATTEMPT_MS);
    return attempt.wire;
  }

  private readonly another = (): void => {
    this.race.tried();
    this.wire = this.begin();
  };

  won(attempt: Attempt): void {
    if (this.over) return;
    this.finish(attempt);
    this.wire = attempt.wire;
    this.wire.handOver(this.owner, null);
    this.owner.wireConnected();
  }

  lost(attempt: Attempt, code: string): void {
    if (this.over) return;
    this.running.splice(this.running.indexOf(attempt), 1);
    if (this.next < this.race.addresses.length) {
      this.timer.cancel();
      this.another();
    } else if (this.running.length === 0) {
      this.over = true;
      this.owner.wireFailed(code);
    }
  }

  private finish(but: Attempt | null): void {
    this.over = true;
    this.timer.cancel();
    for (const other of this.running) if (other !== but) other.wire.close();
    this.running.length = 0;
  }

  close(): void {
    if (this.over) this.wire.close();
    else this.finish(null);
  }
  reset(): void {
    if (this.over) this.wire.reset();
    else this.finish(null);
  }

  // --- as the one that is connected --------------------------------------------------------------------------------

  get ready(): boolean {
    return this.wire.ready;
  }
  get secure(): boolean {
    return this.wire.secure === true;
  }
  get security(): TransportSecurity | null {
    return this.wire.security;
  }
  get keepsWrites(): boolean {
    return this.wire.keepsWrites;
  }
  get copiesWrites(): boolean {
    return this.wire.copiesWrites === true;
  }
  handOver(owner: WireOwner, unread: Buffer | null): void {
    this.wire.handOver(owner, unread);
  }
  readStart(): void {
    this.wire.readStart();
  }
  readStop(): void {
    this.wire.readStop();
  }
  readSparingly(on: boolean): void {
    this.wire.readSparingly?.(on);
  }
  writeBuffer(data: Buffer): boolean {
    return this.wire.writeBuffer(data);
  }
  writeMany(chunks: Buffer[]): boolean {
    return this.wire.writeMany(chunks);
  }
  unwritten(): number {
    return this.wire.unwritten();
  }
  shutdown(): void {
    this.wire.shutdown();
  }
  setKeepAlive(enable: boolean, initialDelaySeconds: number): void {
    this.wire.setKeepAlive(enable, initialDelaySeconds);
  }
  remoteAddress(): Address {
    return this.wire.remoteAddress();
  }
  localAddress(): Address {
    return this.wire.localAddress();
  }
}
