import {
  type DisabledAccount,
  LoginNeededError,
  NoAccountReadyError,
  type Readiness,
} from "../errors.ts";
import { nameOf } from "../account_name.ts";
import { wordFor } from "../rotation/fix_of.ts";
import { errorReply } from "./error_reply.ts";
import { invocation } from "../program.ts";

/**
 * The reply where no account is left: one at which the CLI stops at once.
 * 0.12.0 and 0.24.4 send one request at 402, and up to 308 at 429.
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

function describeSkipped({ skipped, disabled }: LoginNeededError): string {
  const [first] = disabled;
  const told = [
    skipped.length > 0
      ? `${named(skipped)} must be fixed first (${invocation()} doctor)`
      : "",
    first
      ? `${named(disabled)} ${disabled.length === 1 ? "is" : "are"} disabled ` +
        `(${invocation()} enable ${wordFor(first)})`
      : "",
  ];
  return told.filter((it) => it !== "").join("; ");
}

/** Whether `error` says that no account is left. */
export function isExhaustion(
  error: unknown,
): error is NoAccountReadyError | LoginNeededError {
  return error instanceof NoAccountReadyError ||
    error instanceof LoginNeededError;
}

function named(accounts: readonly DisabledAccount[]): string {
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

/** Epoch milliseconds (ECMA-262). */
const LATEST_DATE = 8.64e15;
