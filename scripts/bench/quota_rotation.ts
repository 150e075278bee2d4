import { findRoom } from "../../lib/accounts/leave_early.ts";
import { QuotaWatch } from "../../lib/accounts/quota_watch.ts";
import { type Candidate, selectAccount } from "../../lib/accounts/select.ts";
import {
  afterRun,
  cooldownAfter,
  obstacleOf,
  withCooldown,
  withProbe,
} from "../../lib/ledger/cooldown.ts";
import type { Cooldown } from "../../lib/ledger/cooldown_record.ts";
import { HYSTERESIS } from "../../lib/quota/before_the_wall.ts";
import { quotaOf } from "../../lib/quota/quota_of.ts";
import type { UsageHistory } from "../../lib/quota/types.ts";
import type { Verdict } from "../../lib/verdict/classify.ts";
import { serviceOf } from "./quota_forecasts.ts";
import { HistoryKeeper } from "./quota_history.ts";
import type { Scenario } from "./quota_scenario.ts";
import {
  ServiceAccount,
  type SimulatedRequest,
  type WindowCounter,
} from "./quota_service.ts";
import { trafficOfMinutes } from "./quota_traffic.ts";

/** An account that is used again within this time of being left flaps. */
const FLAP_MS = 5 * 60_000;

/** Refusals count from this window of an account on. */
const FIRST_COUNTED_WINDOW = 4;

/** The watch reads the counts every ten minutes; the program does it oftener. */
const READ_EVERY_MINUTES = 10;

const MINUTE_MS = 60_000;

/** Longer than the watch waits until it reads again, milliseconds. */
const LATER_MS = 3_600_000;

/** The process that probes an account whose cooldown has ended. */
const PROCESS = "bench";

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
  /**
   * Those among them for which an account had been ten points below `threshold`
   * for a minute: nobody knows more exactly when a window begins.
   */
  clientRefusals: number;
}

interface RotatingAccount {
  account: number;
  service: ServiceAccount;
  /** What the program keeps in its state. */
  cooldowns: readonly Cooldown[];
  /** When it was left before a limit, milliseconds since the epoch. */
  leftAt: number;
  /** Since when it has had room while clients lost requests. */
  roomSince: number | undefined;
  /** Refusals by window and its number. */
  refusals: Map<string, number>;
  /** When the present refusals of each window began. */
  slid: Map<string, number>;
}

/**
 * Runs the scenario with as many times its traffic as it has accounts, and
 * leaves each account at `threshold` of a limit, such as 0.9. Which account a
 * request gets, how long one rests after a refusal, and what is known of its
 * windows is decided by the program: only its folder and its clock are missing.
 */
export function scoreRotation(
  scenario: Scenario,
  { seed, threshold }: { seed: number; threshold: number },
): Promise<RotationScore> {
  return new Rotation(scenario, { seed, threshold }).run();
}

const NOTHING: UsageHistory = { minutes: [], readings: [], refusals: [] };

class Rotation {
  readonly #scenario: Scenario;
  readonly #seed: number;
  readonly #history = new HistoryKeeper();
  readonly #accounts: RotatingAccount[];
  readonly #watch: QuotaWatch;
  readonly #sink: ReturnType<QuotaWatch["follow"]>;
  readonly #score: RotationScore;
  #active: RotatingAccount;
  #now: number;
  #elapsed = 0;

