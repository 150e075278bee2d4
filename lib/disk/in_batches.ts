/** The number of items in a batch; macOS allows 256 open files. */
const BATCH = 64;

/**
 * Calls `action` for each item, a batch at a time, and returns the results in
 * the order of the items. After a failure, starts no further batch.
 */
export async function inBatches<T, R>(
  items: readonly T[],
  action: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += BATCH) {
    const batch = items.slice(at, at + BATCH);
    const settled = await Promise.allSettled(batch.map(action));
    for (const it of settled) {
      if (it.status === "rejected") throw it.reason;
      results.push(it.value);
    }
  }
  return results;
}
