import { parseObject, recordOf } from "../../json.ts";
import { textOf } from "../../verdict/error_body.ts";
import { withoutHint } from "./stderr_errors.ts";

/** The result in the agent's `json` or `stream-json` output. */
interface StructuredResult {
  /** Whether the run failed, whatever its exit code. */
  failed: boolean;
  /** The error, or the answer. */
  message: string;
}

/** Options of `parseStructuredOutput`. */
interface StructuredOutputOptions {
  /** Whether the session log ends with an error. @default false */
  loggedError?: boolean | undefined;
}

/**
 * The beginning of both formats. The second object appears if even the login
 * was missing; `json` puts the objects into an array.
 */
const BEGINNING =
  /^\s*\[?\s*\{"type":(?:"system","subtype":"init",|"result","subtype":"error_\w+","uuid":)/;

/**
 * The last object of both formats; inside a JSON string the quotes would be
 * escaped.
 */
const RESULT = '{"type":"result"';

/** The message before it, with the answer. */
const ASSISTANT = '{"type":"assistant"';

/**
 * Parses the result in `stdout`; `undefined` if the output is in neither format
 * or truncated.
 *
 * Up to 0.21.10 the agent reports a failed run as a success, with the error as
 * its answer. Such a run is recognized because no model answered at the end:
 * the last answer has no tokens, and the statistics count errors (`json`) or
 * the session log ends with an error.
 */
export function parseStructuredOutput(
  stdout: string,
  { loggedError = false }: StructuredOutputOptions = {},
): StructuredResult | undefined {
  const start = stdout.lastIndexOf(RESULT);
  if (start < 0 || !BEGINNING.test(stdout)) return undefined;
  const result = parseObject(stdout.slice(start).trimEnd().replace(/\]$/, ""));
  if (!result) return undefined;
  if (result.is_error === true) {
    const message = recordOf(result.error).message ?? result.result;
    return { failed: true, message: withoutHint(textOf(message)) };
  }
  const message = textOf(result.result);
  const error = errorAtEnd(message);
  const failed = error !== undefined && (loggedError ||
    NO_ANSWER.test(message) || !wasAnswered(result, stdout.slice(0, start)));
  return failed ? { failed, message: error } : { failed: false, message };
}

/**
 * A message of the agent itself, which no model writes. An answer without text
 * still has tokens.
 */
const NO_ANSWER = /^\[API Error: Model stream ended [^\]]*\]$/;

/** Errors that the agent prints without brackets, 0.11 to 0.24.4. */
const UNBRACKETED =
  /(?:Qwen OAuth (?:quota exceeded: |free tier has been )|Quota exhausted: )[^]*$/;

/** Returns the error at the end of a text; it may follow a partial answer. */
function errorAtEnd(text: string): string | undefined {
  const error = withoutHint(text);
  const start = error.lastIndexOf("[API Error: ");
  if (start >= 0 && error.endsWith("]")) return error.slice(start);
  return UNBRACKETED.exec(error)?.[0];
}

function wasAnswered(
  { stats, usage }: Record<string, unknown>,
  before: string,
): boolean {
  const last = lastAssistant(before);
  const tokens = recordOf(last ? recordOf(last.message).usage : usage);
  if (Number(tokens.output_tokens) > 0) return true;
  if (stats === undefined) return false;
  const models = Object.values(recordOf(recordOf(stats).models));
  return !models.some((it) =>
    Number(recordOf(recordOf(it).api).totalErrors) > 0
  );
}

/** Returns the last message of the model; its usage is that of its own turn. */
function lastAssistant(before: string): Record<string, unknown> | undefined {
  const start = before.lastIndexOf(ASSISTANT);
  if (start < 0) return undefined;
  const objects = before.slice(start).trim().replace(/,$/, "");
  const list = parseObject(`{"list":[${objects.replaceAll("\n", ",")}]}`)?.list;
  return Array.isArray(list) ? recordOf(list[0]) : undefined;
}
