/** A moment as JSON of a protobuf message has it (google.protobuf.Timestamp): in milliseconds, without a fraction where that is nothing. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}
