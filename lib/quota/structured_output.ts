import { recordOf } from "./api_error.ts";
import { withoutHint } from "./stderr_errors.ts";

/** What the CLI's `json` or `stream-json` output says about how it went. */
export interface StructuredResult {
  /** Whether it failed, whatever its exit code says. */
  failed: boolean;
  /** The error, or the answer. */
  message: string;
}

/** What is known from elsewhere. */
export interface StructuredOutputOptions {
  /** Whether the session log ends with an error. @default false */
  loggedError?: boolean | undefined;
}

/**
 * Both formats begin with one of these objects, the second where not even the
 * login was there; an array is one in `json`.
 */
const BEGINNING =
  /^\s*\[?\s*\{"type":(?:"system","subtype":"init",|"result","subtype":"error_\w+","uuid":)/;

/** Both end with this one; inside a JSON string its quotes are escaped. */
const RESULT = '{"type":"result"';

/** Before it stands the answer. */
const ASSISTANT = '{"type":"assistant"';

/**
 * Reads the result from `stdout`, or `undefined` if that is in neither format
 * or cut short.
 *
 * Up to 0.21.10 the CLI calls a failed run a success and gives the error as
 * its answer. What tells them apart is that no model answered at the end: the
 * last answer has no token, and errors are counted in the statistics (`json`),
 * or the session log ends with an error.
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
 * The CLI's own words, which no model says: an answer without a text costs
 * tokens all the same.
 */
const NO_ANSWER = /^\[API Error: Model stream ended [^\]]*\]$/;

/** The errors that the CLI gives without brackets, 0.11 to 0.24.4. */
const UNBRACKETED =
  /(?:Qwen OAuth (?:quota exceeded: |free tier has been )|Quota exhausted: )[^]*$/;

/** A partial answer has the error appended to it. */
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

/** The last message of the model; its usage is of its own turn alone. */
function lastAssistant(before: string): Record<string, unknown> | undefined {
  const start = before.lastIndexOf(ASSISTANT);
  if (start < 0) return undefined;
  const objects = before.slice(start).trim().replace(/,$/, "");
  const [first] = parseList(`[${objects.replaceAll("\n", ",")}]`);
  return first === undefined ? undefined : recordOf(first);
}

function parseList(text: string): unknown[] {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    return recordOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
