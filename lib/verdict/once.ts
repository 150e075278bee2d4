/**
 * Returns a function that makes its value on the first call. It is for what few
 * runs need: the patterns of errors alone would take 1 ms of each start.
 */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
