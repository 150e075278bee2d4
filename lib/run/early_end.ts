import type { OutputFormat, OutputSign } from "../agents/formats.ts";
import { LineReader } from "../agents/stdout.ts";
import type { ApiError } from "../verdict/api_error.ts";
import {
  classifyError,
  type ClassifyOptions,
  type Verdict,
} from "../verdict/classify.ts";
import type { EndReason } from "../process/process_group.ts";
import type { System } from "../system/system.ts";
import type { SessionLog } from "./session_log.ts";

/** When to end a run early. */
export interface EarlyEndOptions {
  /** What the agent's output means. */
  output: Pick<OutputFormat, "readEvent" | "readLine">;
  log: SessionLog;
  /**
   * Whether to end a run with `verdict`. It has tried in vain for `triedMs`, or
   * will have at its next retry.
   */
  isOver: (verdict: Verdict, triedMs: number) => boolean;
  /** Called with the id of the session, if the output names it. */
  onSession?: (id: string) => void;
  /** Whether to end the run for another reason. @default never */
  mustEnd?: () => boolean | undefined;
  /**
   * Resolves when the agent is not refreshing its login. Ending the agent
   * between the request and the write would lose the login.
   */
  refreshed: () => Promise<void>;
  /** Called once, when the log has an answer. @default not called */
  onAnswer?: (() => void) | undefined;
  /** What the verdict depends on besides the error. */
  classifying: ClassifyOptions;
  system: Pick<System, "now" | "elapsed" | "sleep">;
}

/** How often to read the session log. */
const POLL_MS = 50;

/**
 * A short delay before SIGKILL: an agent that waits may ignore SIGTERM, and the
 * next account is waiting.
 */
const KILL_DELAY: EndReason = { killDelayMs: 100 };

/**
 * Watches a run, and ends it as soon as it can no longer succeed. Dispose of it
 * when the run has ended.
 */
export class EarlyEnd implements Disposable {
  /** Processes a chunk of the run's stderr. */
  readonly onStderr: (chunk: Uint8Array) => void;
  /** The same for stdout; `undefined` if nothing there is of interest. */
  readonly onStdout: ((chunk: Uint8Array) => void) | undefined;
  readonly #options: EarlyEndOptions;
  readonly #run = new AbortController();
  readonly #watch = new AbortController();
  #isOver = false;
  #hasAnswered = false;
  /** The first error in the log since the last answer, and its time. */
  #logged: { first: ApiError; at: number } | undefined;
  /** When the agent first said that it waits, since the last answer. */
  #waitsSince: number | undefined;
  /** The answers in the log before that. */
  #answers = 0;

  /** Creates a watch that has not started. */
  constructor(options: EarlyEndOptions) {
    this.#options = options;
    const { output } = options;
    this.onStderr = lineSensor((line) => this.#take(output.readLine(line)));
    this.onStdout = output.readEvent &&
      lineSensor((line) => this.#take(output.readEvent?.(line)));
  }

  /** Aborts to end the run. */
  get signal(): AbortSignal {
    return this.#run.signal;
  }

  /** Reads the session log repeatedly, until disposed of. */
  async watch(): Promise<void> {
    const { log, refreshed, system } = this.#options;
    while (!this.#watch.signal.aborted) {
      await log.read();
      this.#judgeLog();
      this.#noteAnswer();
      if (this.#isOver || this.#options.mustEnd?.()) {
        await refreshed();
        this.#run.abort(KILL_DELAY);
        return;
      }
      await system.sleep(POLL_MS, this.#watch.signal).catch(() => {});
    }
  }

  /** Stops the watch. */
  [Symbol.dispose](): void {
    this.#watch.abort();
  }

  #noteAnswer(): void {
    if (this.#hasAnswered || !this.#options.log.hasAnswered) return;
    this.#hasAnswered = true;
    this.#options.onAnswer?.();
  }

  #take(sign: OutputSign | undefined): void {
    if (sign?.kind === "session") this.#options.onSession?.(sign.id);
    if (sign?.kind === "login") this.#isOver = true;
    if (sign?.kind === "retry") this.#judgeRetry(sign);
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

  /** The number of the retry, or the log, shows an answer in between. */
  #judgeRetry({ error, afterMs, retry }: OutputSign & { kind: "retry" }): void {
    const now = this.#options.system.elapsed();
    const { answers } = this.#options.log;
    if (retry === 1 || answers > this.#answers) this.#waitsSince = undefined;
    this.#answers = answers;
    this.#waitsSince ??= now;
    this.#judge(error, now + afterMs - this.#waitsSince);
  }

  #judge(error: ApiError, triedMs: number): void {
    const { isOver, classifying, system } = this.#options;
    const now = system.now();
    const verdict = classifyError(error, { ...classifying, now });
    if (verdict && isOver(verdict, triedMs)) this.#isOver = true;
  }
}

/** Longer lines are judged in parts; no message of the agent is this long. */
const LONGEST_LINE = 64 * 1024;

/** Returns an output sensor that calls `onLine` for each complete line. */
export function lineSensor(
  onLine: (line: string) => void,
): (chunk: Uint8Array) => void {
  const reader = new LineReader(LONGEST_LINE);
  return (chunk) => {
    for (const line of reader.push(chunk)) onLine(line);
  };
}
