import {
  type AccountTraffic,
  allowedBy,
  type Circumstances,
  HEARTBEAT_MS,
  isOpen,
  isRefusedSince,
  KNOWN_MS,
  LIMIT_MS,
  limitOf,
  type Party,
  type Queued,
  signDueAt,
  type Ticket,
  type Traffic,
  underWay,
  withoutDead,
} from "./traffic.ts";

/**
 * What a party has learned of an account: it `answered`; it is out of quota or
 * unusable, which the ledger does not have yet (`leaving`) or has (`refused`);
 * something else failed (`failed`); or it refuses so many requests at the same
 * time (`crowded`).
 */
export interface Sign {
  /** The account. */
  account: number;
  /** What happened. */
  kind: "answered" | "leaving" | "refused" | "failed" | "crowded";
}

/** What a party says of itself. */
export interface Report extends Party {
  /** Its requests under way, by account. */
  counts: ReadonlyMap<number, number>;
  /** Its requests that wait, in order. */
  tickets: readonly Ticket[];
  /** What it has learned since the last report. */
  signs: readonly Sign[];
  /** The most requests to an account at a time. @default no limit */
  maxInFlight?: number | undefined;
}

/** What follows from a report. */
export interface Settled {
  /** The traffic with the report. */
  traffic: Traffic;
  /** The tickets that may go now, each with its account. */
  admitted: { id: string; account: number }[];
  /**
   * The tickets whose preferred account was refused since the party last saw
   * that it is ready: the party must look again.
   */
  outdated: string[];
}

type Clock = Pick<Circumstances, "now" | "slowness">;

/**
 * How long an account stays open after a failure that says nothing about its
 * quota, such as a broken connection.
 */
const OPEN_AFTER_FAILURE_MS = 5_000;

/**
 * Returns the traffic after `report`: drops dead processes, replaces what the
 * party has said, and admits the tickets for which there is room.
 */
export function settleTraffic(
  before: Traffic,
  report: Report,
  { now, mayBeRunning, slowness }: Circumstances,
): Settled {
  const traffic = withoutDead(before, mayBeRunning);
  for (const sign of report.signs) {
    noteSign(traffic, sign, { ...report, now, slowness });
  }
  putUses(traffic, report, now);
  traffic.queue = queueWith(traffic.queue, report, now);
  const outdated = report.tickets.filter(({ accounts: [first], asOf }) =>
    first !== undefined &&
    isRefusedSince(traffic.accounts[first], { asOf, now })
  ).map((it) => it.id);
  const admitted = admit(traffic, report, { now, outdated, slowness });
  const done = new Set([...outdated, ...admitted.map((it) => it.id)]);
  traffic.queue = traffic.queue.filter((it) =>
    it.party !== report.party || !done.has(it.id)
  );
  return { traffic: withoutIdle(traffic, now), admitted, outdated };
}

function accountOf(traffic: Traffic, index: number): AccountTraffic {
  return traffic.accounts[index] ??= { uses: [] };
}

function noteSign(
  traffic: Traffic,
  { account: index, kind }: Sign,
  { now, slowness, party, process }: Party & Clock,
): void {
  const account = accountOf(traffic, index);
  if (kind === "crowded") {
    const count = Math.max(underWay(traffic, index) - 1, 1);
    const known = limitOf(account, now);
    account.limit = { count: Math.min(count, known), until: now + LIMIT_MS };
    return;
  }
  if (kind === "leaving") {
    const sent = account.probe?.sent ?? 1;
    const waitUntil = signDueAt({ now, slowness }, { isLeaving: true });
    account.probe = { party, process, waitUntil, sent };
    account.openUntil = undefined;
    return;
  }
  account.probe = undefined;
  if (kind === "refused") {
    account.openUntil = undefined;
    account.refusedAt = now;
  } else {
    const ms = kind === "answered" ? KNOWN_MS : OPEN_AFTER_FAILURE_MS;
    const until = isOpen(account, now) ? account.openUntil ?? 0 : 0;
    account.openUntil = Math.max(until, now + ms);
  }
}

