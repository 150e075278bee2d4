import { accountState, type State } from "../ledger/state.ts";
import { obstacleOf, REFUSED } from "../ledger/cooldown.ts";
import type { Cooldown } from "../ledger/cooldown_record.ts";
import { KIND } from "../verdict/policy.ts";
import type { Changes, EventType, NotifyEvent } from "./events.ts";

/** What is known of all accounts at one moment. */
export interface Facts {
  /** What `state.yaml` says. */
  readonly state: State;
  /** The numbers of the accounts, ascending. */
  readonly accounts: readonly number[];
  /** The accounts whose newest login may be in the stash. */
  readonly doubtful: ReadonlySet<number>;
  /** The active account. */
  readonly active: number | undefined;
  /**
   * The accounts that runs continue with although another one is active, by the
   * account that each replaces.
   *
   * @default none
   */
  readonly successors?: ReadonlyMap<number, number> | undefined;
}

/**
 * A pool that is ready again within this time has only paused, milliseconds.
 * Services limit requests per minute, and name ends of a minute or less.
 */
const PAUSE_MS = 120_000;

/** The events that say that an episode has ended. */
const RECOVERY: Partial<Record<EventType, EventType>> = {
  "account.exhausted": "account.recovered",
  "pool.exhausted": "pool.recovered",
};

/**
 * Returns what targets must be told after `before` has become `after`. Pure.
 *
 * A run that only holds its account leaves the active one as it is. If its
 * account is out of quota and it continues with another one, that is told as a
 * switch, too: once, with the episode in which the account ran out.
 *
 * An episode begins when a condition appears, such as "account 3 is out of
 * quota", and ends when it is gone. An account whose reset is known is told to
 * have recovered at that time; any other when it works again. Disabled accounts
 * are not watched.
 */
export function eventsOf(
  before: Facts,
  after: Facts,
  { now }: { now: number },
): Changes {
  const past = episodesOf(before, now);
  const present = episodesOf(after, now);
  const events: NotifyEvent[] = [];
  const ended: string[] = [];
  const dropped: string[] = [];
  for (const [name, episode] of present) {
    const earlier = past.get(name);
    if (!earlier) events.push(episode);
    const recovery = recoveryFrom(episode, episode.until);
    if (!recovery) continue;
    if (!earlier) ended.push(recovery.episode);
    else if (earlier.until === episode.until) continue;
    if (episode.until === undefined) dropped.push(recovery.episode);
    else events.push(recovery);
  }
  for (const [name, episode] of past) {
    if (present.has(name)) continue;
    ended.push(name, replacementName(episode));
    const recovery = recoveryFrom(episode, now);
    if (!recovery) continue;
    const { account } = episode;
    const isWatched = account === undefined
      ? watched(after).length > 0
      : watched(after).includes(account);
    if (isWatched) events.push(recovery);
    else dropped.push(recovery.episode);
  }
  const replaced = [...present.values()].flatMap((it) =>
    past.has(it.episode) ? [] : replacementFor(it, after) ?? []
  );
  const switched = switchBetween(before, after, now);
  const all = [...events, ...replaced, ...(switched ? [switched] : [])];
  return { events: all, ended, dropped };
}

/** Returns the event that ends `episode` at the time `at`, if one does. */
function recoveryFrom(
  { type, account, model, episode }: NotifyEvent,
  at = Infinity,
): NotifyEvent | undefined {
  const recovered = RECOVERY[type];
  if (!recovered) return undefined;
  return {
    type: recovered,
    episode: episode.replace(type, recovered),
    at,
    account,
    model,
  };
}

/**
 * Returns the event of a run that continues with another account, if the
 * account of `episode` is out of quota and was not the active one.
 */
function replacementFor(
  episode: NotifyEvent,
  { successors }: Facts,
): NotifyEvent | undefined {
  const { type, account: from, model, at, until } = episode;
  const account = successors?.get(from ?? NaN);
  if (type !== "account.exhausted" || account === undefined) return undefined;
  return {
    type: "account.switched",
    episode: replacementName(episode),
    at,
    until,
    account,
    from,
    model,
  };
}