  constructor(
    scenario: Scenario,
    { seed, threshold }: { seed: number; threshold: number },
  ) {
    this.#scenario = scenario;
    this.#seed = seed;
    this.#now = scenario.start;
    this.#accounts = Array.from({ length: scenario.accounts }, (_, index) => ({
      account: index + 1,
      service: new ServiceAccount(scenario),
      cooldowns: [],
      leftAt: NaN,
      roomSince: undefined,
      refusals: new Map(),
      slid: new Map(),
    }));
    this.#active = this.#accounts[0]!;
    const services = new Map(
      this.#accounts.map((it) => [it.account, serviceOf(scenario)]),
    );
    this.#watch = new QuotaWatch({
      threshold,
      reserves: [],
      read: () =>
        Promise.resolve({
          windows: quotaOf(this.#history.until(this.#now + 1), {
            now: this.#now,
            services,
          }),
          names: [],
        }),
      notify: (message) => {
        throw new Error(message);
      },
      system: { now: () => this.#now, elapsed: () => this.#elapsed },
    });
    this.#sink = this.#watch.follow({
      count: () => {},
      read: () => {},
      refuse: () => {},
      write: () => Promise.resolve(),
      pending: NOTHING,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
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

  async run(): Promise<RotationScore> {
    const { accounts, unseen } = this.#scenario;
    const others = this.#accounts.map((_, index) =>
      trafficOfMinutes(this.#scenario, {
        seed: this.#seed + 1 + index,
        share: unseen / (1 - unseen),
      })
    );
    const own = trafficOfMinutes(this.#scenario, {
      seed: this.#seed,
      share: accounts,
    });
    let minutes = 0;
    for (const { at, requests } of own) {
      this.#now = at;
      if (minutes++ % READ_EVERY_MINUTES === 0) await this.#read();
      for (const [index, it] of others.entries()) {
        for (const request of it.next().value?.requests ?? []) {
          this.#accounts[index]!.service.serve(request);
        }
      }
      for (const request of requests) {
        this.#now = request.at;
        await this.#send(request);
      }
      if (this.#scenario.headers) this.#readHeaders(at + 59_999);
    }
    return this.#sum();
  }

  async #read(): Promise<void> {
    this.#elapsed += LATER_MS;
    await this.#watch.look();
  }

  /** The last reply of the minute tells the windows of its account. */
  #readHeaders(at: number): void {
    const { account, service } = this.#active;
    const { model } = this.#scenario.traffic[0]!;
    for (
      const it of this.#history.told(account, at, service.statesFor(model, at))
    ) this.#sink.read(it);
  }

  async #send(request: SimulatedRequest): Promise<void> {
    this.#score.requests++;
    const tried = new Set<number>();
    while (true) {
      const candidates = this.#candidates(request, tried);
      const picked = selectAccount(candidates, {
        strategy: "round-robin",
        active: this.#active.account,
        mayStay: true,
      });
      if (!picked) return this.#noteExhausted(request);
      const it = this.#leaveEarly(picked, { candidates, request });
      const seen = it.cooldowns.map((it) => it.until);
      it.cooldowns = withProbe(it.cooldowns, {
        now: this.#now,
        process: PROCESS,
      });
      const isGood = await this.#serve(it, request);
      const { model } = request;
      if (isGood && seen.length > 0) {
        const now = this.#now;
        it.cooldowns = afterRun(it.cooldowns, { now, seen, model, isGood });
      }
      if (isGood) return;
      tried.add(it.account);
    }
  }

  #candidates(
    { model }: SimulatedRequest,
    tried: ReadonlySet<number>,
  ): Candidate[] {
    const now = this.#now;
    const mayBeRunning = () => false; // a probe has ended before the next
    return this.#accounts.map(({ account: index, cooldowns }) => {
      const found = obstacleOf(cooldowns, { now, model, mayBeRunning });
      return {
        index,
        lastUsedAt: 0,
        obstacle: tried.has(index) ? "already tried" : found?.reason,
        readyAt: found?.until ?? now,
      };
    });
  }

  #leaveEarly(
    { index }: Candidate,
    { candidates, request: { model } }: {
      candidates: readonly Candidate[];
      request: SimulatedRequest;
    },
  ): RotatingAccount {
    const now = this.#now;
    const room = findRoom({
      account: index,
      candidates,
      quota: this.#watch,
      leftAt: (other) => this.#accounts[other - 1]!.leftAt,
      now,
      model,
    });
    const picked = this.#accounts[index - 1]!;
    if (!room) return this.#use(picked);
    const next = selectAccount(
      candidates.map((it) =>
        room.to.has(it.index) ? it : { ...it, obstacle: "no room" }
      ),
      { strategy: "round-robin", active: index, mayStay: false },
    );
    if (!next) return this.#use(picked);
    const to = this.#accounts[next.index - 1]!;
    if (now - to.leftAt < FLAP_MS) this.#score.flaps++;
    picked.leftAt = now;
    return this.#use(to);
  }

  #use(it: RotatingAccount): RotatingAccount {
    if (it !== this.#active) this.#score.switches++;
    return this.#active = it;
  }

  #noteExhausted(request: SimulatedRequest): void {
    this.#score.exhausted++;
    const least = this.#watch.threshold - HYSTERESIS;
    let isReady = false;
    for (const it of this.#accounts) {
      if (!it.service.hasRoom(request, least)) it.roomSince = undefined;
      else it.roomSince ??= this.#now;
      isReady ||= this.#now - (it.roomSince ?? Infinity) >= MINUTE_MS;
    }
    if (isReady) this.#score.clientRefusals++;
  }

  /** Sends the request; returns whether it was served. */
  async #serve(
    it: RotatingAccount,
    request: SimulatedRequest,
  ): Promise<boolean> {
    const { account } = it;
    const { model } = request;
    const full = it.service.serve(request);
    it.roomSince = undefined;
    if (!full) {
      this.#sink.count(this.#history.served(account, request));
      return true;
    }
    this.#score.refused++;
    const retryAt = this.#scenario.resets
      ? full.resetsAt(request.at)
      : undefined;
    this.#history.refused(account, request, retryAt);
    this.#noteRefusal(it, full);
    await this.#read();
    const verdict: Pick<Verdict, "kind" | "model" | "retryAt"> = {
      kind: "quota",
      model,
      ...(retryAt === undefined ? {} : { retryAt }),
    };
    const facts = { ...verdict, ...this.#watch.whatIsFull(account, model) };
    const previous = it.cooldowns.find((own) => own.model === facts.model);
    const cooldown = cooldownAfter(facts, previous, {
      now: this.#now,
      random: 0, // no other caller waits for the same time
    });
    it.cooldowns = withCooldown(it.cooldowns, cooldown);
    return false;
  }

  #noteRefusal(
    it: RotatingAccount,
    { start: begin, window }: WindowCounter,
  ): void {
    const { lengthMs, name, kind, model, unit } = window;
    const id = `${name} ${unit} ${model ?? ""}`;
    const last = it.slid.get(id) ?? -Infinity;
    // A sliding window is a new one when its length has passed.
    const start = kind !== "sliding"
      ? begin
      : this.#now - last < lengthMs
      ? last
      : this.#now;
    it.slid.set(id, start);
    const place = (start - this.#scenario.start) / lengthMs;
    // The first window of a clock may have begun before the scenario.
    const isOfClock = kind === "fixed" || kind === "calendar";
    const number = isOfClock ? Math.ceil(place) : Math.floor(place);
    const key = `${id} ${number}`;
    it.refusals.set(key, (it.refusals.get(key) ?? 0) + 1);
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
        Math.ceil(days * 86_400_000 / lengthMs) - FIRST_COUNTED_WINDOW + 1,
        0,
      ), 0) * this.#accounts.length;
    return {
      ...this.#score,
      mostRefusalsInWindow: Math.max(0, ...late),
      windowsRefused: all === 0 ? 0 : late.length / all,
    };
  }
}
