/** The names by which a service has models that are called otherwise elsewhere. */
export type ModelMap = ReadonlyMap<string, string>;

/** The variable in a slot that holds them: `from=to,from2=to2`. */
export const MODELS_VARIABLE = "ACCOUNT_QWEN_MODELS";

/**
 * Reads a list such as `qwen3-max=Qwen/Qwen3-Max,coder=qwen3-coder`.
 *
 * @throws {SyntaxError} If an entry has no two names; completes "it ...".
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

/** Writes a list that {@linkcode parseModelMap} reads. */
export function formatModelMap(models: ModelMap): string {
  return [...models].map(([from, to]) => `${from}=${to}`).join(",");
}
