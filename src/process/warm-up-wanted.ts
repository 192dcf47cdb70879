/** Whether requests of our own may run before the first connection comes (src/server/warm-up): debug lines would tell of them. */
import { logger } from '../log/logger.ts';

const log = logger('connection');

/** At this moment. */
export const warmUpWanted = (): boolean => process.env.ENVOYLET_WARM_UP !== 'off' && !log.debugOn;
