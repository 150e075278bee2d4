import { accountState, type State, withoutBlock } from "../ledger/state.ts";
import type { Layout } from "../disk/layout.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Locked } from "./locked.ts";
import { blockAccount } from "./block.ts";

/**
 * Says which version of the agent is installed, or what else tells it from
 * another one; `undefined` if nobody can tell.
 */
export type AgentVersion = () => Promise<string | undefined>;

/** What `blocked` begins with; the agent and its version follow. */
const ENDED = "ended with ";

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
    blockAccount(locked, index, reasonFor(locked.layout, version));
  }
}

/**
 * Returns `snapshot` without the accounts that another version of the agent has
 * refused. The version is looked up only if there are any.
 */
export async function withoutEnded<
  T extends Pick<Snapshot, "layout" | "state">,
>(
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
  { layout, state }: Pick<Snapshot, "layout" | "state">,
  agentVersion: AgentVersion | undefined,
): Promise<number[]> {
  const ended = [...state.accounts].filter(([, it]) => isEnded(it.blocked));
  if (ended.length === 0) return [];
  const version = await agentVersion?.();
  if (version === undefined) return [];
  return ended.filter(([, it]) => it.blocked !== reasonFor(layout, version))
    .map(([index]) => index);
}

/**
 * The agent with the installed version, such as `name 1.2.3`, if that refuses
 * every login, whether or not a run has met that yet. The version is looked up
 * only if there is a login.
 */
export async function findRefusingAgent(
  { layout, slots }: Pick<Snapshot, "layout" | "slots">,
  agentVersion: AgentVersion | undefined,
): Promise<string | undefined> {
  const version = slots.length > 0 ? await agentVersion?.() : undefined;
  if (version === undefined) return undefined;
  const { readSettings } = await import("./agent_settings.ts");
  const settings = await readSettings(`${layout.root}/settings.json`);
  return layout.agent.login.isRefusedBy(version, settings ?? {})
    ? `${layout.agent.program} ${version}`
    : undefined;
}

/** Which agent `blocked` says that refuses the account, such as `name 1.2.3`. */
export function agentThatEnded(blocked: string): string {
  return blocked.slice(ENDED.length);
}

function reasonFor(
  { agent: { program } }: Pick<Layout, "agent">,
  version: string | undefined,
): string {
  return ENDED + [program, version].filter((it) => it !== undefined).join(" ");
}
