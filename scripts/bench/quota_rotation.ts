import {
  beforeTheWall,
  type FullestWindow,
  fullestWindow,
  fullnessOf,
  HYSTERESIS,
} from "../../lib/quota/before_the_wall.ts";
import { quotaOf } from "../../lib/quota/quota_of.ts";
import type { QuotaWindow } from "../../lib/quota/types.ts";
import { serviceOf } from "./quota_forecasts.ts";
import { HistoryKeeper } from "./quota_history.ts";
import type { Scenario } from "./quota_scenario.ts";
import { ServiceAccount, type SimulatedRequest } from "./quota_service.ts";
import { trafficOfMinutes } from "./quota_traffic.ts";

/** An account that is used again within this time of being left flaps. */
const FLAP_MS = 5 * 60_000;

/** Refusals count from this window of an account on. */
const FIRST_COUNTED_WINDOW = 4;

/** The longest pause after a refusal that says nothing. */
const LONGEST_PAUSE_MS = 3_600_000;

/** A window that is less full is not the reason of a refusal. */
const LEAST_FULLNESS = 0.5;

/** How often what is known of the windows is computed again, minutes. */
const LOOK_EVERY = 10;

/** What happened in a run over several accounts. */
export interface RotationScore {
  accounts: number;
  requests: number;
  /** All changes of the account. */
  switches: number;
  /** Those that a refusal caused. */
  refused: number;
  /** Those back to an account that was left less than five minutes before. */
  flaps: number;
  /** The most refusals of one account in one window, from its fourth on. */
  mostRefusalsInWindow: number;
  /** The share of windows, from the fourth on, that refused. */
  windowsRefused: number;
  /** Requests that clients lost since no account was ready. */
  exhausted: number;
  /** Those among them for which an account was ten points below `threshold`. */
  clientRefusals: number;
}

interface RotatingAccount {
  account: number;
  service: ServiceAccount;
  /** After a refusal of a model: not before this time, epoch milliseconds. */
  restsUntil: Map<string, number>;
  /** The window that was fullest at the last refusal of each model. */
  refusedBy: Map<string, FullestWindow>;
  /** The pause after the next refusal that says nothing, milliseconds. */
  pauseMs: number;
  /** When it was left, milliseconds since the epoch. */
  leftAt: number;
  /** Refusals by window and its number. */
  refusals: Map<string, number>;
  /** When the present refusals of each window began. */
  slid: Map<string, number>;
}

/**
 * Runs the scenario with as many times its traffic as it has accounts, and
 * leaves each account at `threshold` of a limit, such as 0.9.
 */
export function scoreRotation(
  scenario: Scenario,
  { seed, threshold }: { seed: number; threshold: number },
): RotationScore {
  return new Rotation(scenario, threshold).run(seed);
}

class Rotation {
  readonly #scenario: Scenario;
  readonly #threshold: number;
  readonly #history = new HistoryKeeper();
  readonly #accounts: RotatingAccount[];
  #windows: QuotaWindow[] = [];
  #active: RotatingAccount;
  #since = -Infinity;
  readonly #score: RotationScore;

