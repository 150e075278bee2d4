/**
 * Finds any of some short texts of ASCII characters in bytes. Looks at every
 * byte only where a text may be, like the algorithm of Horspool (1980).
 */
export class ByteSearch {
  readonly #texts: Uint8Array[];
  /** The length of the shortest text. */
  readonly #length: number;
  /**
   * By how much to move a window of this length whose last byte is the index; 0
   * if a text may begin with the window.
   */
  readonly #moves: Uint8Array;

  /** Creates a search for `texts`, none of which is empty. */
  constructor(texts: readonly string[]) {
    this.#texts = texts.map((it) => new TextEncoder().encode(it));
    const length = Math.min(...this.#texts.map((it) => it.length));
    this.#length = length;
    this.#moves = new Uint8Array(256).fill(length);
    for (const text of this.#texts) {
      for (const [at, byte] of text.subarray(0, length).entries()) {
        const move = length - 1 - at;
        this.#moves[byte] = Math.min(this.#moves[byte] ?? 0, move);
      }
    }
  }

  /** Whether any of the texts is in `bytes`. */
  isIn(bytes: Uint8Array): boolean {
    return this.endIn(bytes) >= 0;
  }

  /** Returns the offset after the first of the texts from `from` on, or -1. */
  endIn(bytes: Uint8Array, from = 0): number {
    const moves = this.#moves;
    const before = this.#length - 1;
    for (let last = from + before; last < bytes.length;) {
      const move = moves[bytes[last] ?? 0] ?? 0;
      if (move > 0) {
        last += move;
        continue;
      }
      const end = this.#endAt(bytes, last - before);
      if (end >= 0) return end;
      last++;
    }
    return -1;
  }

  #endAt(bytes: Uint8Array, start: number): number {
    for (const text of this.#texts) {
      let at = 0;
      while (at < text.length && bytes[start + at] === text[at]) at++;
      if (at === text.length) return start + at;
    }
    return -1;
  }
}
