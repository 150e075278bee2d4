import { realSystem, type System } from "../system/system.ts";
import {
  endGroup,
  type EndRequest,
  EndRequests,
  type ProcessGroup,
  requestWhenTriggered,
} from "./process_group.ts";
import { drain, InputPump, OutputPump, type Sensor } from "./streams.ts";
import { RUN_VARIABLE } from "./run_variables.ts";
import { forwardSignals, type Interrupt } from "./signals.ts";
import { Spool } from "./spool.ts";
import { startProgram } from "./start.ts";
import { type ChildProcess, type ProcessEnd, runtime } from "../system/mod.ts";

/** How to run a program. */
export interface RunOptions {
  /** The arguments after the program's name. */
  args: readonly string[];
  /** The whole environment; `ACCOUNT_QWEN_RUN` is added. */
  env: Readonly<Record<string, string>>;
  /** The working folder. @default that of this process */
  cwd?: string | undefined;
  /** The program's stdin; canceled when it ends. @default empty */
  stdin?: ReadableStream<Uint8Array> | undefined;
  /**
   * End the program after this time. Time while Ctrl-Z stops it does not count.
   *
   * @default never
   */
  timeoutMs?: number | undefined;
  /**
   * Milliseconds from SIGTERM to SIGKILL after a timeout or a request of the
   * caller. The agents that were measured need 30 to 500 ms.
   *
   * @default 2_000
   */
  killDelayMs?: number | undefined;
  /**
   * Milliseconds from a forwarded SIGINT, SIGTERM, SIGHUP or SIGQUIT to
   * SIGKILL. Long, because a user can repeat the signal and a program may need
   * to save its work. `docker stop` waits as long.
   *
   * @default 10_000
   */
  interruptDelayMs?: number | undefined;
  /** Bytes of each output to keep in memory. @default 1_048_576 */
  memoryLimit?: number | undefined;
  /** Sees stdout as it arrives; an exception ends the run. */
  onStdout?: Sensor | undefined;
  /** Sees stderr as it arrives; an exception ends the run. */
  onStderr?: Sensor | undefined;
  /**
   * Ends the run early: SIGTERM, then SIGKILL after `killDelayMs`, or after the
   * time in the `EndReason` that is the reason of the abort.
   */
  endSignal?: AbortSignal | undefined;
  /** Whether to forward the signals that we receive. @default false */
  forwardSignals?: boolean | undefined;
  /** @default realSystem */
  system?: Pick<System, "now" | "elapsed" | "sleep" | "randomBytes" | "spawn">;
}

/** How a program ran; disposing of it discards the output. */
export interface RunResult extends Disposable {
  /** The exit code; 128 + n if signal n ended it. */
  readonly exitCode: number;
  /** The signal that ended it, if one did. */
  readonly signal?: string | undefined;
  /** Whether it ended because of a timeout. */
  readonly timedOut: boolean;
  /** Whether it ended because `endSignal` aborted. */
  readonly endedEarly: boolean;
  /** The first signal that we received and forwarded. */
  readonly interruptedBy?: Interrupt | undefined;
  /** From its start to its end. */
  readonly durationMs: number;
  /** What it wrote to stdout. */
  readonly stdout: Spool;
  /** What it wrote to stderr. */
  readonly stderr: Spool;
}

/**
 * Runs `program` in its own process group until it ends, and stores its output.
 * Any exit code is a result, not an exception.
 *
 * A program that ends on its own may leave background processes. If we end it,
 * or fail ourselves, all its processes are ended: its group and, on Linux,
 * those that have left the group.
 *
 * @throws {AgentError} If the program is not installed.
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
  const outer = options.env[RUN_VARIABLE];
  const marker = outer ? `${outer}:${runId}` : runId; // it belongs to both runs
  const child = await startProgram(program, {
    args: options.args,
    env: { ...options.env, [RUN_VARIABLE]: marker },
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
      new OutputPump(child.stdout, stdout, options.onStdout),
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

/** The result if `endSignal` has aborted before the start. */
const NOT_STARTED = {
  exitCode: 143,
  signal: "SIGTERM",
  timedOut: false,
  endedEarly: true,
  durationMs: 0,
};

/** A running program with its streams. */
interface Run {
  /** The program itself. */
  child: ChildProcess;
  /** Its process group. */
  group: ProcessGroup;
  /** Its stdout and stderr. */
  outputs: readonly OutputPump[];
  /** Its stdin, if it has one. */
  input: InputPump | undefined;
  /** Requests to end it early. */
  requests: EndRequests;
}

/** How a run ended. */
interface RunEnd extends ProcessEnd {
  /** The request that ended it; `undefined` if the program ended on its own. */
  request: EndRequest | undefined;
  /** When the program ended, by `elapsed()` of the system. */
  endedAt: number;
}

/**
 * Waits until a program ends, ends it on request, and reads the rest of its
 * output.
 *
 * @throws The failure of a pump, after all processes have ended.
 */
async function supervise(
  { child, group, outputs, input, requests }: Run,
  { killDelayMs, system }: {
    killDelayMs: number;
    system: Pick<System, "elapsed" | "sleep">;
  },
): Promise<RunEnd> {
  const failures: unknown[] = [];
  for (const pump of [...outputs, ...(input ? [input] : [])]) {
    pump.finished.catch((error) => {
      failures.push(error);
      requests.add({ cause: "failure", signal: "SIGTERM", killDelayMs });
    });
  }

  const endAll = ({ signal }: EndRequest) =>
    endGroup(group, { signal, killAt: () => requests.killAt, system });

  try {
    const ended = child.ended.then(() => undefined);
    const request = await Promise.race([requests.first, ended]);
    if (request) await endAll(request);
    const end = await child.ended;
    const endedAt = system.elapsed();
    await input?.stop();
    await drain(outputs, system);
    if (failures.length > 0) {
      await endAll(await requests.first); // it may have ended before
      throw failures[0];
    }
    return { ...end, request, endedAt };
  } finally {
    await input?.stop();
    await Promise.all(outputs.map((it) => it.cancel()));
    await Promise.allSettled(outputs.map((it) => it.finished));
  }
}

/**
 * Runs `program --version`, with `variables` besides those of our own process.
 * Returns the first version in its output, if there is one.
 */
export async function askVersion(
  program: string,
  { timeoutMs, variables }: {
    timeoutMs: number;
    variables?: Readonly<Record<string, string>> | undefined;
  },
): Promise<{ exitCode: number; version: string | undefined }> {
  using run = await runProcess(program, {
    args: ["--version"],
    env: { ...runtime.host.environment(), ...variables },
    timeoutMs,
  });
  const text = new TextDecoder().decode(await run.stdout.head(4096));
  const version = /\d+\.\d+\.\d+[\w.+-]*/.exec(text)?.[0];
  return { exitCode: run.exitCode, version };
}
