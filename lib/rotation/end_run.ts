import type { Verdict } from "../quota/classify.ts";
import { removeKeyRun, removeRun } from "../store/runs.ts";
import { activeAccount, allAccounts } from "../store/snapshot.ts";
import { accountState, withCooldowns, withoutBlock } from "../store/state.ts";
import { formatEnd } from "../store/state_time.ts";
import type { Locked } from "../store/update.ts";
import type { BegunRun } from "./begin_run.ts";
import { blockAccount, LOGIN_NEEDED, mayStay } from "./block.ts";
import {
  afterRun,
  cooldownAfter,
  type CooldownLimits,
  isOfUser,
  withCooldown,
} from "./cooldown.ts";
import { noteEnded } from "./ended.ts";
import { accountInsteadOf } from "./pick.ts";
import { settle } from "./settle.ts";
import { switchUnlessDoubtful } from "./switch_account.ts";

/** How a run ended. */
export interface RunOutcome
  extends Pick<Verdict, "kind" | "model" | "retryAt"> {
  /** How long a cooldown may be. */
  limits?: CooldownLimits | undefined;
  /** The version of the CLI, where that has ended the kind of login. */
  agentVersion?: string | undefined;
}

/** After these an account is left alone for a while. */
const COOLS_DOWN = new Set<Verdict["kind"]>(["quota", "throttle", "auth"]);

/**
 * Brings home what a run put into the link's place, and notes that it has ended
 * and what came of its account: a cooldown, a dead login, or the end of either.
 * From a login that is dead since then the link leads on to another account, if
 * there is one; to it it is not made again. Where one that needs a login was
 * made the active one, it stays that: the user is to log in there.
 */
export async function endRun(
  locked: Locked,
  run: BegunRun,
  outcome: RunOutcome,
): Promise<void> {
  const from = activeAccount(locked, await settle(locked));
  // Somebody may have removed it meanwhile.
  const isThere = allAccounts(locked).includes(run.account);
  if (isThere) noteOutcome(locked, run, outcome);
  const isDead = outcome.kind === "login" && run.account === from;
  const to = !isDead && mayStay(locked, from)
    ? from
    : await accountInsteadOf(locked, from);
  if (to !== undefined) {
    const reason = "passed by";
    await switchUnlessDoubtful(locked, { from: from ?? to, to, reason });
  }
  if (run.key) await removeKeyRun(locked.layout, run);
  for (const it of locked.runs) {
    if (it.id === run.id) await removeRun(locked.layout, it);
  }
  locked.runs = locked.runs.filter((it) => it.id !== run.id);
}

/**
 * Notes that the account of `run` has answered, which goes on: the cooldowns
 * that had ended when it began are over.
 */
export async function noteAnswer(locked: Locked, run: BegunRun): Promise<void> {
  await settle(locked);
  noteOutcome(locked, run, { kind: "ok" });
}

function noteOutcome(
  locked: Locked,
  { account, key, model, seen }: BegunRun,
  outcome: RunOutcome,
): void {
  const isGood = outcome.kind === "ok";
  if (isGood) locked.state = withoutBlock(locked.state, account);
  if (outcome.kind === "discontinued" && !key) {
    noteEnded(locked, outcome.agentVersion);
  }
  if (outcome.kind === "login") blockAccount(locked, account, LOGIN_NEEDED);
  const { cooldowns } = accountState(locked.state, account);
  const { now } = locked;
  const left = afterRun(cooldowns, { now, seen, model, isGood });
  locked.state = withCooldowns(locked.state, account, left);
  if (COOLS_DOWN.has(outcome.kind)) coolDown(locked, account, outcome);
}

function coolDown(locked: Locked, account: number, outcome: RunOutcome): void {
  const { cooldowns } = accountState(locked.state, account);
  const previous = cooldowns.find((it) =>
    it.model === outcome.model && !isOfUser(it)
  );
  const cooldown = cooldownAfter(outcome, previous, {
    now: locked.now,
    random: Math.random(),
    limits: outcome.limits,
  });
  const all = withCooldown(cooldowns, cooldown);
  locked.state = withCooldowns(locked.state, account, all);
  const until = formatEnd(cooldown.until);
  locked.record({
    level: "info",
    event: "account_cooldown",
    from: account,
    to: null,
    reason: `${outcome.kind}, ${
      cooldown.isGuess ? "next try" : "until"
    } ${until}`,
  });
}