function putUses(
  traffic: Traffic,
  { party, process, counts }: Report,
  now: number,
): void {
  for (const [index, count] of counts) {
    const account = accountOf(traffic, index);
    const own = account.uses.find((it) => it.party === party);
    const since = own?.since ?? now;
    account.uses = account.uses.filter((it) => it !== own);
    if (count > 0) account.uses.push({ party, process, count, since });
    // The request that went ahead has ended without a sign.
    const isGivenUp = count === 0 && account.probe?.party === party;
    if (isGivenUp) account.probe = undefined;
  }
}

function queueWith(
  queue: readonly Queued[],
  { party, process, tickets }: Report,
  now: number,
): Queued[] {
  const byId = new Map(tickets.map((it) => [it.id, it]));
  const kept = queue.flatMap((it): Queued[] => {
    if (it.party !== party) return [it];
    const ticket = byId.get(it.id);
    byId.delete(it.id);
    const silentMs = now - it.seenAt;
    const isFresh = silentMs >= 0 && silentMs < HEARTBEAT_MS / 2;
    const seenAt = isFresh ? it.seenAt : now;
    return ticket ? [{ ...it, ...ticket, seenAt }] : [];
  });
  const added = { party, process, seenAt: now };
  return [...kept, ...byId.values().map((it) => ({ ...it, ...added }))];
}

/**
 * Admits the tickets of the party that may go now. A ticket of another party
 * keeps the room that it can have, unless that party is silent: its process may
 * have been stopped (Ctrl-Z).
 */
function admit(
  traffic: Traffic,
  { party, process, maxInFlight }: Report,
  { now, outdated, slowness }: Clock & { outdated: readonly string[] },
): Settled["admitted"] {
  /** What others may begin now. */
  const taken = new Map<number, number>();
  const admitted: Settled["admitted"] = [];
  for (const ticket of traffic.queue) {
    const isOurs = ticket.party === party;
    if (isOurs && outdated.includes(ticket.id)) continue;
    const silentMs = now - ticket.seenAt;
    if (!isOurs && (silentMs > HEARTBEAT_MS || silentMs < 0)) continue;
    const account = placeFor(ticket);
    if (account === undefined) continue;
    if (isOurs) {
      admitted.push({ id: ticket.id, account });
      start(account);
    } else {
      taken.set(account, (taken.get(account) ?? 0) + 1);
    }
  }
  return admitted;

  /**
   * Returns the account that `ticket` may use now. It waits until its rivals are
   * idle, and for the first sign of the preferred account, and goes to others
   * only if that has no room.
   */
  function placeFor(
    { accounts: [first, ...others], asOf, rivals = [] }: Ticket,
  ): number | undefined {
    if (rivals.some((it) => used(it) > 0)) return undefined;
    const hasRoom = (it: number) =>
      room(it) > 0 && !isRefusedSince(traffic.accounts[it], { asOf, now });
    if (first !== undefined && hasRoom(first)) {
      return gate(first) > 0 ? first : undefined;
    }
    return others.find((it) => hasRoom(it) && gate(it) > 0);
  }

  function room(index: number): number {
    const known = limitOf(accountOf(traffic, index), now);
    return Math.min(maxInFlight || Infinity, known) - used(index);
  }

  /** Counts those under way and those that others may begin now. */
  function used(index: number): number {
    return underWay(traffic, index) + (taken.get(index) ?? 0);
  }

  function gate(index: number): number {
    const account = accountOf(traffic, index);
    if (isOpen(account, now)) return Infinity;
    const { probe } = account;
    const allowed = probe ? allowedBy(probe, now) - probe.sent : 1;
    return allowed - (taken.get(index) ?? 0);
  }

  function start(index: number): void {
    const account = accountOf(traffic, index);
    const own = account.uses.find((it) => it.party === party);
    if (own) own.count++;
    else account.uses.push({ party, process, count: 1, since: now });
    if (isOpen(account, now)) return;
    if (account.probe) account.probe.sent++;
    else {
      const waitUntil = signDueAt({ now, slowness });
      account.probe = { party, process, waitUntil, sent: 1 };
    }
  }
}

/** Removes accounts about which nothing is known any longer. */
function withoutIdle(traffic: Traffic, now: number): Traffic {
  const accounts = Object.entries(traffic.accounts).filter(([, it]) =>
    it.uses.length > 0 || it.probe !== undefined || isOpen(it, now) ||
    limitOf(it, now) < Infinity || now - (it.refusedAt ?? 0) < KNOWN_MS
  );
  return { ...traffic, accounts: Object.fromEntries(accounts) };
}