  constructor(scenario: Scenario, threshold: number) {
    this.#scenario = scenario;
    this.#threshold = threshold;
    this.#accounts = Array.from({ length: scenario.accounts }, (_, index) => ({
      account: index + 1,
      service: new ServiceAccount(scenario),
      restsUntil: new Map(),
      refusedBy: new Map(),
      pauseMs: scenario.retryMs,
      leftAt: -Infinity,
      refusals: new Map(),
      slid: new Map(),
    }));
    this.#active = this.#accounts[0]!;
    this.#score = {
      accounts: scenario.accounts,
      requests: 0,
      switches: 0,
      refused: 0,
      flaps: 0,
      mostRefusalsInWindow: 0,
      windowsRefused: 0,
      clientRefusals: 0,
      exhausted: 0,
    };
  }

  run(seed: number): RotationScore {
    const { accounts, unseen } = this.#scenario;
    const services = new Map(
      this.#accounts.map((it) => [it.account, serviceOf(this.#scenario)]),
    );
    const others = this.#accounts.map((_, index) =>
      trafficOfMinutes(this.#scenario, {
        seed: seed + 1 + index,
        share: unseen / (1 - unseen),
      })
    );
    const own = trafficOfMinutes(this.#scenario, { seed, share: accounts });
    let minutes = 0;
    for (const { at, requests } of own) {
      if (minutes++ % LOOK_EVERY === 0) {
        this.#windows = quotaOf(this.#history.until(at), { now: at, services });
      }
      for (const [index, it] of others.entries()) {
        for (const request of it.next().value?.requests ?? []) {
          this.#accounts[index]!.service.serve(request);
        }
      }
      for (const request of requests) this.#send(request);
      if (this.#scenario.headers) this.#readHeaders(at + 59_999);
    }
    return this.#sum();
  }

  /** The last reply of the minute tells the windows of its account. */
  #readHeaders(at: number): void {
    const { account, service } = this.#active;
    const { model } = this.#scenario.traffic[0]!;
    this.#history.told(account, at, service.statesFor(model, at));
  }

  #send(request: SimulatedRequest): void {
    this.#score.requests++;
    this.#leaveBeforeTheWall(request);
    const tried = new Set<RotatingAccount>();
    for (;;) {
      const ready = this.#accounts.filter((it) =>
        !tried.has(it) && this.#isReady(it, request)
      );
      if (ready.length === 0) {
        this.#score.exhausted++;
        const hasRoom = this.#accounts.some((it) =>
          it.service.hasRoom(request, this.#threshold - HYSTERESIS)
        );
        if (hasRoom) this.#score.clientRefusals++;
        return;
      }
      if (!ready.includes(this.#active)) {
        this.#switchTo(this.#emptiest(ready, request), request.at);
      }
      tried.add(this.#active);
      if (this.#serve(this.#active, request)) return;
    }
  }

  #leaveBeforeTheWall(request: SimulatedRequest): void {
    const move = beforeTheWall({
      windows: this.#windows,
      threshold: this.#threshold,
      active: { account: this.#active.account, since: this.#since },
      others: this.#accounts.filter((it) =>
        it !== this.#active && this.#isReady(it, request)
      ).map((it) => it.account),
      model: request.model,
      now: request.at,
    });
    if (move.move === "stay") return;
    const to = this.#accounts.find((it) => it.account === move.to[0])!;
    if (request.at - to.leftAt < FLAP_MS) this.#score.flaps++;
    this.#switchTo(to, request.at);
  }

  /** An account that was refused is ready when its windows have room again. */
  #isReady(it: RotatingAccount, { at, model }: SimulatedRequest): boolean {
    if (at < (it.restsUntil.get(model) ?? 0)) return false;
    const by = it.refusedBy.get(model);
    const { window, unit, model: of } = by?.window ?? {};
    const present = this.#windows.find((other) =>
      other.account === it.account && other.window === window &&
      other.unit === unit && other.model === of
    );
    const fullness = present && fullnessOf(present, at);
    if (!by || fullness === undefined) return true;
    if (fullness < by.fullness / 2) it.refusedBy.delete(model);
    return fullness < Math.min(by.fullness, this.#threshold) - HYSTERESIS;
  }

  #emptiest(
    ready: readonly RotatingAccount[],
    { at, model }: SimulatedRequest,
  ): RotatingAccount {
    const fullness = ({ account }: RotatingAccount) =>
      fullestWindow(this.#windows, { account, model, now: at })?.fullness ?? 0;
    return ready.toSorted((a, b) => fullness(a) - fullness(b))[0]!;
  }

  #switchTo(to: RotatingAccount, at: number): void {
    this.#score.switches++;
    this.#active.leftAt = at;
    this.#active = to;
    this.#since = at;
  }

  /** Sends the request; returns whether it was served. */
  #serve(it: RotatingAccount, request: SimulatedRequest): boolean {
    const full = it.service.serve(request);
    if (!full) {
      it.pauseMs = this.#scenario.retryMs;
      this.#history.served(it.account, request);
      this.#windows = this.#windows.map((window) =>
        counted(window, { account: it.account, request })
      );
      return true;
    }
    this.#score.refused++;
    const { resets, start: begin } = this.#scenario;
    const resetsAt = full.resetsAt(request.at);
    this.#history.refused(it.account, request, resets ? resetsAt : undefined);
    const { lengthMs, name, kind, model, unit } = full.window;
    const id = `${name} ${unit} ${model ?? ""}`;
    const last = it.slid.get(id) ?? -Infinity;
    // A sliding window is a new one when its length has passed.
    const start = kind !== "sliding"
      ? full.start
      : request.at - last < lengthMs
      ? last
      : request.at;
    it.slid.set(id, start);
    const number = Math.floor((start - begin) / lengthMs);
    const key = `${id} ${number}`;
    it.refusals.set(key, (it.refusals.get(key) ?? 0) + 1);
    const by = fullestWindow(this.#windows, {
      account: it.account,
      model: request.model,
      now: request.at,
    });
    const isNamed = resets && resetsAt !== undefined;
    const isReason = by !== undefined && by.fullness >= LEAST_FULLNESS;
    if (isReason && !isNamed) it.refusedBy.set(request.model, by);
    const learned = by && by.fullness >= this.#threshold
      ? by.window.resetsAt
      : undefined;
    const until = isNamed ? resetsAt : learned;
    it.restsUntil.set(request.model, until ?? request.at + it.pauseMs);
    if (until === undefined) {
      it.pauseMs = Math.min(it.pauseMs * 2, LONGEST_PAUSE_MS);
    }
    return false;
  }

  #sum(): RotationScore {
    const { days, windows } = this.#scenario;
    const late = this.#accounts.flatMap(({ refusals }) =>
      [...refusals].filter(([key]) =>
        Number(key.split(" ").at(-1)) >= FIRST_COUNTED_WINDOW - 1
      ).map(([, count]) => count)
    );
    const all = windows.reduce((sum, { lengthMs }) =>
      sum + Math.max(
        Math.floor(days * 86_400_000 / lengthMs) - FIRST_COUNTED_WINDOW + 1,
        0,
      ), 0) * this.#accounts.length;
    return {
      ...this.#score,
      mostRefusalsInWindow: Math.max(0, ...late),
      windowsRefused: all === 0 ? 0 : late.length / all,
    };
  }
}

/** Returns the window after one more request, until it is computed again. */
function counted(
  window: QuotaWindow,
  { account, request }: { account: number; request: SimulatedRequest },
): QuotaWindow {
  const isOther = window.account !== account || window.used === undefined ||
    (window.model !== undefined && window.model !== request.model);
  if (isOther) return window;
  const more = window.unit === "requests" ? 1 : request.tokens;
  return { ...window, used: window.used + more };
}
