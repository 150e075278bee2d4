import {
  DoubtfulAccountError,
  LoginNeededError,
  NoAccountError,
  NoAccountReadyError,
} from "../errors.ts";
import type { VerdictKind } from "../verdict/classify.ts";
import { nameOf } from "../account_name.ts";
import { messageOf } from "../runtime/message_of.ts";

/** Whether `error` is a mistake of the caller rather than a failed call. */
export function isMistake(error: Error): boolean {
  return error instanceof TypeError || error instanceof RangeError ||
    error instanceof ReferenceError;
}

/** Explains in one line why the agent could not be run. */
export function describeObstacle(error: Error): string {
  const message = messageOf(error);
  if (!(error instanceof NoAccountReadyError)) return message;
  const [first] = error.accounts;
  if (!first || !(first.readyAt < 8.64e15)) return message;
  const at = new Date(first.readyAt).toISOString();
  const name = nameOf(first.index, first.label);
  const why = first.obstacle ? ` (${first.obstacle})` : "";
  return first.source === "guess"
    ? `${message}; next try at ${at} (our guess) with ${name}${why}`
    : `${message}; the first will be ${name}${why}, at ${at}`;
}

/** Returns the verdict for a call that could not be made. */
export function verdictOf(error: Error): VerdictKind {
  if (error instanceof NoAccountReadyError) return "quota";
  const needsLogin = error instanceof NoAccountError ||
    error instanceof LoginNeededError || error instanceof DoubtfulAccountError;
  return needsLogin ? "login" : "failed";
}
