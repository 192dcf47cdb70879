/** What a key's request and the choice of a Redis Cluster's host (redis-slots.ts) have to agree on. */

export const REDIS_SLOTS = 16384;

/** RedisProxy.ConnPoolSettings.ReadPolicy, for commands that change nothing; all others go to the primary. */
export const READ_POLICIES = ['MASTER', 'PREFER_MASTER', 'REPLICA', 'PREFER_REPLICA', 'ANY'] as const;
