import { accountState, type State, withoutBlock } from "../ledger/state.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Locked } from "./locked.ts";
import { blockAccount } from "./block.ts";

/**
 * Says which version of the agent is installed, or what else tells it from
 * another one; `undefined` if nobody can tell.
 */
export type AgentVersion = () => Promise<string | undefined>;

const ENDED = "ended with qwen";

/** Whether `blocked` says that the service has ended the kind of the account. */
export function isEnded(blocked: string | undefined): boolean {
  return blocked?.startsWith(ENDED) ?? false;
}

/**
 * Notes that the agent of `version` refuses every login, as it has ended that
 * kind of account: rotation skips them until another version is installed, or
 * the login of the account changes.
 */
export function noteEnded(locked: Locked, version: string | undefined): void {
  for (const index of locked.slots) {
    const { blocked } = accountState(locked.state, index);
    // What needs a login needs it still with another version.
    if (blocked !== undefined && !isEnded(blocked)) continue;
    blockAccount(locked, index, reasonFor(version));
  }
}

/**
 * Returns `snapshot` without the accounts that another version of the agent has
 * refused. The version is looked up only if there are any.
 */
export async function withoutEnded<T extends Pick<Snapshot, "state">>(
  snapshot: T,
  agentVersion: AgentVersion | undefined,
): Promise<T> {
  const refused = await refusedByAnother(snapshot, agentVersion);
  const state = refused.reduce<State>(withoutBlock, snapshot.state);
  return { ...snapshot, state };
}

/** Unblocks the accounts that another version of the agent has refused. */
export async function unblockEnded(
  locked: Locked,
  agentVersion: AgentVersion | undefined,
): Promise<void> {
  for (const index of await refusedByAnother(locked, agentVersion)) {
    locked.vault.unblock(index);
  }
}

async function refusedByAnother(
  { state }: Pick<Snapshot, "state">,
  agentVersion: AgentVersion | undefined,
): Promise<number[]> {
  const ended = [...state.accounts].filter(([, it]) => isEnded(it.blocked));
  if (ended.length === 0) return [];
  const version = await agentVersion?.();
  if (version === undefined) return [];
  return ended.filter(([, it]) => it.blocked !== reasonFor(version))
    .map(([index]) => index);
}

/**
 * The version of the agent that is installed, if that refuses every login,
 * whether or not a run has met that yet. It is looked up only if there is a
 * login.
 */
export async function findRefusingVersion(
  { layout, slots }: Pick<Snapshot, "layout" | "slots">,
  agentVersion: AgentVersion | undefined,
): Promise<string | undefined> {
  const version = slots.length > 0 ? await agentVersion?.() : undefined;
  if (version === undefined) return undefined;
  const { qwen } = await import("../providers/qwen.ts");
  const { readSettings } = await import("../agents/qwen/agent_settings.ts");
  const settings = await readSettings(`${layout.root}/settings.json`);
  return qwen.refusesLogins(version, settings ?? {}) ? version : undefined;
}

/** Which agent `blocked` says that refuses the account, such as `qwen 0.24.4`. */
export function agentThatEnded(blocked: string): string {
  return blocked.slice("ended with ".length);
}

function reasonFor(version: string | undefined): string {
  return version === undefined ? ENDED : `${ENDED} ${version}`;
}
