import { realSystem, type System } from "../system.ts";
import { EndRequests, requestWhenTriggered } from "./end_requests.ts";
import { InputPump } from "./input.ts";
import { OutputPump, type Sensor } from "./output.ts";
import { RUN_VARIABLE } from "./run_variables.ts";
import { forwardSignals, type Interrupt } from "./signals.ts";
import { Spool } from "./spool.ts";
import { startProgram } from "./start.ts";
import { supervise } from "./supervise.ts";

/** What to run a program with, and for how long. */
export interface RunOptions {
  /** The arguments after the program's name. */
  args: readonly string[];
  /** The program's whole environment; `ACCOUNT_QWEN_RUN` is added. */
  env: Readonly<Record<string, string>>;
  /** The working folder. @default ours */
  cwd?: string | undefined;
  /** What the program reads; canceled when it ends. @default nothing */
  stdin?: ReadableStream<Uint8Array> | undefined;
  /**
   * End the program after this time. Time in which Ctrl-Z has stopped it does not
   * count.
   *
   * @default never
   */
  timeoutMs?: number | undefined;
  /**
   * Milliseconds from SIGTERM to SIGKILL when the time is over or the caller
   * asks. `qwen` needs 30 to 500 ms, in all versions from 0.1.4 to 0.24.4.
   *
   * @default 2_000
   */
  killDelayMs?: number | undefined;
  /**
   * Milliseconds from a forwarded SIGINT, SIGTERM, SIGHUP or SIGQUIT to
   * SIGKILL. It is long because somebody is there who can ask again, and a
   * program may save its work; it is what `docker stop` waits.
   *
   * @default 10_000
   */
  interruptDelayMs?: number | undefined;
  /** Bytes of each output to keep in memory at most. @default 1_048_576 */
  memoryLimit?: number | undefined;
  /** Sees stderr as it comes; what it throws ends the run. */
  onStderr?: Sensor | undefined;
  /**
   * Ends the run early: SIGTERM, then SIGKILL after `killDelayMs`, or as the
   * `EndReason` says that it was aborted with.
   */
  endSignal?: AbortSignal | undefined;
  /** Whether the program gets the signals that we get. @default false */
  forwardSignals?: boolean | undefined;
  /** The clock, chance, and what starts programs. @default realSystem */
  system?: Pick<System, "now" | "elapsed" | "sleep" | "randomBytes" | "spawn">;
}

/** How a program ran; disposing of it lets go of the output. */
export interface RunResult extends Disposable {
  /** The exit code; 128 + n where signal n ended the program. */
  readonly exitCode: number;
  /** The signal that ended it, if one did. */
  readonly signal?: string | undefined;
  /** Whether it was ended because its time was over. */
  readonly timedOut: boolean;
  /** Whether it was ended because `endSignal` aborted. */
  readonly endedEarly: boolean;
  /** The signal that we got and forwarded, the first if several. */
  readonly interruptedBy?: Interrupt | undefined;
  /** From its start to its end. */
  readonly durationMs: number;
  /** What it wrote to stdout. */
  readonly stdout: Spool;
  /** What it wrote to stderr. */
  readonly stderr: Spool;
}

/**
 * Runs `program` to its end, in a process group of its own, and keeps what it
 * writes. That it ran is a value, whatever its exit code.
 *
 * A program that ends by itself may leave processes in the background. One
 * that we end takes all of them with it: its group and, on Linux, what has
 * left the group; so does a failure of our own, before it is thrown.
 *
 * @throws {ProgramNotFoundError} If there is no such program.
 * @throws {Error} If it cannot be started or ended, `stdin` or `onStderr`
 * fails, or the output cannot be kept.
 */
export async function runProcess(
  program: string,
  options: RunOptions,
): Promise<RunResult> {
  const { system = realSystem, endSignal, stdin } = options;
  const { killDelayMs = 2_000, interruptDelayMs = 10_000 } = options;
  using owned = new DisposableStack();
  const stdout = owned.use(new Spool(options));
  const stderr = owned.use(new Spool(options));
  const keep = () => {
    const spools = owned.move();
    return { stdout, stderr, [Symbol.dispose]: () => spools.dispose() };
  };
  if (endSignal?.aborted) return { ...NOT_STARTED, ...keep() };
  if (stdin?.locked) throw new TypeError("Cannot read stdin: it is locked");

  const requests = new EndRequests(system);
  using signals = options.forwardSignals
    ? forwardSignals(requests, { interruptDelayMs, system })
    : undefined;

  const startedAt = system.elapsed();
  const runId = system.randomBytes(8).toHex();
  const child = await startProgram(program, {
    args: options.args,
    env: { ...options.env, [RUN_VARIABLE]: markerOf(options.env, runId) },
    cwd: options.cwd,
    input: stdin ? "pipe" : "null",
    system,
  });
  const group = { id: child.pid, runId };
  signals?.forwardTo(group);
  using _triggers = requestWhenTriggered(requests, {
    timeoutMs: options.timeoutMs,
    stoppedMs: () => signals?.stoppedMs ?? 0,
    endSignal,
    killDelayMs,
    system,
  });
  const end = await supervise({
    child,
    group,
    outputs: [
      new OutputPump(child.stdout, stdout),
      new OutputPump(child.stderr, stderr, options.onStderr),
    ],
    input: stdin && child.stdin ? new InputPump(stdin, child.stdin) : undefined,
    requests,
  }, { killDelayMs, system });

  return {
    exitCode: end.code,
    signal: end.signal,
    timedOut: end.request?.cause === "timeout",
    endedEarly: end.request?.cause === "caller",
    interruptedBy: signals?.interruptedBy,
    durationMs: end.endedAt - startedAt,
    ...keep(),
  };
}

/** An `endSignal` that has aborted before ends a program before its start. */
const NOT_STARTED = {
  exitCode: 143,
  signal: "SIGTERM",
  timedOut: false,
  endedEarly: true,
  durationMs: 0,
};

/** A run inside another one is part of both. */
function markerOf(env: RunOptions["env"], runId: string): string {
  const outer = env[RUN_VARIABLE];
  return outer ? `${outer}:${runId}` : runId;
}
