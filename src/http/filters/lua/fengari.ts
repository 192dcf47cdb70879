/** fengari itself; engine.ts loads it once fengari-settings.ts has run. */
import code from 'fengari';
import type { Fengari } from './engine.ts';

export const fengari: Fengari = code;
