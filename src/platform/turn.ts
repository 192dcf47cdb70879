/**
 * What is done once at the end of a turn of the event loop, after all that could be read in it.
 *
 * A turn that brings one read is over with that read: its tasks run right then, and the immediate that would find the turn's end (1 to 5 µs
 * where requests are rare and everything is cold) is saved. How many reads a turn brings is looked at now and then.
 */
import { shorten } from './shorten.ts';

export interface TurnTask {
  turnEnded(): void;
}

/** Turns bring many reads: their end is waited for. */
const MANY = 0;
/** They seldom bring more than one: tasks run after each read, but for those that join what several reads bring. */
const FEW = 1;
/** They almost never do: all tasks run after each read, but for those that wait for turns to come. */
const ONE = 2;

/** For `atTurnEnd`: the task gains by what further reads of this turn bring. */
export const JOINS = ONE;
/** The task wants the end of the turn itself. */
export const WAITS = ONE + 1;

/** Reads until a turn's end is waited for all the same, to see how many reads it brings; a power of two. */
const LOOK_EVERY = 16;
/** Turns looked at before the choice is made again. */
export const LOOKS = 16;
/** Further reads in `LOOKS` turns from which there are few, and from which there are many. */
const FEW_FROM = LOOKS / 8;
const MANY_FROM = LOOKS;

let queue: TurnTask[] = [];
let spare: TurnTask[] = [];
let scheduled = false;
let ending = false;

let reading = false;
let reads = 0;
/** `reads` when the end of this turn was scheduled. */
let readsBefore = 0;
let pace = FEW;
let looks = 0;
/** Reads that came in those turns after their end was scheduled. */
let further = 0;

/**
 * `task.turnEnded()` at the end of this turn, or of the next when this one is ending. Tasks run in the order they came. `kind`: none, JOINS
 * or WAITS.
 */
export function atTurnEnd(task: TurnTask, kind = FEW): void {
  queue.push(task);
  if (!scheduled && !(reading && pace >= kind)) schedule();
}

/** The tasks of a turn are running. */
export const turnIsEnding = (): boolean => ending;

/** Around everything that is done for one read of a socket. */
export function beginRead(): void {
  reading = !ending;
  if ((++reads & (LOOK_EVERY - 1)) === 0 && pace !== MANY && !scheduled) schedule();
}
export function endRead(): void {
  reading = false;
  if (!scheduled && !ending) runTasks();
}

function schedule(): void {
  scheduled = true;
  readsBefore = reads;
  setImmediate(endTurn);
}

function endTurn(): void {
  scheduled = false;
  further += reads - readsBefore;
  if (++looks === LOOKS) {
    pace = further >= MANY_FROM ? MANY : further >= FEW_FROM ? FEW : ONE;
    looks = 0;
    further = 0;
  }
  runTasks();
}

function runTasks(): void {
  ending = true;
  const now = queue;
  queue = spare;
  let i = 0;
  try {
    for (; i < now.length; i++) now[i].turnEnded();
  } finally {
    ending = false;
    // One threw: those behind it must not wait for ever.
    for (i++; i < now.length; i++) atTurnEnd(now[i]);
    shorten(now, 0);
    spare = now;
  }
}
