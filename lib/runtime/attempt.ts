/** Calls `action` at once; what it throws is what the promise rejects with. */
// deno-lint-ignore require-await -- that is all it is for
export async function attempt<T>(action: () => T): Promise<T> {
  return action();
}
