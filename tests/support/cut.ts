/** Returns numbers from 0 to 1 that are the same for each `seed`. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/** Cuts `bytes` into pieces, short and long ones, some of them empty. */
export function cutAtRandom(
  bytes: Uint8Array,
  next: () => number,
): Uint8Array<ArrayBuffer>[] {
  const longest = 1 + Math.floor(bytes.length * next() ** 3);
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(at + Math.round(longest * next()), bytes.length);
    pieces.push(new Uint8Array(bytes.subarray(at, end)));
    at = end;
  }
  return pieces;
}
