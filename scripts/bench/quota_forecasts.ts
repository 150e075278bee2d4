import { quotaOf } from "../../lib/quota/quota_of.ts";
import type { QuotaWindow } from "../../lib/quota/types.ts";
import type { Service } from "../../lib/verdict/service.ts";
import { HistoryKeeper } from "./quota_history.ts";
import { type HiddenWindow, limitAt, type Scenario } from "./quota_scenario.ts";
import { oracleOf } from "./quota_oracle.ts";
import { ServiceAccount, type SimulatedRequest } from "./quota_service.ts";
import { trafficOfMinutes } from "./quota_traffic.ts";

/** The account that the forecasts are of. */
const ACCOUNT = 1;

/** Forecasts are judged after so many windows that ended with a refusal. */
const FIRST_WINDOWS = 3;

/** When forecasts are made, as shares of the time until the refusal. */
const POINTS = [0.2, 0.4, 0.6, 0.8];

/** A forecast for less is not judged: minutes are all that is known. */
const LEAST_AHEAD_MS = 5 * 60_000;

/** A window that refused a request. */
interface Exhaustion {
  window: HiddenWindow;
  /** When the window began; when it was refilled enough, if it slides. */
  start: number;
  /** When it first refused, milliseconds since the epoch. */
  at: number;
}

/** How good the forecasts of one window were. */
export interface WindowScore {
  window: string;
  unit: string;
  model?: string;
  /** How often it refused. */
  exhaustions: number;
  /** The forecasts that were judged. */
  forecasts: number;
  /** Those that named no time though the window was about to refuse. */
  unknown: number;
  /** The median of |p50 - actual| / (actual - time of the forecast). */
  medianError: number;
  /**
   * The same of an oracle that knows the limit, all that was used and the
   * patterns of the traffic: nobody does better without knowing the future.
   */
  medianErrorOfOracle: number;
  /** The median of |p50 - actual| / (actual - begin of the window). */
  medianErrorOfWindow: number;
  /** The share of forecasts with the actual time not after p90. */
  coverage: number;
  /** The share of forecasts whose interval holds the limit. */
  limitInside: number;
  /** The median width of the interval, as a share of the limit. */
  limitWidth: number;
}

/** How good all forecasts of a scenario were. */
export interface ForecastScores {
  windows: WindowScore[];
  /** The errors of all forecasts, as in {@linkcode WindowScore.medianError}. */
  errors: number[];
  /** Those of the oracle. */
  oracleErrors: number[];
  /** For each forecast, whether the actual time is not after p90. */
  isCovered: boolean[];
}

/** Runs the scenario with one account, and judges forecasts made on the way. */
export function scoreForecasts(
  scenario: Scenario,
  seed: number,
): ForecastScores {
  const errors: number[] = [];
  const oracleErrors: number[] = [];
  const isCovered: boolean[] = [];
  const { history, all, exhaustions } = runOneAccount(scenario, seed);
  const services = new Map([[ACCOUNT, serviceOf(scenario)]]);
  const windows = scenario.windows.flatMap((window) => {
    const own = exhaustions.filter((it) => it.window === window);
    const oracle = oracleOf(window, { scenario, seed, all });
    const judged = own.slice(FIRST_WINDOWS).flatMap(({ start, at }) =>
      POINTS.map((it) =>
        Math.floor((start + it * (at - start)) / 60_000) * 60_000
      )
        .filter((now) => at - now >= LEAST_AHEAD_MS && now > start)
        .map((now) => {
          const windows = quotaOf(history.until(now), { now, services });
          return { now, at, start, seen: findWindow(windows, window) };
        })
    );
    if (judged.length === 0 && own.length === 0) return [];
    const times = judged.map(({ now, at, start, seen }) => {
      const p50 = seen?.exhaustedAt?.p50 ?? seen?.resetsAt ??
        now + window.lengthMs;
      const error = seen?.lasts === undefined ? Infinity : Math.abs(p50 - at);
      return { ofRest: error / (at - now), ofWindow: error / (at - start) };
    });
    const covered = judged.filter(({ at, seen }) =>
      seen?.exhaustedAt ? at <= seen.exhaustedAt.p90 : seen?.lasts === undefined
    );
    const atBest = judged.map(({ now, at, start }) =>
      Math.abs(oracle({ now, start }) - at) / (at - now)
    );
    errors.push(...times.map((it) => it.ofRest));
    oracleErrors.push(...atBest);
    isCovered.push(...judged.map((it) => covered.includes(it)));
    const limits = judged.flatMap(({ now, seen }) =>
      seen?.limit ? [{ ...seen.limit, actual: limitAt(window, now) }] : []
    );
    const inside = limits.filter(({ lo, hi, actual }) =>
      lo <= actual && actual <= hi
    );
    return [{
      window: window.name,
      unit: window.unit,
      ...(window.model === undefined ? {} : { model: window.model }),
      exhaustions: own.length,
      forecasts: judged.length,
      unknown: judged.filter((it) => it.seen?.lasts === undefined).length,
      medianError: medianOf(times.map((it) => it.ofRest)),
      medianErrorOfOracle: medianOf(atBest),
      medianErrorOfWindow: medianOf(times.map((it) => it.ofWindow)),
      coverage: covered.length / judged.length,
      limitInside: inside.length / limits.length,
      limitWidth: medianOf(
        limits.map(({ lo, hi, actual }) => (hi - lo) / actual),
      ),
    }];
  });
  return { windows, errors, oracleErrors, isCovered };
}

