import { accountIn, nameIn } from "./account_name.ts";
import { LoginNeededError } from "../errors.ts";
import { isLinked, type Layout } from "../disk/layout.ts";
import { accountState, type State, withoutBlock } from "../ledger/state.ts";
import type { AgentVersion, Snapshot } from "./snapshot.ts";
import { allAccounts } from "../disk/names.ts";
import type { Locked } from "./locked.ts";
import { invocation } from "../program.ts";

/** Why rotation skips an account whose refresh token was refused. */
export const LOGIN_NEEDED = "login needed";

/** Why rotation skips an account if the stash may hold a newer login of it. */
const DOUBTFUL = "its newest login may be in the stash";

/** Why rotation skips an account that the user has disabled. */
export const DISABLED = "disabled";

/** Makes rotation skip account `index`. */
export function blockAccount(
  locked: Locked,
  index: number,
  reason: string,
): void {
  const { state, clock, record } = locked;
  if (accountState(state, index).blocked === reason) return;
  locked.vault.block(index, reason, new Date(clock()).toISOString());
  record({ level: "warn", event: "account_blocked", from: index, reason });
}

/** Whether the user has disabled account `index`. */
export function isDisabled(
  { state }: Pick<Snapshot, "state">,
  index: number,
): boolean {
  return accountState(state, index).disabled === true;
}

/** Tells the user that account `index` is still disabled. */
export function tellOfDisabled(locked: Locked, index: number): void {
  if (!isDisabled(locked, index)) return;
  const name = nameIn(locked, index);
  locked.notify(`${name} stays disabled: ${invocation()} enable ${index}`);
}

/**
 * Makes sure that account `index` is not doubtful.
 *
 * @throws {LoginNeededError} If the stash may hold a newer login of it.
 */
export function requireNoDoubt(
  locked: Pick<Locked, "doubtful" | "state">,
  index: number,
): void {
  if (!locked.doubtful.has(index)) return;
  throw new LoginNeededError(
    "doubtful",
    `Cannot use ${nameIn(locked, index)}: ${DOUBTFUL}`,
    {
      accounts: [accountIn(locked, index)],
      hint: `${invocation()} doctor`,
    },
  );
}

/** Whether account `index` needs a login because its tokens were refused. */
export function needsLogin(
  { state }: Pick<Snapshot, "state">,
  index: number,
): boolean {
  return accountState(state, index).blocked === LOGIN_NEEDED;
}

/** Returns why rotation skips account `index`; `undefined` if it does not. */
export function blockOf(
  snapshot: Pick<Snapshot, "state" | "doubtful">,
  index: number,
): string | undefined {
  return isDisabled(snapshot, index) ? DISABLED : faultOf(snapshot, index);
}

/** Returns why rotation could not use account `index` if it were enabled. */
export function faultOf(
  { state, doubtful }: Pick<Snapshot, "state" | "doubtful">,
  index: number,
): string | undefined {
  if (doubtful.has(index)) return DOUBTFUL;
  return accountState(state, index).blocked;
}

/**
 * Whether account `index` may stay active. An account that needs a login may
 * stay so that the user can log in, but not without the live file.
 */
export function mayStay(
  locked: Pick<
    Snapshot,
    "state" | "doubtful" | "slots" | "keys" | "layout" | "live"
  >,
  index: number | undefined,
): index is number {
  if (index === undefined || !allAccounts(locked).includes(index)) return false;
  if (blockOf(locked, index) === undefined) return true;
  const canLogIn = !isDisabled(locked, index) && !locked.doubtful.has(index);
  return canLogIn && needsLogin(locked, index) &&
    (!isLinked(locked.layout) || locked.live.kind !== "absent");
}

/** Returns the OAuth accounts that rotation may use, ascending. */
export function usableAccounts(
  snapshot: Pick<Snapshot, "slots" | "state" | "doubtful">,
): number[] {
  return snapshot.slots.filter((it) => blockOf(snapshot, it) === undefined);
}

/** How `blocked` begins; the agent and its version follow. */
const ENDED = "ended with ";

/** Whether `blocked` says that the agent refuses this kind of login. */
export function isEnded(blocked: string | undefined): boolean {
  return blocked?.startsWith(ENDED) ?? false;
}

/**
 * Blocks every login, because the agent of `version` no longer accepts this
 * kind, until another version is installed or the login changes.
 */
export function noteEnded(locked: Locked, version: string | undefined): void {
  for (const index of locked.slots) {
    const { blocked } = accountState(locked.state, index);
    // An account that needs a login needs it with any version.
    if (blocked !== undefined && !isEnded(blocked)) continue;
    blockAccount(locked, index, reasonFor(locked.layout, version));
  }
}

/** Returns `snapshot` without the blocks that another version has caused. */
export async function withoutEnded<
  T extends Pick<Snapshot, "layout" | "state">,
>(snapshot: T, agentVersion: AgentVersion | undefined): Promise<T> {
  const refused = await refusedByAnother(snapshot, agentVersion);
  const state = refused.reduce<State>(withoutBlock, snapshot.state);
  return { ...snapshot, state };
}

/** Unblocks the accounts that another version of the agent has refused. */
export async function unblockEnded(locked: Locked): Promise<void> {
  const { agentVersion, vault } = locked;
  for (const index of await refusedByAnother(locked, agentVersion)) {
    vault.unblock(index);
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
