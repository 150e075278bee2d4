import type { ReplayableInput } from "../process/replay.ts";
import { runProcess, type RunResult } from "../process/run.ts";
import type { Spool } from "../process/spool.ts";
import type { Provider } from "../providers/provider.ts";
import { classify, type Verdict } from "../quota/classify.ts";
import { RUN_VARIABLE, runtime } from "../runtime/mod.ts";
import type { System } from "../system.ts";
import { textSensor } from "./text_sensor.ts";

/** What one attempt needs; the same for all attempts of a call. */
export interface AttemptOptions {
  /** The CLI. */
  provider: Provider;
  /** The program to start. */
  bin: string;
  /** The CLI's arguments. */
  args: readonly string[];
  /** The folder of the accounts. */
  dir: string;
  /** The id that marks the processes of the run. */
  runId: string;
  /** What the CLI reads. */
  input: ReplayableInput | undefined;
  /** How long it may take, milliseconds. */
  timeoutMs: number | undefined;
  /** What says "out of quota" in an error. */
  quotaPatterns: readonly string[] | undefined;
  /** Whether our signals go to the CLI. */
  forwardSignals: boolean;
  /** The clock, and how to start it. */
  system: System;
}

/** One run of the CLI under one account. */
export interface Attempt {
  /** How it ran, and what it wrote. */
  run: RunResult;
  /** What it came to. */
  verdict: Verdict;
}

/** The device flow ignores SIGTERM (0.12.0, 0.24.4), so little is gained by it. */
const DEAD_LOGIN_KILL_DELAY_MS = 200;

/**
 * Runs the CLI once and decides what that came to. A CLI that waits for a
 * login is ended.
 *
 * @throws {ProgramNotFoundError} If there is no such program.
 */
export async function runAttempt(options: AttemptOptions): Promise<Attempt> {
  const { provider, system } = options;
  const deadLogin = new AbortController();
  const run = await runProcess(options.bin, {
    args: options.args,
    env: runEnvironment(provider, { ...options, interactive: false }),
    stdin: options.input?.open(),
    timeoutMs: options.timeoutMs,
    onStderr: textSensor(provider.deadLoginText, () => {
      deadLogin.abort({ killDelayMs: DEAD_LOGIN_KILL_DELAY_MS });
    }),
    endSignal: deadLogin.signal,
    forwardSignals: options.forwardSignals,
    system,
  });
  const verdict = classify({
    exitCode: run.exitCode,
    timedOut: run.timedOut,
    stdout: await bothEnds(run.stdout),
    stderr: await bothEnds(run.stderr),
  }, { quotaPatterns: options.quotaPatterns });
  return { run, verdict };
}

/** Enough for every form of error that the CLI has, bytes. */
const HEAD = 4 * 1024;
const TAIL = 4 * 1024 * 1024;

/** The text of a spool, of a long one the beginning and the end. */
async function bothEnds(spool: Spool): Promise<string> {
  const decoder = new TextDecoder();
  if (spool.size <= HEAD + TAIL) {
    return decoder.decode(await spool.head(HEAD + TAIL));
  }
  const head = decoder.decode(await spool.head(HEAD));
  return `${head}\n${decoder.decode(await spool.tail(TAIL))}`;
}

/** The environment for a run of the CLI under the account of the link. */
export function runEnvironment(
  provider: Provider,
  { dir, runId, interactive }: {
    dir: string;
    runId: string;
    interactive: boolean;
  },
): Record<string, string> {
  const { host } = runtime;
  const env = host.environment();
  const outer = env[RUN_VARIABLE];
  const marker = outer ? `${outer}:${runId}` : runId;
  return {
    ...provider.environment({
      env,
      dir,
      totalMemory: host.totalMemory(),
      interactive,
    }),
    [RUN_VARIABLE]: marker,
  };
}
