/** Text of one byte a character. Node's Buffer has these two; its types do not say so. */
export type Latin1Buffer = Buffer & {
  latin1Slice(start: number, end: number): string;
  latin1Write(text: string, at: number, length: number): number;
};
