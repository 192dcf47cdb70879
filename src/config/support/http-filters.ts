/** What is done with the messages of schema/generated/http-filters.ts; see support.ts. */
import type { Entry } from './support.ts';

const entries: Readonly<Record<string, Entry>> = {};
export default entries;
