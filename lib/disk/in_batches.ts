/** How much is asked of the system at a time; macOS allows 256 open files. */
const BATCH = 64;

/**
 * Calls `action` with each of the items, many of them at a time, and returns
 * what that gives in their order. After a failure no further batch is begun.
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
