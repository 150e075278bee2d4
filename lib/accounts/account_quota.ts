import { serviceAt } from "../agents/presets.ts";
import type { Layout } from "../disk/layout.ts";
import { DAY_MS, KEPT_DAYS, readUsage } from "../quota/usage_files.ts";
import { quotaOf } from "../quota/quota_of.ts";
import type { QuotaWindow, UsageHistory, UsageMinute } from "../quota/types.ts";
import { UsageTally } from "../quota/usage_tally.ts";
import { takeSnapshot } from "../vault/snapshot.ts";
import type { Service } from "../verdict/service.ts";
import { type Account, describeAccounts } from "./account.ts";
import type { KnownQuota } from "./quota_watch.ts";

const HOUR_MS = 3_600_000;

/** How many days {@linkcode Traffic.days} has. */
const DAYS = 7;

/** What was counted in a span of time. */
export interface Counts {
  /** The requests that were sent, whatever came of them. */
  requests: number;
  /** The tokens of the requests. */
  inputTokens: number;
  /** The tokens of the answers. */
  outputTokens: number;
  /** The tokens of the requests that were read from a cache. */
  cachedTokens: number;
  /** The tokens of the answers that were spent on reasoning. */
  reasoningTokens: number;
  /** The requests that failed. */
  errors: number;
}

/** What was counted of one model since the day began. */
export interface ModelCounts extends Counts {
  /** The model; "" if unknown. */
  model: string;
  /** The requests that failed, by what the failure meant. */
  failures: Readonly<Record<string, number>>;
}

/** What was counted of an account. */
export interface Traffic {
  /** Since 00:00 UTC. */
  today: Counts;
  /** The same by model, the busiest first. */
  models: ModelCounts[];
  /** In each of the last 24 hours, the current one last. */
  hours: Counts[];
  /** In each of the last seven days (UTC), today last. */
  days: Counts[];
  /** When the first request that is known was, epoch milliseconds. */
  since: number | undefined;
  /** When the last request was, epoch milliseconds. @default unknown */
  observedAt: number | undefined;
}

/** What an account has used, and what is left of it. */
export interface AccountQuota {
  /** The account. */
  account: Account;
  /** Its traffic. */
  traffic: Traffic;
  /** The windows that are known. */
  windows: QuotaWindow[];
}

/** What to read. */
export interface ReadQuotaOptions {
  /** The time, epoch milliseconds. */
  now: number;
  /**
   * How many days (UTC) to read, today included. Windows that may have begun
   * before the first of them are left out, unless a service or an agent named
   * them since.
   *
   * @default all that is kept
   */
  days?: number | undefined;
}

/**
 * Returns the traffic and the quota of each of `accounts`; takes no lock and
 * changes nothing.
 */
export async function readQuota(
  layout: Layout,
  accounts: readonly Account[],
  { now, days = KEPT_DAYS }: ReadQuotaOptions,
): Promise<AccountQuota[]> {
  const whole = (days - 1) * DAY_MS;
  const history = await readUsage(layout.usage, {
    from: Math.floor(now / DAY_MS) * DAY_MS - whole,
  });
  const services = servicesOf(accounts, whole);
  const windows = quotaOf(history, { now, services });
  const minutes = Map.groupBy(history.minutes, (it) => it.account);
  return accounts.map((account) => ({
    account,
    traffic: trafficOf(minutes.get(account.index) ?? [], now),
    windows: windows.filter((it) => it.account === account.index),
  }));
}

/**
 * Returns the windows of all accounts, with what is `pending` and in no file
 * yet. Takes no lock and changes nothing.
 */
export async function readKnownQuota(
  layout: Layout,
  pending: readonly UsageHistory[],
  now: number,
): Promise<KnownQuota> {
  const snapshot = await takeSnapshot(layout);
  const accounts = await describeAccounts(snapshot, {
    now,
    refusingAgent: undefined,
  });
  const tally = new UsageTally({ mostEntries: Infinity });
  const from = now - KEPT_DAYS * DAY_MS;
  const written = await readUsage(layout.usage, { from });
  for (const { minutes, readings, refusals } of [written, ...pending]) {
    for (const it of minutes) tally.count(it);
    for (const it of readings) tally.read(it);
    for (const it of refusals) tally.refuse(it);
  }
  const services = servicesOf(accounts);
  return {
    windows: quotaOf(tally.history(), { now, services }),
    names: accounts.map(({ index, label }) => ({ index, label })),
  };
}

/** Returns the services, with the windows that are no longer than `longest`. */
function servicesOf(
  accounts: readonly Account[],
  longest = Infinity,
): Map<number, Service> {
  return new Map(accounts.flatMap(({ index, baseUrl }) => {
    const service = serviceAt(baseUrl);
    if (!service) return [];
    const windows = service.windows?.filter((it) => it.lengthMs <= longest);
    return [[index, { ...service, windows }] as const];
  }));
}

type Failures = Record<string, number>;

function trafficOf(minutes: readonly UsageMinute[], now: number): Traffic {
  const seen = minutes.filter((it) => it.at <= now);
  const lastHour = Math.floor(now / HOUR_MS);
  const today = Math.floor(now / DAY_MS);
  const hours = Array.from({ length: 24 }, () => ({ ...NO_COUNTS }));
  const days = Array.from({ length: DAYS }, () => ({ ...NO_COUNTS }));
  const models = new Map<string, Counts & { failures: Failures }>();
  for (const it of seen) {
    const day = today - Math.floor(it.at / DAY_MS);
    add(hours[23 - lastHour + Math.floor(it.at / HOUR_MS)], it);
    add(days[DAYS - 1 - day], it);
    if (day !== 0) continue;
    const counts = models.get(it.model) ?? { ...NO_COUNTS, failures: {} };
    models.set(it.model, counts);
    add(counts, it);
    for (const [kind, count] of Object.entries(it.errors)) {
      counts.failures[kind] = (counts.failures[kind] ?? 0) + count;
    }
  }
  return {
    today: days.at(-1) ?? NO_COUNTS,
    models: [...models].map(([model, counts]) => ({ model, ...counts }))
      .sort((a, b) => b.requests - a.requests),
    hours,
    days,
    since: seen[0]?.at,
    observedAt: seen.at(-1)?.at,
  };
}

const NO_COUNTS: Readonly<Counts> = {
  requests: 0,
  inputTokens: 0,
  outputTokens: 0,
  cachedTokens: 0,
  reasoningTokens: 0,
  errors: 0,
};

function add(counts: Counts | undefined, it: UsageMinute): void {
  if (!counts) return;
  counts.requests += it.requests;
  counts.inputTokens += it.inputTokens;
  counts.outputTokens += it.outputTokens;
  counts.cachedTokens += it.cachedTokens;
  counts.reasoningTokens += it.reasoningTokens;
  counts.errors += Object.values(it.errors).reduce((a, b) => a + b, 0);
}
