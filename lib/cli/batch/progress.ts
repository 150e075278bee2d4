import { shortName } from "../../account_name.ts";
import { type Notify, realSystem } from "../../system/system.ts";
import { formatReadiness } from "../screen/standing_text.ts";
import { formatSpan } from "../screen/time.ts";
import type { Labels } from "../screen/run_status.ts";
import {
  canShowStatus,
  keepDrawing,
  showStatusLine,
} from "../screen/status_line.ts";
import type { Readiness } from "../../readiness.ts";
import { printable } from "../screen/streams.ts";
import type { BatchResult, Status } from "./result.ts";

/** The shortest time between two lines elsewhere, such as in the log of CI. */
const SPARSE_MS = 60_000;

/** How many prompts have ended, and how. */
export type Counts = Record<Status, number>;

/** What the progress depends on. */
interface ProgressOptions {
  total: number;
  /** The results that an earlier batch has left. */
  earlier: Counts;
  labels: Labels;
  notify: Notify;
  isQuiet: boolean;
}

/**
 * Shows how far a batch is: in one line on a terminal, and elsewhere in a line
 * from time to time.
 */
export class BatchProgress implements AsyncDisposable {
  /** How many prompts have ended, in this batch and before. */
  readonly counts: Counts;
  readonly #options: ProgressOptions;
  readonly #startedAt = realSystem.elapsed();
  readonly #answersOf = new Map<number, number>();
  readonly #drawing: AsyncDisposable | undefined;
  #ended = 0;
  #toldAt = realSystem.elapsed();
  #awaited: Readiness | undefined;
  #told: number | undefined;

  /** Begins to show the progress. */
  constructor(options: ProgressOptions) {
    this.#options = options;
    this.counts = { ...options.earlier };
    if (!options.isQuiet) this.#drawing = keepDrawing(() => this.#show());
  }

  /** Counts a result. */
  count({ account, status }: BatchResult): void {
    this.counts[status]++;
    this.#ended++;
    if (account === null || status !== "ok") return;
    this.#answersOf.set(account, (this.#answersOf.get(account) ?? 0) + 1);
  }

  /** Shows which account the batch waits for. */
  readonly onWait = (account: Readiness | undefined): void => {
    this.#awaited = account;
    const { isQuiet, notify } = this.#options;
    if (!account || isQuiet || canShowStatus()) return;
    if (this.#told === account.readyAt) return; // each job waits for it
    this.#told = account.readyAt;
    notify(`waiting: ${formatReadiness([account], Date.now())[0]}`);
  };

  /** Describes what was done, in one line. */
  summary(): string {
    const { total } = this.#options;
    const { ok, failed } = this.counts;
    const time = formatSpan(realSystem.elapsed() - this.#startedAt);
    const rest = total - ok - failed;
    const parts = [
      `${ok} of ${total} prompts answered`,
      ...(failed > 0 ? [`${failed} failed`] : []),
      ...(rest > 0 ? [`${rest} left`] : []),
      ...this.#shares(),
    ];
    return `${parts.join(", ")}, in ${time}`;
  }

  /** Removes the line. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#drawing?.[Symbol.asyncDispose]();
  }

  async #show(): Promise<void> {
    if (canShowStatus()) return await showStatusLine(this.#line());
    const now = realSystem.elapsed();
    if (now - this.#toldAt < SPARSE_MS) return;
    this.#toldAt = now;
    this.#options.notify(this.#line());
  }

  /** The shares come last, since a narrow terminal cuts them off. */
  #line(): string {
    const { total } = this.#options;
    const { ok, failed, out } = this.counts;
    const left = total - ok - failed - out;
    const perMs = this.#ended / (realSystem.elapsed() - this.#startedAt);
    return [
      `${ok} of ${total} answered`,
      `${failed} failed`,
      `${left} waiting`,
      ...(this.#ended > 0
        ? [rateOf(perMs), `ETA ${formatSpan(left / perMs)}`]
        : []),
      ...(this.#awaited
        ? [`waiting for ${formatReadiness([this.#awaited], Date.now())[0]}`]
        : []),
      ...this.#shares(),
    ].join(", ");
  }

  /** Returns the share of each account in the answers, such as "by work 40%". */
  #shares(): string[] {
    const { labels } = this.#options;
    const all = [...this.#answersOf].sort(([a], [b]) => a - b);
    const sum = all.reduce((total, [, it]) => total + it, 0);
    return all.map(([index, count], place) => {
      const name = shortName({ index, label: labels.get(index) });
      const share = `${Math.round(100 * count / sum)}%`;
      return `${place === 0 ? "by " : ""}${printable(name)} ${share}`;
    });
  }
}

function rateOf(perMs: number): string {
  const perSecond = 1_000 * perMs;
  return perSecond >= 1
    ? `${perSecond.toFixed(1)}/s`
    : `${(60 * perSecond).toFixed(1)}/min`;
}
