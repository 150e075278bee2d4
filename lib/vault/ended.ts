import { accountState, type State, withoutBlock } from "../ledger/state.ts";
import type { Layout } from "../disk/layout.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Locked } from "./locked.ts";
import { blockAccount } from "./block.ts";

/**
 * Returns the installed version of the agent, or something else that identifies
 * it; `undefined` if it is unknown.
 */
export type AgentVersion = () => Promise<string | undefined>;

/** How `blocked` begins; the agent and its version follow. */
const ENDED = "ended with ";

/** Whether `blocked` says that the agent refuses this kind of login. */
export function isEnded(blocked: string | undefined): boolean {
  return blocked?.startsWith(ENDED) ?? false;
}

/**
 * Blocks every login, because the agent of `version` no longer accepts this
 * kind. Rotation skips an account until another version is installed or its
 * login changes.
 */
export function noteEnded(locked: Locked, version: string | undefined): void {
  for (const index of locked.slots) {
    const { blocked } = accountState(locked.state, index);
    // An account that needs a login needs it with any version.
    if (blocked !== undefined && !isEnded(blocked)) continue;
    blockAccount(locked, index, reasonFor(locked.layout, version));
  }
}

/**
 * Returns `snapshot` without the blocks that another version of the agent has
 * caused. Looks up the version only if there are such blocks.
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
 * Returns the installed agent, such as `name 1.2.3`, if this version refuses
 * every login, even if no run has failed because of that yet. Looks up the
 * version only if there is a login that it may refuse.
 */
export async function findRefusingAgent(
  { layout, slots }: Pick<Snapshot, "layout" | "slots">,
  agentVersion: AgentVersion | undefined,
): Promise<string | undefined> {
  const { login, program } = layout.agent;
  if (!login || slots.length === 0) return undefined;
  const version = await agentVersion?.();
  if (version === undefined) return undefined;
  const { readSettings } = await import("./agent_settings.ts");
  const settings = await readSettings(`${layout.home}/settings.json`);
  return login.isRefusedBy(version, settings ?? {})
    ? `${program} ${version}`
    : undefined;
}

/** Returns the agent that `blocked` names, such as `name 1.2.3`. */
export function agentThatEnded(blocked: string): string {
  return blocked.slice(ENDED.length);
}

function reasonFor(
  { agent: { program } }: Pick<Layout, "agent">,
  version: string | undefined,
): string {
  return ENDED + [program, version].filter((it) => it !== undefined).join(" ");
}
