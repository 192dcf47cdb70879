/** The Mersenne Twister with 32-bit words (Matsumoto and Nishimura 1998), as std::mt19937 has it: the same seed, the same numbers. */

const N = 624;
const M = 397;

export class Mt19937 {
  private readonly state: Uint32Array;
  private index: number;

  constructor(seed: number) {
    const s = new Uint32Array(N);
    s[0] = seed;
    for (let i = 1; i < N; i++) s[i] = Math.imul(1812433253, s[i - 1] ^ (s[i - 1] >>> 30)) + i;
    this.state = s;
    this.index = N;
  }

  /** 0 … 2³² − 1. */
  next(): number {
    if (this.index === N) this.twist();
    let y = this.state[this.index++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return y >>> 0;
  }

  private twist(): void {
    const s = this.state;
    for (let i = 0; i < N; i++) {
      const y = (s[i] & 0x80000000) | (s[(i + 1) % N] & 0x7fffffff);
      s[i] = s[(i + M) % N] ^ (y >>> 1) ^ ((y & 1) !== 0 ? 0x9908b0df : 0);
    }
    this.index = 0;
  }
}
