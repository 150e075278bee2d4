/** How long a condition may take to become true, milliseconds. */
const PATIENCE_MS = 30_000;

/**
 * Waits until `condition` is true.
 *
 * @throws {Error} If it is not true within 30 s; `what` names it.
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!await condition()) {
    if (performance.now() > deadline) throw new Error(`Never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
