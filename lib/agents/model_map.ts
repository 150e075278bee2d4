/** A service's own names of models, by their usual names. */
export type ModelMap = ReadonlyMap<string, string>;

/** The variable in a slot that holds such a map: `from=to,from2=to2`. */
export const MODELS_VARIABLE = "ACCOUNT_QWEN_MODELS";

/**
 * Parses a list such as `qwen3-max=Qwen/Qwen3-Max,coder=qwen3-coder`.
 *
 * @throws {SyntaxError} If an entry does not have two names; the message
 * completes "it ...".
 */
export function parseModelMap(text: string): ModelMap {
  const entries = text.split(",").map((it) => it.trim()).filter((it) => it);
  return new Map(entries.map((entry) => {
    const [from = "", to = "", ...more] = entry.split("=")
      .map((it) => it.trim());
    if (from === "" || to === "" || more.length > 0) {
      throw new SyntaxError("is not FROM=TO with two model names");
    }
    return [from, to];
  }));
}

/** Formats a list for {@linkcode parseModelMap}. */
export function formatModelMap(models: ModelMap): string {
  return [...models].map(([from, to]) => `${from}=${to}`).join(",");
}
