import type { LoggedUsage, LoggedWindow } from "../agents/session_format.ts";
import type { UsageSink } from "../quota/types.ts";
import type { System } from "../system/system.ts";
import {
  classifyError,
  type ClassifyOptions,
  type Verdict,
} from "../verdict/classify.ts";
import { KIND, policyOf } from "../verdict/policy.ts";

/** Whose requests are counted, and where. */
interface OwnCountOptions
  extends Pick<ClassifyOptions, "host" | "quotaPatterns" | "service"> {
  account: number;
  /** The model that the run asks for. @default unknown */
  model?: string | undefined;
  /** Records what is counted. */
  sink: UsageSink;
  system: Pick<System, "now">;
}

/** How far a time in a log may be off, milliseconds. */
const MOST_OFF_MS = 60_000;

/**
 * Counts what an agent itself has written about its requests, for a run whose
 * requests do not pass the gateway.
 */
export class OwnCount {
  /** When the run started, epoch milliseconds. */
  readonly startedAt: number;
  readonly #options: OwnCountOptions;
  #hasRequests = false;
  #errors = 0;

  /** Begins with the requests of a run that starts now. */
  constructor(options: OwnCountOptions) {
    this.#options = options;
    this.startedAt = options.system.now();
  }

  /** Counts what a line of the session log says. */
  logged(usage: LoggedUsage): void {
    this.#hasRequests ||= (usage.requests ?? 0) > 0;
    this.#count(usage);
  }

  /** Counts what the output says, as far as the log did not. */
  printed(all: readonly LoggedUsage[]): void {
    const hasLog = this.#hasRequests;
    for (const { windows, ...usage } of all) {
      this.#count(hasLog ? { windows } : { windows, ...usage });
    }
  }

  /** Counts how the run has ended. */
  ended({ kind, retryAt }: Pick<Verdict, "kind" | "retryAt">): void {
    const { account, model = "", sink, system } = this.#options;
    const { blames, limit } = policyOf({ kind });
    const at = system.now();
    if (limit) sink.refuse({ account, model, at, kind, resetsAt: retryAt });
    const isFailure = kind !== KIND.ok && blames !== "time limit";
    if (!isFailure || this.#errors > 0) return;
    sink.count({ account, model, errors: { [kind]: 1 } });
  }

  #count({ at, model, requests, tokens, error, windows = [] }: LoggedUsage) {
    const { account, sink, system, ...options } = this.#options;
    const now = system.now();
    const isPlausible = at !== undefined && at <= now + MOST_OFF_MS &&
      at >= this.startedAt - MOST_OFF_MS;
    const when = isPlausible ? at : now;
    for (const it of windows) sink.read(this.#readingOf(it, when));
    if (!requests) return;
    const kind = error &&
      (classifyError(error, { ...options, now })?.kind ?? KIND.failed);
    if (kind) this.#errors++;
    sink.count({
      account,
      model: model || options.model,
      at: when,
      requests,
      inputTokens: tokens?.input,
      outputTokens: tokens?.output,
      cachedTokens: tokens?.cached,
      reasoningTokens: tokens?.reasoning,
      errors: kind && { [kind]: 1 },
    });
  }

  #readingOf(
    { window, model, usedPercent, resetsAt }: LoggedWindow,
    observedAt: number,
  ): Parameters<UsageSink["read"]>[0] {
    return {
      account: this.#options.account,
      model,
      window,
      unit: "percent",
      limit: 100,
      used: usedPercent,
      resetsAt,
      observedAt,
      source: "agent",
    };
  }
}
