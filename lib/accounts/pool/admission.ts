/**
 * Lets the requests or the run of one party go when their account has room for
 * them, over all processes: see `lib/ledger/traffic.ts`.
 *
 * An account that has answered lately, and that has no limit, costs no access to
 * the file: its requests go at once, and the file gets their number a moment
 * later. Nothing is held while a request is made.
 *
 * @module
 */

import type { Layout } from "../../disk/layout.ts";
import { settleTraffic } from "../../ledger/settle_traffic.ts";
import {
  type Circumstances,
  HEARTBEAT_MS,
  type Traffic,
  waitsForSign,
} from "../../ledger/traffic.ts";
import { TrafficFile } from "../../ledger/traffic_file.ts";
import { runtime } from "../../system/mod.ts";
import type { System } from "../../system/system.ts";
import { OwnTraffic } from "./own_traffic.ts";
import {
  type Denial,
  type EnterOptions,
  type Pass,
  WaitingRequests,
} from "./waiting_requests.ts";

/** How requests are admitted. */
export interface AdmissionOptions {
  /** The most requests to an account at a time; 0: no limit. @default 0 */
  maxInFlight?: number | undefined;
  /** The clock. */
  system: Pick<System, "now" | "elapsed" | "sleep">;
}

/** How often to look whether others have changed the file. */
const POLL_MS = 50;

/**
 * At which place in the queue a request looks half as often as the first ones:
 * each look reads the whole queue, so all looks of a hundred would fill a
 * processor.
 */
const FRONT = 8;

/** How often to judge the file anew: time passes, and processes end. */
const JUDGE_MS = 250;

/** How long the number of requests may differ from that in the file. */
const PUBLISH_MS = 500;

/** The requests of one party. Dispose of it when none is under way. */
export class Admission implements AsyncDisposable {
  readonly #system: AdmissionOptions["system"];
  readonly #file: TrafficFile;
  readonly #own: OwnTraffic;
  readonly #waiting: WaitingRequests;
  #areCountsDue = false;
  #isDue = false;
  #isWorking = false;
  #work: Promise<void> = Promise.resolve();
  #later: Promise<void> | undefined;
  #pause: AbortController | undefined;
  readonly #end = new AbortController();
  #mark = "";
  /** Shared by requests that ask at once. */
  #reading: Promise<void> | undefined;
  #judgedAt = -Infinity;
  /** How many tickets were before the first one of this party. */
  #before = 0;

  /** Reads and writes nothing yet. */
  constructor(layout: Layout, { maxInFlight, system }: AdmissionOptions) {
    this.#system = system;
    this.#waiting = new WaitingRequests(system);
    this.#file = new TrafficFile(layout, system);
    this.#own = new OwnTraffic({ maxInFlight, now: () => this.#now });
  }

  /** Whether an account takes a limited number of requests at a time. */
  async hasLimit(index: number): Promise<boolean> {
    if (this.#mark === "") {
      this.#reading ??= this.#learnFromOthers();
      await this.#reading;
    }
    return this.#own.hasLimit(index);
  }

  /** Learns what others have found out before the first request of this party. */
  async #learnFromOthers(): Promise<void> {
    try {
      const traffic = await this.#file.read();
      if (this.#mark === "") this.#own.learn(traffic);
    } finally {
      this.#reading = undefined;
    }
  }

  /**
   * Waits until a request may go.
   *
   * @throws The reason of the signal.
   */
  async enter(options: EnterOptions): Promise<Pass | Denial> {
    options.signal?.throwIfAborted();
    const [first] = options.accounts;
    if (first !== undefined && this.#own.isFree(first)) {
      return this.#begin(first);
    }
    const entered = this.#waiting.add(options, () => this.#kick());
    this.#kick();
    return await entered;
  }

