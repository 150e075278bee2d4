import { type ApiError, parseErrorText } from "../verdict/api_error.ts";
import { classifyError, type Verdict } from "../verdict/classify.ts";
import type { Service } from "../verdict/service.ts";
import type { EndReason } from "../process/end_requests.ts";
import type { System } from "../system.ts";
import type { SessionLog } from "./session_log.ts";
import { lineSensor } from "./line_sensor.ts";

/** When to end a run before its time. */
export interface EarlyEndOptions {
  /** What the CLI prints when it waits for a login that nobody sees. */
  deadLoginText: string;
  /** The log of the session. */
  log: SessionLog;
  /**
   * Whether a run that came to `verdict` is to go on no longer. It has tried in
   * vain for `triedMs`, or will have when it tries the next time.
   */
  isOver: (verdict: Verdict, triedMs: number) => boolean;
  /**
   * Settles when the CLI is not refreshing its login: who ends it between the
   * request and the write loses the login.
   */
  refreshed: () => Promise<void>;
  /** The service of the account. @default unknown */
  service?: Service | undefined;
  /** What says "out of quota" in an error. */
  quotaPatterns: readonly string[] | undefined;
  /** The clock. */
  system: Pick<System, "now" | "elapsed" | "sleep">;
}

/** What 0.24.4 says before it waits. */
const RETRYING = /^Retrying in (\d{1,6})s \(attempt (\d+)\//;

/** How often to look into the session log. */
const POLL_MS = 50;

/**
 * The device flow and the long pauses of the CLI ignore SIGTERM (0.12.0), and
 * the next account is waiting.
 */
const KILL_DELAY: EndReason = { killDelayMs: 100 };

/**
 * Watches a run while it goes on, and ends it as soon as it is known that
 * nothing will come of it. Dispose of it when the run has ended.
 */
export class EarlyEnd implements Disposable {
  /** Sees the run's stderr as it comes. */
  readonly onStderr: (chunk: Uint8Array) => void;
  readonly #options: EarlyEndOptions;
  readonly #run = new AbortController();
  readonly #watch = new AbortController();
  #isOver = false;
  /** The first error in the log since the last answer, and when it came. */
  #logged: { first: ApiError; at: number } | undefined;
  /** When the CLI first said that it waits. */
  #saidAt: number | undefined;

  /** Creates a watch that has not begun. */
  constructor(options: EarlyEndOptions) {
    this.#options = options;
    this.onStderr = lineSensor((line) => {
      if (line.includes(options.deadLoginText)) this.#isOver = true;
      if (line.startsWith("Retrying in ")) this.#judgeLine(line);
    });
  }

  /** Aborts when the run is to end. */
  get signal(): AbortSignal {
    return this.#run.signal;
  }

  /** Looks into the session log again and again, until disposed of. */
  async watch(): Promise<void> {
    const { log, refreshed, system } = this.#options;
    while (!this.#watch.signal.aborted) {
      await log.read();
      this.#judgeLog();
      if (this.#isOver) {
        await refreshed();
        this.#run.abort(KILL_DELAY);
        return;
      }
      await system.sleep(POLL_MS, this.#watch.signal).catch(() => {});
    }
  }

  /** Ends the watch. */
  [Symbol.dispose](): void {
    this.#watch.abort();
  }

  #judgeLog(): void {
    const { log: { errors }, system } = this.#options;
    const [first] = errors;
    const last = errors.at(-1);
    if (!first || !last) return;
    if (this.#logged?.first !== first) {
      this.#logged = { first, at: system.elapsed() };
    }
    this.#judge(last, system.elapsed() - this.#logged.at);
  }

  /** That an answer has come in between shows in the attempts alone. */
  #judgeLine(line: string): void {
    const now = this.#options.system.elapsed();
    const [, seconds = "0", attempt] = RETRYING.exec(line) ?? [];
    if (this.#saidAt === undefined || attempt === "1") this.#saidAt = now;
    const triedMs = now + Number(seconds) * 1_000 - this.#saidAt;
    this.#judge(parseErrorText(line, "stderr"), triedMs);
  }

  #judge(error: ApiError, triedMs: number): void {
    const { isOver, service, quotaPatterns, system } = this.#options;
    const now = system.now();
    const verdict = classifyError(error, { now, service, quotaPatterns });
    if (verdict && isOver(verdict, triedMs)) this.#isOver = true;
  }
}
