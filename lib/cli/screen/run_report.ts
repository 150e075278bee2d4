import type { Readiness } from "../../readiness.ts";
import type { Wait } from "../../gateway/forward.ts";
import { messageOf } from "../../system/message_of.ts";
import { realSystem } from "../../system/system.ts";
import { NO_ACCOUNT } from "../../run/next_step.ts";
import { formatJson, formatJsonLine } from "./json.ts";
import type { Labels, RunListener } from "./run_status.ts";
import { say } from "./report.ts";
import { parsePlace, writeTo } from "./report_place.ts";
import { isoTime } from "./time.ts";
import type { RotatedRun } from "../../run/call_options.ts";

/** A wait of a run. */
interface ReportedWait {
  account: number;
  reason: "not-ready" | "pause";
  startedAt: number;
  durationMs: number;
}

/** How the command ended, and the message of the error if there was one. */
export interface RunEnd {
  exitCode: number;
  error?: string;
}

type Described = Omit<RotatedRun, "run">;

/** Collects what `exec --report` writes. */
export class RunReport implements RunListener {
  readonly #place: number | string;
  readonly #labels: () => Promise<Labels>;
  readonly #startedAt = realSystem.now();
  readonly #started = realSystem.elapsed();
  readonly #accounts: number[] = [];
  readonly #waits: ReportedWait[] = [];
  #waitBegan: number | undefined;
  #rotated: Described | undefined;

  /**
   * Creates a report for `place`: a file, or a descriptor such as `fd:3`.
   *
   * @throws {UsageError} If it is not a valid place for a report.
   */
  constructor(place: string, labels: () => Promise<Labels>) {
    this.#place = parsePlace(place);
    this.#labels = labels;
  }

  /** Notes that requests go to `account` from now on. */
  readonly onAccount = (account: number): void => {
    if (this.#accounts.at(-1) !== account) this.#accounts.push(account);
  };

  /** Notes a short wait, as it is planned. */
  readonly onPause = ({ account, ms }: Wait): void => {
    this.#waits.push({
      account,
      reason: "pause",
      startedAt: realSystem.now(),
      durationMs: Math.round(ms),
    });
  };

  /** Notes that the run waits until an account is ready, or continues. */
  readonly onWait = (account: Readiness | undefined): void => {
    const now = realSystem.elapsed();
    const wait = this.#waits.at(-1);
    if (wait && this.#waitBegan !== undefined) {
      wait.durationMs = Math.round(now - this.#waitBegan);
    } else if (account) {
      this.#waitBegan = now;
      this.#waits.push({
        account: account.index,
        reason: "not-ready",
        startedAt: realSystem.now(),
        durationMs: 0,
      });
    }
    if (!account) this.#waitBegan = undefined;
  };

  /** Notes how the runs of the agent ended, which is not known for a session. */
  note(rotated: Described): void {
    this.#rotated = rotated;
  }

  /**
   * Writes the report. A failure is shown and does not change the exit code.
   */
  async write(end: RunEnd): Promise<void> {
    const report = this.#describe(end, await this.#labels());
    // What several runs append to one descriptor is then a file of JSON lines.
    const text = typeof this.#place === "number"
      ? formatJsonLine(report)
      : formatJson(report).join("\n");
    const bytes = new TextEncoder().encode(`${text}\n`);
    try {
      await writeTo(this.#place, bytes);
    } catch (error) {
      await say(`Cannot write the report: ${messageOf(error)}`);
    }
  }

  #describe({ exitCode, error }: RunEnd, labels: Labels) {
    const rotated = this.#rotated;
    const tried = rotated?.tried ??
      this.#accounts.map((account) => ({ account, verdict: undefined }));
    const accounts = tried.map(({ account, verdict }) => ({
      ...nameOf(account),
      verdict: verdict?.kind,
      evidence: verdict?.evidence || null,
      retry_at: isoTime(verdict?.retryAt),
    }));
    const waits = this.#waits.map((it) => ({
      ...nameOf(it.account),
      reason: it.reason,
      started_at: isoTime(it.startedAt),
      duration_ms: it.durationMs,
    }));
    return {
      started_at: isoTime(this.#startedAt),
      ended_at: isoTime(realSystem.now()),
      duration_ms: Math.round(realSystem.elapsed() - this.#started),
      exit_code: exitCode,
      verdict: rotated?.verdict.kind,
      error,
      runs: rotated?.runs,
      accounts,
      waits,
      tokens: rotated?.tokens,
    };

    function nameOf(account: number) {
      const index = account === NO_ACCOUNT ? null : account;
      return { index, label: labels.get(account) };
    }
  }
}