  /** Makes all requests that wait look again. */
  wake(): void {
    if (this.#waiting.size === 0) return;
    this.#waiting.settleAll("look again");
    this.#kick();
  }

  /** Removes what the file says of this party. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    this.#own.clear();
    this.wake();
    this.#publish();
    await this.#work;
  }

  get #now(): number {
    return Math.floor(this.#system.now());
  }

  #begin(account: number): Pass {
    this.#count(account, 1);
    let isOver = false;
    return {
      account,
      tell: (kind) => {
        if (this.#own.note({ account, kind })) this.#kick();
      },
      [Symbol.dispose]: () => {
        if (isOver || this.#end.signal.aborted) return;
        isOver = true;
        this.#count(account, -1);
      },
    };
  }

  #count(account: number, change: 1 | -1): void {
    this.#own.count(account, change);
    if (!this.#own.isFree(account)) {
      if (change < 0) this.#publish(); // others may wait for the place
      return;
    }
    this.#later ??= this.#system.sleep(PUBLISH_MS, this.#end.signal)
      .then(() => {
        this.#later = undefined;
        this.#publish();
      }, () => {});
  }

  #publish(): void {
    if (!this.#own.haveCountsChanged) return;
    this.#areCountsDue = true;
    this.#kick();
  }

  #kick(): void {
    this.#isDue = true;
    this.#pause?.abort();
    if (this.#isWorking) return;
    this.#isWorking = true;
    this.#work = this.#run();
  }

  async #run(): Promise<void> {
    while (this.#isDue || this.#waiting.size > 0) {
      const isDue = this.#isDue;
      this.#isDue = false;
      try {
        await this.#step(isDue);
      } catch (error) {
        this.#waiting.failAll(error);
      }
      if (this.#isDue || this.#waiting.size === 0) continue;
      const pause = this.#pause = new AbortController();
      const pauseMs = Math.min(POLL_MS * (1 + this.#before / FRONT), JUDGE_MS);
      await this.#system.sleep(pauseMs, pause.signal).catch(() => {});
    }
    this.#isWorking = false;
  }

  async #step(isDue: boolean): Promise<void> {
    const mark = await this.#file.mark();
    const now = this.#system.elapsed();
    const isNew = isDue || this.#waiting.dropLate();
    if (!isNew && mark === this.#mark && now - this.#judgedAt < JUDGE_MS) {
      return;
    }
    this.#mark = mark;
    this.#judgedAt = now;
    const hasNews = this.#own.hasSigns ||
      this.#areCountsDue && this.#own.haveCountsChanged;
    if (!hasNews) {
      const traffic = await this.#file.read();
      this.#own.learn(traffic);
      this.#admitFree();
      if (!this.#mustSpeak(traffic)) return;
    }
    await this.#speak();
    // Some of those have got into the queue.
    if (this.#admitFree()) this.#isDue = true;
  }

  /**
   * Admits those whose account is open and has no limit; returns whether there
   * were any.
   */
  #admitFree(): boolean {
    const before = this.#waiting.size;
    for (const { id, accounts: [first] } of this.#waiting.tickets) {
      if (first === undefined || !this.#own.isFree(first)) continue;
      this.#waiting.settle(id, this.#begin(first));
    }
    return this.#waiting.size < before;
  }

  /** Whether the file must change because of this party. */
  #mustSpeak(traffic: Traffic): boolean {
    const isOwn = (it: { party: string }) => it.party === this.#own.id;
    const queued = traffic.queue.filter(isOwn);
    this.#before = Math.max(traffic.queue.findIndex(isOwn), 0);
    if (queued.length !== this.#waiting.size) return true;
    const isSilent = (it: { seenAt: number }) =>
      this.#now - it.seenAt >= HEARTBEAT_MS / 2;
    if (queued.some(isSilent)) return true;
    const now = this.#circumstances();
    if (queued.every((it) => waitsForSign(traffic, it, now))) return false;
    const report = this.#own.report(this.#waiting.tickets);
    const { admitted, outdated } = settleTraffic(traffic, report, now);
    return admitted.length + outdated.length > 0;
  }

  #circumstances(): Circumstances {
    return {
      now: this.#now,
      mayBeRunning: (process) => runtime.host.mayBeRunning(process),
      slowness: runtime.host.slowness(),
    };
  }

  async #speak(): Promise<void> {
    this.#areCountsDue = false;
    const said = await this.#file.change((traffic) => {
      const report = this.#own.report(this.#waiting.tickets);
      const settled = settleTraffic(traffic, report, this.#circumstances());
      return { traffic: settled.traffic, result: { report, ...settled } };
    });
    const { admitted, outdated, report, traffic } = said;
    this.#own.said(report, admitted);
    for (const { id, account } of admitted) {
      if (this.#waiting.has(id)) this.#waiting.settle(id, this.#begin(account));
      // Its client has left meanwhile: say that it is not under way.
      else this.#isDue = this.#areCountsDue = true;
    }
    for (const id of outdated) this.#waiting.settle(id, "look again");
    this.#own.learn(traffic);
    this.#mark = await this.#file.mark();
  }
}
