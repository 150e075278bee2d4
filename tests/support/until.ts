/** How long a condition may take to hold, milliseconds. */
const PATIENCE_MS = 30_000;

/**
 * Waits until `condition` holds.
 *
 * @throws {Error} If it does not within 30 s; `what` names it.
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
