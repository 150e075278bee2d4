import {
  hasCode,
  LoginNeededError,
  type NoAccountReadyError,
} from "../errors.ts";
import type { Readiness } from "../readiness.ts";
import { type AccountName, nameOf } from "../account_name.ts";
import { hintToEnable } from "../accounts/fix_of.ts";
import { invocation } from "../program.ts";
import { parseRecord, recordOf } from "../json.ts";
import { readBeginning } from "./beginning.ts";
import { textOf } from "./judged.ts";
import type { Reply } from "../system/network.ts";
import { isSuccess, replyOf } from "./reply.ts";
import { realSystem } from "../system/system.ts";
import type { OwnError, Wire } from "./wire/wire.ts";

/** Creates an error reply of our own, in the format `wire`. */
export function errorReply(wire: Wire, error: OwnError): Reply {
  const { body, ...init } = wire.ownReply(error);
  return replyOf(Response.json(body, init));
}

/**
 * Returns the reply for when no account is left, which makes the agent stop at
 * once.
 */
export function exhaustedReply(
  error: NoAccountReadyError | LoginNeededError,
  { wire, now }: { wire: Wire; now: number },
): Reply {
  const fault = "exhausted";
  if (error instanceof LoginNeededError) {
    const message = `No account may be used: ${describeSkipped(error)}`;
    return errorReply(wire, { fault, message });
  }
  const readyAt = Math.min(...error.accounts.map((it) => it.readyAt));
  return errorReply(wire, {
    fault,
    message: `No account is ready: ${
      error.accounts.map((it) => describe(it, now)).join("; ")
    }`,
    readyAt: readyAt > now && readyAt <= LATEST_DATE ? readyAt : undefined,
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

/** Returns the error in `reply` as an event for a stream that has begun. */
export async function errorEventOf(
  wire: Wire,
  reply: Reply,
): Promise<Uint8Array> {
  const { status, body } = reply;
  const ok = isSuccess(reply);
  let text = "";
  if (body) {
    const limits = { maxBytes: MAX_BYTES, maxMs: MAX_MS, system: realSystem };
    const read = await readBeginning(body, () => false, limits);
    text = textOf(read.chunks, MAX_BYTES);
    if (read.end === "open") read.whole().cancel().catch(() => {});
  }
  const said = recordOf(parseRecord(text).error);
  const message = ok ? "The next account sent no event stream" : text.trim();
  const event = wire.errorEvent({
    status: ok ? undefined : status,
    message: message || `The next account answered with the status ${status}`,
    said,
  });
  return new TextEncoder().encode(event);
}
