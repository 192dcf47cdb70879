/** What is done once at the end of a turn of the event loop, after all that could be read in it. */
import { shorten } from './shorten.ts';

export interface TurnTask {
  turnEnded(): void;
}

let queue: TurnTask[] = [];
let spare: TurnTask[] = [];
let scheduled = false;
let ending = false;

/** `task.turnEnded()` at the end of this turn, or of the next when this one is ending. Tasks run in the order they came. */
export function atTurnEnd(task: TurnTask): void {
  queue.push(task);
  if (!scheduled) {
    scheduled = true;
    setImmediate(endTurn);
  }
}

/** The tasks of a turn are running. */
export const turnIsEnding = (): boolean => ending;

function endTurn(): void {
  scheduled = false;
  ending = true;
  const now = queue;
  queue = spare;
  for (let i = 0; i < now.length; i++) now[i].turnEnded();
  shorten(now, 0);
  spare = now;
  ending = false;
}
