import { ASKED_FOR } from "../../ledger/cooldown.ts";
import { minute } from "./time.ts";

/** A time in a reason, in UTC. */
const TIME = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

/** Returns the reason of a logged event in words, its times in the local zone. */
export function eventReason(reason: string): string {
  const text = reason.startsWith(ASKED_FOR)
    ? `by you${reason.slice(ASKED_FOR.length)}`
    : reason;
  return text.replace(TIME, minute);
}
