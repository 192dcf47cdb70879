/** What the overload manager's actions are configured with beyond their triggers, and what each changes in an event loop. Role of parseTimerMinimums and OverloadActionNames in Envoy. */
import { each, refuse } from '../config/refusal.ts';
import type {
  OverloadAction,
  OverloadManager,
  ScaleTimersOverloadActionConfig,
  ShrinkHeapConfig,
} from '../config/schema/types.ts';
import type { OverloadShares } from '../listener/overload-shares.ts';
import type { Scope } from '../stats/store.ts';
import type { ReducedTimer } from '../transport/overload.ts';
import { type HoldingStream, ScaledTimers } from '../transport/scaled-timers.ts';
import { shrinksHeap } from './shrink-heap.ts';

const ACTION = 'envoy.overload_actions.';
export const SHRINK_HEAP = `${ACTION}shrink_heap`;
const REDUCE_TIMEOUTS = `${ACTION}reduce_timeouts`;
const RESET_STREAMS = `${ACTION}reset_high_memory_stream`;

/** ms between two collections while memory is short: ShrinkHeapConfig.timer_interval when absent. */
const DEFAULT_SHRINK_MS = 10_000;
/** Of power of two, from the least that counts. */
const MEMORY_CLASSES = 8;
/** In one event loop, each time that the action is told something new. */
const MOST_RESETS = 50;

/** How an action's share comes to bear in an event loop. */
export type Apply = (share: number) => void;

const SIMPLE: Readonly<Record<string, (state: OverloadShares, share: number) => void>> = {
  [`${ACTION}stop_accepting_requests`]: (state, share) => {
    state.stopRequests = share;
  },
  [`${ACTION}disable_http_keepalive`]: (state, share) => {
    state.endKeepAlive = share;
  },
  [`${ACTION}reject_incoming_connections`]: (state, share) => {
    state.rejectConnections = share;
  },
  [`${ACTION}stop_accepting_connections`]: (state, share) => {
    state.stopAccepting = share >= 1 ? 1 : 0;
    if (state.stopAccepting === 0) for (const go of state.onAccepting) go();
  },
};

export interface ActionContext {
  readonly config: OverloadManager;
  readonly state: OverloadShares;
  readonly root: Scope;
  readonly main: boolean;
}

/** Refuses what the name or the config does not allow. */
export function actionOf(action: OverloadAction, ctx: ActionContext): Apply {
  const { name = '', typedConfig } = action;
  const { state } = ctx;
  switch (name) {
    case REDUCE_TIMEOUTS:
      if (typedConfig === undefined) refuse(action, 'typed_config', `Overload action "${name}" requires typed_config`);
      return reduceTimeouts(typedConfig.value as ScaleTimersOverloadActionConfig, state);
    case RESET_STREAMS:
      return resetStreams(action, ctx);
    case SHRINK_HEAP: {
      const { timerInterval = DEFAULT_SHRINK_MS } = (typedConfig?.value ?? {}) as ShrinkHeapConfig;
      const count = ctx.root.counter(`overload.${name}.shrink_count`);
      return shrinksHeap(timerInterval, ctx.main ? count : null);
    }
  }
  const simple = Object.hasOwn(SIMPLE, name) ? SIMPLE[name] : undefined;
  if (simple === undefined) return refuse(action, 'name', `Unknown Overload Manager Action ${name}`);
  if (typedConfig !== undefined) {
    const message = `Overload action "${name}" has an unexpected value for the typed_config field`;
    refuse(action, 'typed_config', message);
  }
  return (share) => simple(state, share);
}

function reduceTimeouts(config: ScaleTimersOverloadActionConfig, state: OverloadShares): Apply {
  const all: ScaledTimers[] = [];
  each(config.timerScaleFactors, (factor) => {
    const timer = factor.timer as ReducedTimer;
    if (state.reduced.has(timer)) refuse(factor, 'timer', `Found duplicate entry for timer type ${timer}`);
    const { minTimeout = -1, minScale } = factor;
    const share = Math.min(1, Math.max(0, (minScale?.value ?? 0) / 100));
    const timers = new ScaledTimers(minTimeout, share);
    state.reduced.set(timer, timers);
    all.push(timers);
    if (timer === 'HTTP_DOWNSTREAM_STREAM_IDLE') {
      const streams = new ScaledTimers<HoldingStream>(minTimeout, share);
      state.streams = streams;
      all.push(streams as unknown as ScaledTimers);
    }
  });
  return (share) => {
    for (const timers of all) timers.reduce(share);
  };
}

/** Streams by the bytes they hold: the eighth class first, and of fewer classes the less the action is asked for (WatermarkBufferFactory::resetAccountsGivenPressure). */
function resetStreams(action: OverloadAction, { config, state, root }: ActionContext): Apply {
  const { bufferFactoryConfig: buffers } = config;
  if (buffers === undefined) {
    refuse(action, 'name', `Overload action "${RESET_STREAMS}" requires buffer_factory_config.`);
  }
  // Envoy's own begins at half of what the field's name says, and tracks nothing without it.
  const least = 2 ** ((buffers.minimumAccountToTrackPowerOfTwo ?? 0) - 1);
  const count = root.counter(`${RESET_STREAMS}.count`);
  // Where no timer of theirs is shortened, too.
  const streams = (state.streams ??= new ScaledTimers<HoldingStream>(-1, 1));
  return (share) => {
    if (least < 1) return;
    const classes = Math.min(Math.floor(share * MEMORY_CLASSES) + 1, MEMORY_CLASSES);
    const from = least * 2 ** (MEMORY_CLASSES - classes);
    const large = streams.all().filter((s) => s.heldBytes >= from);
    large.sort((a, b) => b.heldBytes - a.heldBytes);
    for (const stream of large.slice(0, MOST_RESETS)) {
      stream.resetForOverload();
      count.inc();
    }
  };
}
