import type { Service, ServiceWindow } from "../verdict/service.ts";
import {
  type Countable,
  type CountedWindow,
  peaksOf,
  type SpanAt,
  spanFinder,
  usedAt,
} from "./counted_window.ts";
import { withoutUndefined } from "../json.ts";
import { closedFor, explain } from "./explain.ts";
import { forecast } from "./forecast.ts";
import { inferWindows } from "./infer_windows.ts";
import { estimateLimit } from "./limit_estimate.ts";
import { paceOf } from "./pace.ts";
import {
  type AccountTraffic,
  MINUTE_MS,
  type RefusalSample,
  samplesOf,
  trafficOf,
} from "./traffic_series.ts";
import { saidWindows } from "./said_windows.ts";
import type { QuotaWindow, Refusal, UsageHistory } from "./types.ts";
import { expectedLimit } from "./room.ts";

/** What is known of the accounts besides their traffic. */
interface QuotaOfOptions {
  /** The time, milliseconds since the epoch. */
  now: number;
  /** The services of the accounts, by number. @default unknown */
  services?: ReadonlyMap<number, Service> | undefined;
}

/**
 * Returns the windows of all accounts in `history`, by account. What no reply,
 * agent, refusal or page says stays `undefined`; an account without a history
 * has no windows. Facts later than `now` are left out.
 */
export function quotaOf(
  history: UsageHistory,
  { now, services }: QuotaOfOptions,
): QuotaWindow[] {
  const traffic = trafficOf(history.minutes, now);
  const readings = history.readings.filter((it) => it.observedAt <= now);
  const accounts = new Set([
    ...traffic.keys(),
    ...readings.map((it) => it.account),
  ]);
  return [...accounts].sort((a, b) => a - b).flatMap((account) => {
    const own = traffic.get(account);
    const refusals = history.refusals.filter((it) =>
      it.account === account && it.at <= now
    );
    const said = saidWindows(
      readings.filter((it) => it.account === account),
      { now, traffic: own, refusals },
    );
    const service = services?.get(account);
    const counted = own
      ? countedQuota({ account, traffic: own, refusals, service, now })
      : [];
    const isSaid = (it: QuotaWindow) =>
      said.some((other) =>
        other.window === it.window && other.unit === it.unit &&
        (other.model === it.model || other.model === undefined)
      );
    return [...said, ...counted.filter((it) => !isSaid(it))];
  });
}

interface Account {
  account: number;
  traffic: AccountTraffic;
  refusals: readonly Refusal[];
  service: Service | undefined;
  now: number;
}

function countedQuota(of: Account): QuotaWindow[] {
  const { service, traffic } = of;
  const scopes = new Map<string, Scope[]>();
  const names = service?.windows ?? inferWindows({
    refusals: of.refusals,
    samples: samplesOf(of.refusals, traffic.all),
    clock: service?.clock,
    models: traffic.models.size,
    count: (window) => countablesOf(window, { of, scopes }),
  });
  const windows = names.flatMap((it) => countablesOf(it, { of, scopes }))
    .map((it) => ({ ...it, peaks: peaksOf(it) }));
  const explained = explain(windows);
  return windows.map((it) => describe(it, { explained, of }));
}

/** Some of the traffic of an account, and its refusals. */
interface Scope extends Pick<Countable, "model" | "series" | "samples"> {
  /** When its windows begin, by what tells that of a window. */
  spans: Map<string, SpanAt>;
}

/** Returns what a window counts: once, or once for each model. */
function countablesOf(
  window: ServiceWindow,
  { of, scopes }: { of: Account; scopes: Map<string, Scope[]> },
): Countable[] {
  const { perModel = false, modelSuffix = "" } = window;
  const key = `${perModel} ${modelSuffix}`;
  const known = scopes.get(key) ?? scopesOf(window, of);
  scopes.set(key, known);
  // A window of tokens begins when one of requests does.
  const place = `${window.kind} ${window.name} ${window.lengthMs} ${
    window.anchorMs ?? 0
  }`;
  return known.map((it) => {
    const spanAt = it.spans.get(place) ??
      spanFinder(window, { ...it, clock: of.service?.clock });
    it.spans.set(place, spanAt);
    return { ...it, window, spanAt };
  });
}

