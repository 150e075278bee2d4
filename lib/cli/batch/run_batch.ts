import type { Prompt } from "./prompts.ts";
import type { BatchResult } from "./result.ts";

/** How to ask the prompts of a batch. */
export interface RunBatchOptions {
  /** How many prompts to ask at once. */
  jobs: number;
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
  { jobs, signal, onStart, ask, onResult, goesOn }: RunBatchOptions,
): Promise<void> {
  const queue = prompts.values();
  const failures: unknown[] = [];
  let isOver = false;

  async function work(): Promise<void> {
    for (const prompt of queue) {
      if (isOver || signal.aborted) return;
      await onStart(prompt);
      const result = await ask(prompt);
      if (!result) continue;
      await onResult(result);
      if (!await goesOn(result)) isOver = true;
    }
  }

  const workers = Array.from({ length: jobs }, () =>
    work().catch((error) => {
      isOver = true;
      failures.push(error);
    }));
  await Promise.all(workers);
  if (failures.length > 0) throw failures[0];
}