/** Returns what pages would say of the service: names, never limits. */
export function serviceOf({ windows, clock }: Scenario): Service {
  const known = windows.filter((it) => it.isKnown);
  return {
    name: "simulated",
    clock,
    windows: known.length === 0 ? undefined : known.map((
      { name, unit, kind, lengthMs, anchorMs, model },
    ) => ({
      name,
      unit,
      kind,
      lengthMs,
      anchorMs,
      perModel: model !== undefined,
      modelSuffix: model,
      source: "the scenario",
    })),
  };
}

function findWindow(
  windows: readonly QuotaWindow[],
  { name, unit, model }: HiddenWindow,
): QuotaWindow | undefined {
  return windows.find((it) =>
    it.window === name && it.unit === unit && it.model === model
  );
}

function runOneAccount(scenario: Scenario, seed: number) {
  const history = new HistoryKeeper();
  const everything = new HistoryKeeper();
  const exhaustions: Exhaustion[] = [];
  const service = new ServiceAccount(scenario);
  const { unseen, resets, headers, retryMs } = scenario;
  const others = trafficOfMinutes(scenario, {
    seed: seed + 1,
    share: unseen / (1 - unseen),
  });
  const waitsUntil = new Map<string, number>();
  for (const { at, requests } of trafficOfMinutes(scenario, { seed })) {
    const unseenRequests: readonly SimulatedRequest[] =
      others.next().value?.requests ?? [];
    const all = [
      ...requests.map((request) => ({ request, isOurs: true })),
      ...unseenRequests.map((request) => ({ request, isOurs: false })),
    ].sort((a, b) => a.request.at - b.request.at);
    let answered: string | undefined;
    for (const { request, isOurs } of all) {
      if (isOurs && request.at < (waitsUntil.get(request.model) ?? 0)) continue;
      const full = service.serve(request);
      if (!full) everything.served(ACCOUNT, request);
      if (!isOurs) continue;
      if (!full) {
        history.served(ACCOUNT, request);
        answered = request.model;
        continue;
      }
      const resetsAt = full.resetsAt(request.at);
      history.refused(ACCOUNT, request, resets ? resetsAt : undefined);
      noteExhaustion(exhaustions, {
        window: full.window,
        start: full.window.kind === "sliding"
          ? request.at - full.window.lengthMs
          : full.start,
        at: request.at,
      });
      waitsUntil.set(
        request.model,
        resets && resetsAt !== undefined ? resetsAt : request.at + retryMs,
      );
    }
    if (headers && answered !== undefined) {
      const end = at + 59_999;
      history.told(ACCOUNT, end, service.statesFor(answered, end));
    }
  }
  return { history, all: everything.minutes, exhaustions };
}

function noteExhaustion(all: Exhaustion[], it: Exhaustion): void {
  const last = all.findLast((other) => other.window === it.window);
  if (it.window.kind !== "sliding") {
    if (last?.start !== it.start) all.push(it);
    return;
  }
  // A sliding window that refuses again and again is exhausted once.
  const previous = lastRefusals.get(all);
  const before = previous?.get(it.window);
  const refusals = previous ?? new Map<HiddenWindow, number>();
  refusals.set(it.window, it.at);
  lastRefusals.set(all, refusals);
  if (before !== undefined && it.at - before < it.window.lengthMs) return;
  all.push({ ...it, start: Math.max(it.start, before ?? it.start) });
}

/** The last refusal of each sliding window of a run. */
const lastRefusals = new WeakMap<Exhaustion[], Map<HiddenWindow, number>>();

/** Returns the median; `NaN` of nothing. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted.length === 0 ? NaN : sorted[sorted.length >> 1]!;
}
