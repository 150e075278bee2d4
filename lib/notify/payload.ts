import { nameOf } from "../account_name.ts";
import { timeForJson } from "../json.ts";
import { wholePercent } from "../quota/room.ts";
import type { EventType, NotifyEvent } from "./events.ts";

/** An account as a message names it. */
interface NamedAccount {
  index: number;
  label: string | null;
}

/**
 * What a message says: the JSON body of a webhook, in the form that Standard
 * Webhooks recommends. Never has a secret.
 */
export interface Payload {
  /** What happened; `test` for the message of `notify test`. */
  type: EventType | "test";
  /** When it happened, UTC, ISO 8601. */
  timestamp: string;
  /** The rest. */
  data: {
    /** The agent that the accounts are for. */
    agent: string;
    /** The account; `null` if it is about all of them. */
    account: NamedAccount | null;
    /** The account that was active before. */
    previous: NamedAccount | null;
    /** The model, if it is about one. */
    model: string | null;
    /**
     * When it ends, or when the window of the quota begins again, if that is
     * known, UTC, ISO 8601.
     */
    until: string | null;
    /** Why, one phrase. */
    reason: string | null;
    /** The window of the quota that it is about. */
    quota: {
      window: string;
      percent: number | null;
      threshold_percent: number | null;
      exhausted_at: string | null;
    } | null;
    /** The message in one line. */
    title: string;
    /** What else there is to say, one sentence or more. */
    text: string;
    /** The command that shows more, or helps. */
    command: string;
  };
}

/** What a message says besides its event. */
export interface PayloadOptions {
  /** The name of the agent's program. */
  agent: string;
  /** The beginning of a command for the same accounts. */
  invocation: string;
  /** Returns the label of an account. */
  labelOf: (account: number) => string | undefined;
}

/** The command that shows more about an event, or helps. */
const COMMANDS: Record<EventType, string> = {
  "account.exhausted": "status",
  "account.recovered": "status",
  "account.login_needed": "doctor",
  "account.refused": "doctor",
  "account.switched": "log",
  "pool.exhausted": "status",
  "pool.recovered": "status",
  "quota.threshold": "quota",
  "quota.pace": "quota",
};

/** What is said of an event: `name` is its account, and `event` has the rest. */
const TITLES: Record<EventType, (name: string, event: NotifyEvent) => string> =
  {
    "account.exhausted": (name) => `${name} is out of quota`,
    "account.recovered": (name) => `${name} can be used again`,
    "account.login_needed": (name) => `${name} needs a new login`,
    "account.refused": (name) => `${name} was refused by the service`,
    "account.switched": (name) => `${name} is in use now`,
    "pool.exhausted": () => "No account is ready",
    "pool.recovered": () => "An account is ready again",
    "quota.threshold": (name, { quota }) =>
      `${name} has used ${percentOf(quota?.share)} % of its quota ` +
      `(${quota?.window})`,
    "quota.pace": (name, { quota }) =>
      `${name} will use up its quota (${quota?.window}) before the reset`,
  };

/** Returns the message about `event`. */
export function payloadOf(
  event: NotifyEvent,
  { agent, invocation, labelOf }: PayloadOptions,
): Payload {
  const { type, account, from, model, reason, quota } = event;
  const name = account === undefined
    ? "an account"
    : nameOf(account, labelOf(account));
  const forModel = model === undefined ? "" : ` for ${model}`;
  const title = `${agent}: ${TITLES[type](name, event)}${forModel}`;
  const named = (index: number | undefined): NamedAccount | null =>
    index === undefined ? null : { index, label: labelOf(index) ?? null };
  const command = `${invocation} ${COMMANDS[type]}`;
  return {
    type,
    timestamp: new Date(event.at).toISOString(),
    data: {
      agent,
      account: named(account),
      previous: named(from),
      model: model ?? null,
      until: timeForJson(endOf(event)),
      reason: reason ?? null,
      quota: quota
        ? {
          window: quota.window,
          percent: percentOf(quota.share) ?? null,
          threshold_percent: percentOf(quota.threshold) ?? null,
          exhausted_at: timeForJson(quota.exhaustedAt),
        }
        : null,
      title,
      text: describe(event, labelOf),
      command,
    },
  };
}

/** Returns the message of `notify test`. */
export function testPayload(
  now: number,
  { agent, invocation }: Pick<PayloadOptions, "agent" | "invocation">,
): Payload {
  const event = { type: "account.exhausted", episode: "", at: now } as const;
  const labelOf = () => undefined;
  const { timestamp, data } = payloadOf(event, { agent, invocation, labelOf });
  return {
    type: "test",
    timestamp,
    data: {
      ...data,
      title: `${agent}: this is a test`,
      text: "Messages about accounts look like this.",
      command: `${invocation} notify list`,
    },
  };
}

/** Returns when the state that `event` tells of ends, if that is known. */
function endOf({ quota, until }: NotifyEvent): number | undefined {
  return quota ? quota.resetsAt : until;
}

function describe(
  event: NotifyEvent,
  labelOf: PayloadOptions["labelOf"],
): string {
  const { type, reason, from, quota } = event;
  const until = endOf(event);
  const end = until === undefined ? undefined : clockTime(until);
  switch (type) {
    case "account.exhausted":
    case "pool.exhausted":
      return end === undefined
        ? "It is not known when it will be ready again."
        : `Ready again at ${end}.`;
    case "account.switched":
      return from === undefined
        ? ""
        : `It replaces ${nameOf(from, labelOf(from))}.`;
    case "quota.pace": {
      const { exhaustedAt } = quota ?? {};
      const at = exhaustedAt === undefined
        ? ""
        : ` at ${clockTime(exhaustedAt)}`;
      const then = end === undefined
        ? ""
        : `; the window begins again at ${end}`;
      return `At this pace, the quota ends${at}${then}.`;
    }
    case "quota.threshold":
      return end === undefined ? "" : `The window begins again at ${end}.`;
    default:
      return reason === undefined ? "" : `Reason: ${reason}.`;
  }
}

function percentOf(share: number | undefined): number | undefined {
  return share === undefined ? undefined : wholePercent(share);
}

/** Formats a time for people who may be in another time zone. */
function clockTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
