import { nextPeriod, type Period } from "../../lib/verdict/service.ts";
import { type HiddenWindow, limitAt, type Scenario } from "./quota_scenario.ts";

/** A request that a client sends. */
export interface SimulatedRequest {
  /** When, milliseconds since the epoch. */
  at: number;
  model: string;
  tokens: number;
}

/** How full a window is. */
export interface WindowState {
  window: HiddenWindow;
  /** Its limit, in units. */
  limit: number;
  /** What is used of it, in units. */
  used: number;
  /** When it begins again; of a sliding window the time of its end is unknown. */
  resetsAt: number | undefined;
}

/** One account of the simulated service: it counts, and it refuses. */
export class ServiceAccount {
  readonly #counters: WindowCounter[];

  /** Creates an account with nothing used. */
  constructor({ windows, clock }: Scenario) {
    this.#counters = windows.map((it) => new WindowCounter(it, clock));
  }

  /**
   * Serves the request and returns `undefined`, or refuses it and returns the
   * window that is full. Tokens are counted after the answer: the last request
   * may exceed the limit.
   */
  serve(request: SimulatedRequest): WindowCounter | undefined {
    const counters = this.#counters.filter(({ window }) =>
      window.model === undefined || window.model === request.model
    );
    const full = counters.filter((it) => it.isFull(request.at));
    if (full.length > 0) {
      // The one that lasts longest is named.
      return full.sort((a, b) => b.window.lengthMs - a.window.lengthMs)[0];
    }
    for (const it of counters) {
      it.add(request.at, it.window.unit === "requests" ? 1 : request.tokens);
    }
    return undefined;
  }

  /** Whether all windows of the request are filled to less than `share`. */
  hasRoom({ at, model }: SimulatedRequest, share: number): boolean {
    return this.#counters.every((it) =>
      it.window.model !== undefined && it.window.model !== model ||
      it.usedAt(at) < share * limitAt(it.window, at)
    );
  }

  /** Returns the state of the windows that count the model. */
  statesFor(model: string, at: number): WindowState[] {
    return this.#counters.filter(({ window }) =>
      window.model === undefined || window.model === model
    ).map((it) => ({
      window: it.window,
      limit: limitAt(it.window, at),
      used: it.usedAt(at),
      resetsAt: it.resetsAt(at),
    }));
  }
}

/** Counts what is used of one window. */
export class WindowCounter {
  readonly window: HiddenWindow;
  readonly #clock: Scenario["clock"];
  #used = 0;
  #start = -Infinity;
  #end = -Infinity;
  /** What a sliding window holds, in the order of time. */
  #held: { at: number; amount: number }[] = [];
  #first = 0;

  /** Creates a counter for `window`. */
  constructor(window: HiddenWindow, clock: Scenario["clock"]) {
    this.window = window;
    this.#clock = clock;
  }

  /** When the present window began; `-Infinity` if it slides. */
  get start(): number {
    return this.#start;
  }

  /** Whether it refuses a request at `at`. */
  isFull(at: number): boolean {
    return this.usedAt(at) >= limitAt(this.window, at);
  }

  /** Returns what is used at `at`, which is not before the last call. */
  usedAt(at: number): number {
    const { kind, lengthMs } = this.window;
    if (kind === "sliding") {
      while (this.#held[this.#first]) {
        const { at: since, amount } = this.#held[this.#first]!;
        if (since > at - lengthMs) break;
        this.#used -= amount;
        this.#first++;
      }
      if (this.#first > 10_000) {
        this.#held = this.#held.slice(this.#first);
        this.#first = 0;
      }
      return this.#used;
    }
    if (at >= this.#end) {
      this.#used = 0;
      if (kind === "first-use") return 0;
      [this.#start, this.#end] = this.#spanAt(at);
    }
    return this.#used;
  }

  /** Counts `amount` at `at`. */
  add(at: number, amount: number): void {
    this.usedAt(at);
    const { kind, lengthMs } = this.window;
    if (kind === "sliding") this.#held.push({ at, amount });
    if (kind === "first-use" && at >= this.#end) {
      [this.#start, this.#end] = [at, at + lengthMs];
    }
    this.#used += amount;
  }

  /** Returns when a request is served again, as far as the service knows. */
  resetsAt(at: number): number | undefined {
    this.usedAt(at);
    if (this.window.kind !== "sliding") {
      return this.#end > at ? this.#end : undefined;
    }
    if (this.#used < limitAt(this.window, at)) return undefined;
    const oldest = this.#held[this.#first];
    return oldest && oldest.at + this.window.lengthMs;
  }

  #spanAt(at: number): [start: number, end: number] {
    const { kind, lengthMs, anchorMs, name } = this.window;
    if (kind !== "calendar") {
      const start = Math.floor((at - anchorMs) / lengthMs) * lengthMs +
        anchorMs;
      return [start, start + lengthMs];
    }
    const options = { clock: this.#clock, dayBeginsMs: 0 };
    const end = nextPeriod(name as Period, at, options) ?? Infinity;
    const before = nextPeriod(name as Period, end - 32 * 86_400_000, options);
    let start = before ?? -Infinity;
    while (start < end) {
      const next = nextPeriod(name as Period, start, options) ?? Infinity;
      if (next >= end) break;
      start = next;
    }
    return [start, end];
  }
}