function scopesOf(
  { perModel, modelSuffix = "" }: ServiceWindow,
  { traffic, refusals }: Account,
): Scope[] {
  const models = () =>
    [...traffic.models].filter(([model]) => model.endsWith(modelSuffix));
  const scopes = perModel
    ? models().map(([model, series]) => ({ model, series }))
    : modelSuffix === ""
    ? [{ model: undefined, series: traffic.all }]
    : models().length === 0
    ? []
    : [{ model: undefined, series: traffic.ending(modelSuffix) }];
  return scopes.map(({ model, series }) => {
    const own = refusals.filter((it) =>
      (model === undefined || it.model === model) &&
      it.model.endsWith(modelSuffix)
    );
    return {
      model,
      series,
      samples: samplesOf(own, series),
      spans: new Map<string, SpanAt>(),
    };
  });
}

function describe(
  counted: CountedWindow,
  { explained, of: { account, now } }: {
    explained: ReadonlyMap<CountedWindow, readonly RefusalSample[]>;
    of: Account;
  },
): QuotaWindow {
  const { window, model, series } = counted;
  const { unit } = window;
  const samples = explained.get(counted) ?? [];
  const learned = estimateLimit(counted, { samples, now });
  const limit = learned
    ? { lo: learned.lo, hi: learned.hi, expected: learned.typical }
    : documented(window);
  const expected = limit && expectedLimit(limit);
  const span = counted.spanAt(now);
  const used = span && usedAt(counted, now)?.middle;
  const newest = Math.max(series.at.at(-1) ?? 0, learned?.observedAt ?? 0);
  const pace = paceOf(series, {
    unit,
    closed: closedFor(counted, explained),
    now,
  });
  const isSliding = window.kind === "sliding";
  const resetsAt = isSliding ? undefined : span?.end;
  const sliding = isSliding
    ? { series, unit, lengthMs: window.lengthMs }
    : undefined;
  const isKnown = expected !== undefined && used !== undefined;
  return withoutUndefined({
    account,
    model,
    window: window.name,
    unit,
    used,
    limit,
    source: learned ? "learned" : "preset",
    observedAt: newest,
    resetsAt,
    roomAt: isSliding && isKnown
      ? roomAt(counted, { used, most: ROOMY * expected, now })
      : window.kind === "first-use" && resetsAt !== undefined
      ? resetsAt + MINUTE_MS
      : undefined,
    rate: pace?.rateAt(now),
    ...(pace && isKnown
      ? forecast({
        now,
        until: resetsAt ?? now + window.lengthMs,
        pace,
        left: expected - used,
        spread: learned?.spread ?? (limit!.hi - limit!.lo) / 2,
        sliding,
      })
      : {}),
  });
}

/** A window that slides has room when this share of its limit is used. */
const ROOMY = 0.8;

/** Returns when a window that slides holds no more than `most` by itself. */
function roomAt(
  { window: { unit, lengthMs }, series }: CountedWindow,
  { used, most, now }: { used: number; most: number; now: number },
): number {
  const begin = series.before(unit, now - lengthMs);
  for (let index = series.indexAt(now - lengthMs);; index++) {
    const at = series.at[index];
    if (at === undefined || at > now) return now + lengthMs;
    const left = used - (series.sum(unit, index) - begin);
    if (left <= most) return Math.max(at + lengthMs, now);
  }
}

/** What the pages of the service say; its plans may differ. */
function documented({ limits }: ServiceWindow): QuotaWindow["limit"] {
  if (!limits || limits.length === 0) return undefined;
  return { lo: Math.min(...limits), hi: Math.max(...limits) };
}
