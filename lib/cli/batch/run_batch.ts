import type { Prompt } from "./prompts.ts";
import type { BatchResult } from "./result.ts";

/** How to ask the prompts of a batch. */
export interface RunBatchOptions {
  /** Returns how many prompts may be under way now; one always may. */
  room: () => Promise<number>;
  /** Aborts when the batch must end at once. */
  signal: AbortSignal;
  /** Called before a prompt is asked. */
  onStart: (prompt: Prompt) => Promise<void>;
  /**
   * Asks a prompt; returns `undefined` if it was interrupted.
   *
   * @throws If every other prompt would fail, too.
   */
  ask: (prompt: Prompt) => Promise<BatchResult | undefined>;
  /** Called with each result. */
  onResult: (result: BatchResult) => Promise<void>;
  /** Whether to ask further prompts after a result. */
  goesOn: (result: BatchResult) => Promise<boolean>;
}

/**
 * Asks `prompts` in their order, some at once, each once at most. Ends early if
 * `goesOn` returns `false`, or something fails; the prompts under way are still
 * finished then.
 *
 * @throws The first failure.
 */
export async function runBatch(
  prompts: readonly Prompt[],
  { room, signal, onStart, ask, onResult, goesOn }: RunBatchOptions,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let isOver = false;

  async function finish(prompt: Prompt): Promise<void> {
    try {
      await onStart(prompt);
      const result = await ask(prompt);
      if (!result) return;
      await onResult(result);
      if (!await goesOn(result)) isOver = true;
    } catch (error) {
      isOver = true;
      failures.push(error);
    }
  }

  for (const prompt of prompts) {
    while (underWay.size > 0 && underWay.size >= await room()) {
      await Promise.race(underWay);
    }
    if (isOver || signal.aborted) break;
    const asked = finish(prompt).finally(() => underWay.delete(asked));
    underWay.add(asked);
  }
  await Promise.all(underWay);
  if (failures.length > 0) throw failures[0];
}
