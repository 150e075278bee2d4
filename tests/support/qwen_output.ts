/**
 * The output of `qwen` 0.12.0 with `--output-format json` and `stream-json`, as
 * in `tests/testdata/corpus/`, with the parts that a test wants to vary.
 *
 * @module
 */

/** The formats that report how a run went. */
export const FORMATS = ["json", "stream-json"] as const;

/** How a run ended. */
export interface Outcome {
  /**
   * The answer; up to 0.21.10 also the error, which is reported as an answer.
   */
  result?: string;
  /** The error, as 0.23.4 and later report it. */
  error?: string;
  /** The number of tokens in the answer. @default 0 */
  tokens?: number;
  /** The number of failed requests; only `json` reports it. @default 0 */
  errors?: number;
}

/** Returns what the agent prints for `outcome`. */
export function structured(
  format: (typeof FORMATS)[number],
  outcome: Outcome,
): string {
  const { result, error, tokens = 0, errors = error ? 1 : 0 } = outcome;
  const usage = { input_tokens: tokens * 3, output_tokens: tokens };
  const api = { totalRequests: 1, totalErrors: errors };
  const text = result ?? error ?? "";
  const messages = [
    { type: "system", subtype: "init", model: "coder-model" },
    {
      type: "assistant",
      message: { role: "assistant", content: [{ type: "text", text }], usage },
    },
    {
      type: "result",
      ...(error === undefined
        ? { subtype: "success", is_error: false, result }
        : {
          subtype: "error_during_execution",
          is_error: true,
          error: { message: error },
        }),
      usage,
      ...(format === "json" ? { stats: { models: { coder: { api } } } } : {}),
    },
  ].map((it) => JSON.stringify(it));
  return format === "json" ? `[${messages.join(",")}]` : messages.join("\n");
}
