/** What the CLI's `json` or `stream-json` output says about how it went. */
export interface StructuredResult {
  /** Whether it failed, whatever its exit code says. */
  failed: boolean;
  /** The error, or the answer. */
  message: string;
}

/** Both formats begin with this object; an array is one in `json`. */
const BEGINNING = /^\s*\[?\s*\{"type":"system","subtype":"init",/;

/** Both end with this one; inside a JSON string its quotes are escaped. */
const RESULT = '{"type":"result"';

/**
 * Reads the result from `stdout`, or `undefined` if that is in neither format
 * or cut short.
 *
 * Up to 0.21.10 the CLI calls a failed run a success and gives the error as
 * its answer. What tells them apart is that no model answered: errors are
 * counted in the statistics (`json`), no token in the usage (`stream-json`,
 * which has no statistics).
 */
export function parseStructuredOutput(
  stdout: string,
): StructuredResult | undefined {
  const start = stdout.lastIndexOf(RESULT);
  if (start < 0 || !BEGINNING.test(stdout)) return undefined;
  const result = parseObject(stdout.slice(start).trimEnd().replace(/\]$/, ""));
  if (!result) return undefined;
  if (result.is_error === true) {
    const message = objectOf(result.error).message ?? result.result;
    return { failed: true, message: textOf(message) };
  }
  const message = textOf(result.result);
  return { failed: isErrorText(message) && !wasAnswered(result), message };
}

const ERROR_TEXT = /^Qwen OAuth quota exceeded: |\[API Error: [^]*\]\s*$/;

/** A partial answer has the error appended to it. */
function isErrorText(text: string): boolean {
  return ERROR_TEXT.test(text);
}

function wasAnswered(result: Record<string, unknown>): boolean {
  const { stats, usage } = result;
  if (stats === undefined) return Number(objectOf(usage).output_tokens) > 0;
  const models = Object.values(objectOf(objectOf(stats).models));
  return !models.some((it) =>
    Number(objectOf(objectOf(it).api).totalErrors) > 0
  );
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
