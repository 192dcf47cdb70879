/**
 * POST /tap: what the taps called `config_id` are to tap, and the stream of what they do. Mirrors source/extensions/common/tap/admin.cc: one
 * stream at a time, which ends with its client, or with the traces that a buffered_admin sink was to wait for.
 */
import { messageFromText } from '../../config/load.ts';
import { ConfigError } from '../../config/problem.ts';
import { withinAsync } from '../../config/refusal.ts';
import type { Messages } from '../../config/schema/types.ts';
import { attachStream, isAttached } from '../../http/filters/tap/attachment.ts';
import { adminTaps } from '../../http/filters/tap/configs.ts';
import type { AdminRequest } from '../handler.ts';
import { type AdminResponse, text } from '../respond.ts';
import type { PageBody } from '../slices.ts';

type TapRequest = Messages['envoy.admin.v3.TapRequest'];

/** Bytes that wait for a client that does not read, or for a buffer to be full; traces beyond are dropped and counted. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
/** setTimeout knows no longer one. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

const refused = (why: string): AdminResponse => text(why, 400);
const TAKEN = 'An attached /tap admin stream already exists. Detach it.';

/** What is tapped, on its way to the client. */
class TapStream {
  /** Written as soon as the client takes it. */
  private ready: Buffer[] = [];
  /** Until there are so many, or the time is over; null: nothing is kept back. */
  private kept: Buffer[] | null = null;
  private wanted = 0;
  private timer: NodeJS.Timeout | null = null;
  private waitingBytes = 0;
  private ended = false;
  private wake: (() => void) | null = null;

  constructor(sink: Messages['envoy.config.tap.v3.OutputSink']) {
    const { bufferedAdmin } = sink;
    if (bufferedAdmin === undefined) return;
    this.kept = [];
    this.wanted = Number(bufferedAdmin.maxTraces ?? 0);
    const ms = bufferedAdmin.timeout ?? 0;
    if (ms > 0) this.timer = setTimeout(() => this.flush(), Math.min(ms, MAX_TIMEOUT_MS));
  }

  readonly receive = (trace: Buffer): boolean => {
    if (this.ended) return true;
    if (this.waitingBytes + trace.length > MAX_WAITING_BYTES) return false;
    this.waitingBytes += trace.length;
    if (this.kept === null) {
      this.ready.push(trace);
      this.wake?.();
    } else if (this.kept.push(trace) === this.wanted) this.flush();
    return true;
  };

  private flush(): void {
    this.ready = this.kept ?? [];
    this.ended = true;
    this.stopTimer();
    this.wake?.();
  }

  stopTimer(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  readonly body: PageBody = (out) => this.write(out.parts);

  private *write(parts: Buffer[]): Generator<null | Promise<void>, void> {
    for (;;) {
      const batch = this.ready;
      this.ready = [];
      for (const trace of batch) {
        parts.push(trace);
        yield null;
        this.waitingBytes -= trace.length;
      }
      if (this.ready.length > 0) continue;
      if (this.ended) return;
      yield new Promise((resolve) => {
        this.wake = resolve;
      });
    }
  }
}

export async function page(req: AdminRequest): Promise<AdminResponse> {
  if (isAttached()) return refused(TAKEN);
  if (req.body.length === 0) return refused('/tap requires a JSON/YAML body');
  try {
    return await attach(req.body.toString());
  } catch (e) {
    if (e instanceof ConfigError) return refused(e.message);
    throw e;
  }
}

async function attach(body: string): Promise<AdminResponse> {
  const { message, places } = await messageFromText('envoy.admin.v3.TapRequest', '<tap>', body);
  const { configId = '', tapConfig = {} } = message as TapRequest;
  if (isAttached()) return refused(TAKEN);
  if (adminTaps(configId).length === 0) {
    return refused(`Unknown config id '${configId}'. No extension has registered with this id.`);
  }
  const stream = new TapStream(tapConfig.outputConfig?.sinks?.[0] ?? {});
  try {
    const detach = await withinAsync(tapConfig, () => attachStream(configId, tapConfig, stream.receive));
    const over = (): void => {
      stream.stopTimer();
      detach();
    };
    return { ...text(stream.body), over };
  } catch (e) {
    stream.stopTimer();
    throw places.explain(e);
  }
}