function replacementName({ episode }: NotifyEvent): string {
  return `account.switched after ${episode}`;
}

/** Returns the conditions that hold, by the names of their episodes. */
function episodesOf(facts: Facts, now: number): Map<string, NotifyEvent> {
  const { state } = facts;
  const found: Omit<NotifyEvent, "episode">[] = [];
  for (const account of watched(facts)) {
    const { blocked, cooldowns } = accountState(state, account);
    const add = (type: EventType, more: Partial<NotifyEvent>) =>
      found.push({ type, at: now, account, ...more });
    if (blocked !== undefined) add("account.login_needed", { reason: blocked });
    for (const it of cooldowns) {
      const { isGuess, model, reason, since = now, until } = it;
      if (reason === REFUSED) add("account.refused", { at: since, model });
      else if (isOutOfQuota(it, now)) {
        add("account.exhausted", { model, until: isGuess ? undefined : until });
      }
    }
  }
  const end = endOfPool(facts, now);
  if (end !== undefined) {
    const until = Number.isFinite(end) ? end : undefined;
    found.push({ type: "pool.exhausted", at: now, until });
  }
  return new Map(found.map((it) => {
    const parts = [it.type, it.account, it.model];
    const episode = parts.filter((it) => it !== undefined).join(" ");
    return [episode, { ...it, episode }];
  }));
}

function watched({ state, accounts }: Facts): number[] {
  return accounts.filter((it) => !accountState(state, it).disabled);
}

/**
 * Whether an account is out of quota. If the service named no end, it is so
 * until it has answered again.
 */
function isOutOfQuota(cooldown: Cooldown, now: number): boolean {
  if (cooldown.reason !== KIND.quota) return false;
  return cooldown.isGuess === true || endOf([cooldown], now) !== undefined;
}

/** Returns when `cooldowns` end; `undefined` if they already have. */
function endOf(
  cooldowns: readonly Cooldown[],
  now: number,
): number | undefined {
  return obstacleOf(cooldowns, { now, mayBeRunning: () => false })?.until;
}

/**
 * Returns when the first account is ready if none is, `Infinity` if that is not
 * known; `undefined` if one is ready, or nearly so, or there is none.
 */
function endOfPool(facts: Facts, now: number): number | undefined {
  const ends = watched(facts).map((it) => readyAt(facts, it, now));
  if (ends.length === 0) return undefined;
  const first = Math.min(...ends);
  return first <= now + PAUSE_MS ? undefined : first;
}

/** Returns when an account is ready; `Infinity` if that is not known. */
function readyAt(
  { state, doubtful }: Facts,
  account: number,
  now: number,
): number {
  const { blocked, cooldowns } = accountState(state, account);
  if (blocked !== undefined || doubtful.has(account)) return Infinity;
  const isUnproven = cooldowns.some((it) =>
    it.reason === REFUSED || it.isGuess && isOutOfQuota(it, now)
  );
  if (isUnproven) return Infinity;
  return endOf(cooldowns, now) ?? now;
}

/**
 * Returns the event of a switch, if another account has become the active one.
 * The state says which one was active at its last save: the link moves before
 * that, and a kill in between must not hide the switch.
 */
function switchBetween(
  { state, active: linked }: Facts,
  { active, accounts }: Facts,
  now: number,
): NotifyEvent | undefined {
  const { activeKey, currentIndex, switchesTotal } = state;
  const from = activeKey ?? currentIndex ?? linked;
  if (from === undefined || active === undefined || from === active) {
    return undefined;
  }
  if (!accounts.includes(from)) return undefined;
  return {
    type: "account.switched",
    episode: `account.switched ${from} ${active} ${switchesTotal}`,
    at: now,
    account: active,
    from,
  };
}
