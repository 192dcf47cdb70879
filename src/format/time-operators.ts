/** Operators about time: START_TIME, DURATION and the spans between the moments of a stream (stream_info_formatter.cc). */
import { clockMs, turnMs } from '../platform/clock.ts';
import { type FormatContext, type FormatInfo, type Operator, TIMINGS, type Timings } from './format-context.ts';
import { type OperatorRow, type OperatorRows, plain } from './operator-rows.ts';
import { compileTime, isoTime, type TimeFormatter } from './time-format.ts';

/** What to add to `clockMs()` for ms since the epoch. Kept while it is right, so that all of a line, and the next one, are told alike. */
let epoch = 0;
let epochChecked = Number.NEGATIVE_INFINITY;
const MAX_EPOCH_ERROR_MS = 2;
/** How soon a clock that was set shows, ms. */
const EPOCH_CHECK_MS = 100;

export function wall(ms: number): number {
  const turn = turnMs();
  if (turn - epochChecked > EPOCH_CHECK_MS) {
    epochChecked = turn;
    const now = Date.now() - clockMs();
    if (Math.abs(now - epoch) > MAX_EPOCH_ERROR_MS) epoch = now;
  }
  return ms + epoch;
}
/** ms since the epoch when the stream began. */
const startTime = (c: FormatContext): number => wall(c.info.startMs);
const emitTime = (): number => wall(clockMs());

/** `%Y-%m-%dT%H:%M:%E3S%z` */
const LOCAL_DEFAULT = '%Y-%m-%dT%H:%M:%E3S%z';

function time(at: (c: FormatContext) => number, local: boolean): OperatorRow {
  return {
    make: (argument) => {
      const format: TimeFormatter =
        argument === '' && !local ? isoTime : compileTime(argument === '' ? LOCAL_DEFAULT : argument, local);
      return (c) => format(at(c));
    },
  };
}

/** turnMs() of a moment, -1 while it has not come. */
type Moment = (info: FormatInfo) => number;

const timing =
  (name: keyof Timings): Moment =>
  (info) =>
    info.timings === null ? -1 : info.timings[name];
const begun: Moment = (info) => info.startMs;
const received: Moment = (info) => info.requestEndMs;

/** COMMON_DURATION's names. */
const MOMENTS: Readonly<Record<string, Moment>> = {
  DS_RX_BEG: begun,
  DS_RX_END: received,
  US_TX_BEG: timing('upstreamTxFirst'),
  US_TX_END: timing('upstreamTxLast'),
  US_RX_BEG: timing('upstreamRxFirst'),
  US_RX_END: timing('upstreamRxLast'),
  DS_TX_BEG: timing('downstreamTxFirst'),
  DS_TX_END: timing('downstreamTxLast'),
};
const PER_MS: Readonly<Record<string, number>> = { ms: 1, us: 1000, ns: 1_000_000 };
const NOT_YET: Moment = () => -1;

function span(from: Moment, to: Moment, perMs: number): Operator {
  return ({ info }) => {
    const a = from(info);
    const b = to(info);
    return a < 0 || b < 0 ? undefined : Math.max(0, Math.floor((b - a) * perMs));
  };
}

/** `FROM:TO:PRECISION`. Other names are those of moments that filters keep; no filter here does. */
function commonDuration(argument: string): Operator {
  const [from, to, precision = 'ms'] = argument.split(':');
  return span(MOMENTS[from] ?? NOT_YET, MOMENTS[to] ?? NOT_YET, PER_MS[precision]);
}

/** A span that needs the timings. */
const timed = (from: Moment, to: Moment): OperatorRow => plain(span(from, to, 1), TIMINGS);

export const TIME_OPERATORS: OperatorRows = {
  START_TIME: time(startTime, false),
  START_TIME_LOCAL: time(startTime, true),
  EMIT_TIME: time(emitTime, false),
  EMIT_TIME_LOCAL: time(emitTime, true),
  DURATION: plain(({ info }) => Math.floor(turnMs() - info.startMs)),
  REQUEST_DURATION: plain(span(begun, received, 1)),
  REQUEST_TX_DURATION: timed(begun, MOMENTS.US_TX_END),
  UPSTREAM_CONNECTION_POOL_READY_DURATION: timed(begun, timing('poolReady')),
  RESPONSE_DURATION: timed(begun, MOMENTS.US_RX_BEG),
  RESPONSE_TX_DURATION: timed(MOMENTS.US_RX_BEG, MOMENTS.DS_TX_END),
  COMMON_DURATION: { needs: TIMINGS, make: commonDuration },
};
