import type { Verdict } from "../verdict/classify.ts";
import { KIND, policyOf } from "../verdict/policy.ts";
import { dropLease } from "../vault/settle/lease.ts";
import { removeRun } from "../vault/settle/runs.ts";
import { allAccounts } from "../disk/names.ts";
import { formatEnd } from "../ledger/state_values.ts";
import type { Locked } from "../vault/locked.ts";
import type { CooldownLimits, LearnedEnd } from "../ledger/cooldown_length.ts";
import type { Attempt } from "../ledger/ledger.ts";
import {
  forgetTeller,
  tellsOfLogins,
  wasRefused,
} from "../vault/logins/lineage.ts";
import { readSlot } from "../vault/logins/credential_file.ts";
import type { BegunRun } from "./begin_run.ts";
import { loginMark } from "./secret_of.ts";
import {
  blockAccount,
  LOGIN_NEEDED,
  mayStay,
  noteEnded,
} from "../vault/block.ts";
import { accountInsteadOf } from "./pick.ts";
import { tellOfRemoval } from "../vault/settle/live_link.ts";
import { switchAccount, unlessDoubtful } from "./activate.ts";

/** How a run ended. */
export interface RunOutcome
  extends
    Pick<Verdict, "kind" | "model" | "restMs" | "retryAt" | "rule">,
    LearnedEnd {
  /** Limits on the length of a cooldown. */
  limits?: CooldownLimits | undefined;
  /** The version of the agent, if that no longer accepts this kind of login. */
  agentVersion?: string | undefined;
  /**
   * Whether the agent was to ask no model, as with `--version`: its success says
   * nothing about the account. @default false
   */
  asksNothing?: boolean | undefined;
}

/** The end of a run, and what was found before the update settled. */
export interface RunEnd {
  /** How the run ended. */
  outcome: RunOutcome;
  /** The accounts that may have been logged out, if the link is gone. */
  removal: readonly number[] | undefined;
}

/** What is known about a run that has ended. */
export interface EndedRun {
  /**
   * Whether a missing or refused login says nothing about the account: the link
   * was moved or missing meanwhile, the account has got another login since, or
   * the service has not refused its present login.
   */
  isDisturbed: boolean;
}

/**
 * The agent removes the live file when its refresh is refused. If it is gone
 * after a run with one of these verdicts, the agent removed it; after any other
 * run, somebody else did.
 */
const MAY_BE_REFUSED = new Set<Verdict["kind"]>([
  KIND.auth,
  KIND.failed,
  KIND.timeout,
]);

/**
 * Records that a run has ended, and what it says about its account: a cooldown,
 * a dead login, or the end of either. If the login is dead and another account
 * can be used, activates that. A disturbed run says nothing about its login. An
 * account that needs a login and that the user activated stays active, so that
 * the user can log in.
 */
export async function endRun(
  locked: Locked,
  run: BegunRun,
  { outcome, removal }: RunEnd,
): Promise<EndedRun> {
  const from = locked.active;
  const given = { ...outcome, isRemoved: isOnly(removal, run.account) };
  const judged = await judgeLogin(locked, run, given);
  const { isDisturbed, isRefused } = judged;
  // Somebody may have removed the account meanwhile.
  const isThere = allAccounts(locked).includes(run.account);
  if (isThere) noteOutcome(locked, run, outcome, judged);
  if (removal) tellOfRemoval(locked, removal, isRefused);
  const isDead = isRefused && run.account === from;
  const to = !isDead && mayStay(locked, from)
    ? from
    : await accountInsteadOf(locked, from, { isAsked: false });
  if (to !== undefined) {
    const reason = "skipped";
    await unlessDoubtful(
      switchAccount(locked, { from: from ?? to, to, reason }),
    );
  }
  if (run.key || run.store || run.reads.isApart) {
    await removeRun(locked.layout, run, { kind: "hold" });
  }
  if (run.store) await dropLease(locked.layout, run.account, run);
  if (run.login !== undefined) await forgetTeller(locked.layout, run.id);
  for (const it of locked.runs) {
    if (it.id === run.id) await removeRun(locked.layout, it);
  }
  locked.vault.removeRun(run.id);
  return { isDisturbed };
}

function isOnly(
  accounts: readonly number[] | undefined,
  account: number,
): boolean {
  return accounts?.length === 1 && accounts[0] === account;
}

/** Returns what an ended run says about the login of its account. */
async function judgeLogin(
  locked: Locked,
  run: BegunRun,
  { kind, isRemoved }: {
    kind: Verdict["kind"];
    /**
     * Whether the live file is gone, and no run of another account removed it.
     */
    isRemoved: boolean;
  },
): Promise<EndedRun & { isRefused: boolean }> {
  const { layout } = locked;
  const { id, account, login, store } = run;
  if (login === undefined) {
    return { isDisturbed: false, isRefused: kind === KIND.login };
  }
  if (store !== undefined) {
    const present = await loginMark(locked, account);
    const isDisturbed = present !== undefined && present !== login;
    return { isDisturbed, isRefused: kind === KIND.login && !isDisturbed };
  }
  const slot = await readSlot(layout, account);
  if (await tellsOfLogins(layout, id)) {
    const isRefused = kind !== KIND.ok && !locked.doubtful.has(account) &&
      "bytes" in slot && await wasRefused(layout, slot.credential);
    return { isDisturbed: !isRefused, isRefused };
  }
  const isDisturbed = locked.doubtful.has(account) ||
    await loginMark(locked, account) !== login ||
    locked.runs.some((it) => it.id === id && it.account !== account);
  const isDead = kind === KIND.login || isRemoved && MAY_BE_REFUSED.has(kind);
  return { isDisturbed, isRefused: isDead && !isDisturbed };
}

/**
 * Records that the service answered for the account of `run`, while the run
 * continues: removes the cooldowns that had ended when the run began.
 */
export function noteAnswer(locked: Locked, run: BegunRun): void {
  noteOutcome(locked, run, { kind: KIND.ok });
}

function noteOutcome(
  locked: Locked,
  { account, key, model, seen }: BegunRun,
  outcome: RunOutcome,
  { isDisturbed, isRefused } = { isDisturbed: false, isRefused: false },
): void {
  const isOk = outcome.kind === KIND.ok;
  const isGood = isOk && !outcome.asksNothing;
  // A command of the agent may have logged in.
  if (isGood || isOk && isDisturbed) locked.vault.unblock(account);
  if (policyOf(outcome).blames === "account type" && !key) {
    noteEnded(locked, outcome.agentVersion);
  }
  if (isRefused) blockAccount(locked, account, LOGIN_NEEDED);
  locked.ledger.endProbe(account, { seen, model, isGood });
  if (!policyOf(outcome).coolsDown) return;
  coolDown(locked, account, { ...outcome, isLogin: !key });
}

function coolDown(locked: Locked, account: number, outcome: Attempt): void {
  const cooldown = locked.ledger.addCooldown(account, outcome);
  const until = formatEnd(cooldown.until);
  locked.record({
    event: "account_cooldown",
    from: account,
    reason: `${outcome.kind}, ${
      cooldown.isGuess ? "next try" : "until"
    } ${until}`,
  });
}
