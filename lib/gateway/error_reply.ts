import {
  hasCode,
  LoginNeededError,
  type NoAccountReadyError,
  type Readiness,
} from "../errors.ts";
import { type AccountName, nameOf } from "../account_name.ts";
import { hintToEnable } from "../accounts/fix_of.ts";
import { invocation } from "../program.ts";
import { parseRecord, recordOf } from "../verdict/api_error.ts";
import { readBeginning } from "./beginning.ts";
import { textOf } from "./judged.ts";
import { realSystem } from "../system/system.ts";

/** The content of an error reply, in the format of the OpenAI API. */
export interface ErrorReply {
  /** The HTTP status. */
  status: number;
  /** A one-line message for people, without secrets. */
  message: string;
  /** The kind of error, for programs. */
  type: string;
  /** Headers besides the content headers. */
  headers?: Record<string, string>;
}

/** Creates an error reply of our own. */
export function errorReply(
  { status, message, type, headers }: ErrorReply,
): Response {
  const error = { message, type, code: type, param: null };
  return Response.json({ error }, { status, ...(headers ? { headers } : {}) });
}

/**
 * Returns the reply for when no account is left. Its status makes the agent
 * stop at once: it sends one request after 402, and up to 308 after 429.
 */
export function exhaustedReply(
  error: NoAccountReadyError | LoginNeededError,
  now: number,
): Response {
  return errorReply({
    status: 402,
    type: "insufficient_quota",
    message: error instanceof LoginNeededError
      ? `No account may be used: ${describeSkipped(error)}`
      : `No account is ready: ${
        error.accounts.map((it) => describe(it, now)).join("; ")
      }`,
  });
}

function describeSkipped({ accounts, disabled }: LoginNeededError): string {
  const [first] = disabled;
  const skipped = accounts.filter(({ index }) =>
    !disabled.some((it) => it.index === index)
  );
  const told = [
    skipped.length > 0
      ? `${named(skipped)} must be fixed first (${invocation()} doctor)`
      : "",
    first
      ? `${named(disabled)} ${disabled.length === 1 ? "is" : "are"} disabled ` +
        `(${hintToEnable(first)})`
      : "",
  ];
  return told.filter((it) => it !== "").join("; ");
}

/** Whether `error` means that no account is left. */
export function isExhaustion(
  error: unknown,
): error is NoAccountReadyError | LoginNeededError {
  return hasCode(error, "none-ready", "none-usable");
}

function named(accounts: readonly AccountName[]): string {
  return accounts.map(({ index, label }) => nameOf(index, label)).join(", ");
}

function describe(
  { index, label, obstacle, readyAt, source }: Readiness,
  now: number,
): string {
  const why = obstacle === undefined ? "" : ` (${obstacle})`;
  const name = `${nameOf(index, label)}${why}`;
  if (readyAt <= now) return `${name} is ready now`;
  if (Math.abs(readyAt) > LATEST_DATE) return `${name} needs a fix`;
  if (source === "guess") {
    const seconds = Math.ceil((readyAt - now) / 1_000);
    return `${name} will be tried again in ${seconds} s (our guess)`;
  }
  const minute = new Date(readyAt).toISOString().slice(0, 16).replace("T", " ");
  return `${name} will be ready at ${minute} UTC`;
}

/** The latest date, epoch milliseconds (ECMA-262). */
const LATEST_DATE = 8.64e15;

/** The limits for reading an error: bytes and milliseconds. */
const MAX_BYTES = 64 * 1024;
const MAX_MS = 10_000;

/**
 * Returns the error in `response` as an event for a stream that has begun.
 * Clients of the OpenAI API treat an event with `error` as the end.
 */
export async function errorEventOf(response: Response): Promise<Uint8Array> {
  const { status, ok, body } = response;
  let text = "";
  if (body) {
    const limits = { maxBytes: MAX_BYTES, maxMs: MAX_MS, system: realSystem };
    const read = await readBeginning(body, () => false, limits);
    text = textOf(read.chunks, MAX_BYTES);
    if (read.end === "open") read.whole().cancel().catch(() => {});
  }
  const said = recordOf(parseRecord(text).error);
  const type = ok ? "server_error" : `http_${status}`;
  const message = ok ? "The next account sent no event stream" : text.trim();
  const error = {
    message: message || `The next account answered with the status ${status}`,
    type,
    code: type,
    param: null,
    ...said,
  };
  const line = `data: ${JSON.stringify({ error })}\n\n`;
  return new TextEncoder().encode(line);
}
