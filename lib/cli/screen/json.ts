import { CONTROLS } from "../../system/controls.ts";
import { chosenAgent } from "../../agents/registry.ts";
import { isoTime } from "./time.ts";
import type { OverviewWithUse } from "./used_today.ts";

/** The version of the schema of all printed JSON. */
const SCHEMA_VERSION = 1;

/** The flag that prints the schema of what a command prints as JSON. */
export const SCHEMA_FLAG = {
  type: "boolean",
  summary: "Print the JSON schema of what --json prints",
} as const;

/** The flags of the commands that can print JSON. */
export const JSON_FLAGS = {
  json: { type: "boolean", summary: "Print one JSON object" },
  schema: SCHEMA_FLAG,
} as const;

/** The flag of the commands that can show the accounts of all agents. */
export const ALL_FLAG = {
  type: "boolean",
  summary: "Show the accounts of every agent that has some",
} as const;

/**
 * Formats an answer as the lines of one JSON object; its keys are in
 * `snake_case`, times in UTC. A key without a value becomes `null`.
 */
export function formatJson(answer: Record<string, unknown>): string[] {
  const object = { schema_version: SCHEMA_VERSION, ...answer };
  return JSON.stringify(object, orNull, 2).split("\n").map(escapeControls);
}

/** Formats one of many objects in the same way as a single line. */
export function formatJsonLine(answer: Record<string, unknown>): string {
  const object = { schema_version: SCHEMA_VERSION, ...answer };
  return escapeControls(JSON.stringify(object, orNull));
}

function orNull(_key: string, value: unknown): unknown {
  return value ?? null;
}

/** JSON.stringify() does not escape all control characters. */
function escapeControls(line: string): string {
  return line.replace(CONTROLS, (it) => {
    return `\\u${it.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** Returns what `status --json` prints. */
export function overviewJson(
  { accounts, alternative, next, readyAt }: OverviewWithUse,
): Record<string, unknown> {
  const chosen = accounts.find((it) => it.index === next?.index);
  const other = accounts.find((it) => it.index === alternative);
  return {
    next: next && chosen
      ? { index: next.index, label: chosen.label, why: next.why }
      : null,
    ready_at: isoTime(readyAt),
    alternative: other ? { index: other.index, label: other.label } : null,
    accounts: accounts.map(accountJson),
  };
}

/** Returns what `status --json` and `which --json` print about one account. */
export function accountJson(
  account: OverviewWithUse["accounts"][number],
): Record<string, unknown> {
  const { index, label, service, state, reason, source } = account;
  return {
    index,
    label,
    agent: chosenAgent().program,
    service,
    plain: account.isPlain,
    state,
    reason,
    source,
    until: isoTime(account.until),
    since: isoTime(account.since),
    runs: account.runs,
    weight: account.weight,
    running_since: isoTime(account.runningSince),
    in_flight: account.inFlight,
    waiting: account.waiting,
    today: null,
    fullest_window: null,
    ...account.used?.json,
  };
}
