/**
 * How much RESP one peer may make us look at. The values are Redis's own (networking.c and redis.conf of Redis 7), so what
 * passes here passes there: a request is never accepted that would break the connection shared by all clients.
 */

/** Elements of a request's array (Redis: "invalid multibulk length" above it). */
export const MAX_REQUEST_ELEMENTS = 1024 * 1024;
/** Bytes of one bulk string (Redis: proto-max-bulk-len). */
export const MAX_REQUEST_BULK_BYTES = 512 * 1024 * 1024;
/** Bytes of one whole request (Redis: client-query-buffer-limit). */
export const MAX_REQUEST_BYTES = 1024 * 1024 * 1024;
/** Bytes of an inline request's line (Redis: PROTO_INLINE_MAX_SIZE). */
export const MAX_INLINE_BYTES = 64 * 1024;
/** The same of who has not authenticated (Redis: "unauthenticated multibulk length", "unauthenticated bulk length"). */
export const MAX_STRANGER_ELEMENTS = 10;
export const MAX_STRANGER_BULK_BYTES = 16 * 1024;
/** Nested arrays, in both directions. */
export const MAX_DEPTH = 32;
/** A reply's array or bulk string may be larger than any request's (HGETALL, a raised proto-max-bulk-len); nothing is allocated for it. */
export const MAX_REPLY_ELEMENTS = 0x7fffffff;
export const MAX_REPLY_BULK_BYTES = 0x7fffffff;
