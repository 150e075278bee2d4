import { closestString } from "@std/text/closest-string";

/** Returns the one of `candidates` that is spelled most like `word`. */
export function nearest(word: string, candidates: readonly string[]): string {
  return closestString(word, [...candidates]);
}
