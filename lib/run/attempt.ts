import type { ReplayableInput } from "../process/streams.ts";
import { runProcess, type RunResult } from "../process/run.ts";
import type { Agent, Keyed } from "../agents/agent.ts";
import type { ClassifyOptions, Verdict } from "../verdict/classify.ts";
import type { Service } from "../verdict/service.ts";
import type { VerdictRule } from "../verdict/user_rules.ts";
import type { Tokens } from "../agents/session_format.ts";
import { KIND } from "../verdict/policy.ts";
import { awaitAgentLock } from "../vault/settle/agent_locks.ts";
import type { Layout } from "../disk/layout.ts";
import type { Notify, System } from "../system/system.ts";
import { type Access, prepareStart } from "./access.ts";
import type { OwnCount } from "./own_count.ts";
import { EarlyEnd } from "./early_end.ts";
import { countSubagents } from "./ended_session.ts";
import {
  findTools,
  hasOtherConditions,
  type Resume,
  resumeAfter,
  whyNotResumed,
} from "./resume.ts";
import { bothEnds } from "../process/spool.ts";
import { prepareSession, type Session } from "./session.ts";
import type { SessionLog } from "./session_log.ts";

/**
 * How long the agent may retry after a throttle. A limit per minute has ended
 * by then, and the agent's own loop is the cheapest retry. But that loop may
 * run for an hour, and the caller could do something else.
 */
export const LONGEST_TRY_MS = 120_000;

/** The options of an attempt; the same for all attempts of a call. */
export interface AttemptOptions {
  agent: Keyed<Agent>;
  /** The program to start. */
  bin: string;
  /** Returns the version of the program; `undefined` if unknown. */
  version: () => Promise<string | undefined>;
  args: readonly string[];
  /** The folder of the accounts. */
  layout: Layout;
  /** The folder that the agent works in. @default that of this process */
  cwd?: string | undefined;
  /** The id that marks the run's processes. */
  runId: string;
  /** How the agent reaches an account. @default by the login on the link */
  access?: Access | undefined;
  /** The session of an earlier run to continue. @default a run with `args` */
  resume?: Resume | undefined;
  input: ReplayableInput | undefined;
  /** The time limit, milliseconds. */
  timeoutMs: number | undefined;
  /** The service of the account. @default unknown */
  service?: Service | undefined;
  /** The host that the account's requests go to. @default unknown */
  host?: string | undefined;
  /** Patterns that mean "out of quota" in an error. */
  quotaPatterns: readonly string[] | undefined;
  /** What errors mean, before the built-in rules. */
  rules: readonly VerdictRule[] | undefined;
  /** Whether to end a run that has tried in vain for this long. */
  isOver: (verdict: Verdict, triedMs: number) => boolean;
  /** Counts the requests that the agent reports. @default not counted */
  count?: OwnCount | undefined;
  /** Called once, when the session log has an answer. @default not called */
  onAnswer?: (() => void) | undefined;
  /** Ends the run when it aborts. @default never */
  endSignal?: AbortSignal | undefined;
  /** Whether to forward our signals to the agent. */
  forwardSignals: boolean;
  /** Called with a message if something deviates from the options. */
  notify: Notify;
  /** The clock and the processes. */
  system: System;
}

/** One run of the agent with one account. */
export interface Attempt {
  /** The exit status and the output. */
  run: RunResult;
  /** How the run ended. */
  verdict: Verdict;
  /**
   * The tools that the agent ran, from its log and structured output;
   * `undefined` if neither exists and the agent was allowed to make changes.
   */
  tools: readonly string[] | undefined;
  /** The tokens that the answers used, if the log has them. */
  tokens?: Tokens | undefined;
  /** How to continue its session; `undefined` if there is nothing to continue. */
  resume?: Resume | undefined;
  /** Why it did not continue the session that it should have continued. */
  notResumed?: string | undefined;
}

/**
 * Runs the agent once and decides how the run ended. Ends the run early if it
 * waits for a login, or if `isOver` says that it cannot succeed.
 *
 * @throws {AgentError} If the program is not installed.
 */
export async function runAttempt(options: AttemptOptions): Promise<Attempt> {
  const { agent, count, layout, resume: earlier } = options;
  const version = await options.version();
  await using start = await prepareStart({
    ...options,
    args: earlier?.args ?? options.args,
    version,
    interactive: false,
  });
  const session = await prepareSession({
    ...options,
    dir: layout.home,
    version,
    args: start.args,
    resumes: earlier,
  });
  const { log } = session;
  if (count) countLogged(log, { agent, count });
  using owned = new DisposableStack();
  const run = await runWatched(session, { ...options, env: start.env });
  owned.use(run);
  await log.read();
  const verdict = await judge(run, { ...options, log });
  if (count) await countEnded(run, { agent, count, session, verdict });
  const tools = await findTools(run.stdout, { ...options, log, earlier });
  const attempt = { run, verdict, tools, tokens: log.tokens };
  const lost = earlier && whyNotResumed(earlier, { agent, log, verdict });
  owned.move();
  if (lost === undefined || run.interruptedBy) {
    const given = { ...options, version, earlier, tools };
    return { ...attempt, resume: resumeAfter(session, given) };
  }
  const evidence = `cannot continue the session: ${lost}`;
  return {
    ...attempt,
    run: { ...run, exitCode: 1 }, // whatever it returned
    verdict: { kind: KIND.failed, evidence },
    notResumed: lost,
  };
}

/** Runs the agent until it ends, or until its log or its output ends it early. */
async function runWatched(
  { args, log, onId }: Session,
  { env, ...options }: AttemptOptions & { env: Record<string, string> },
): Promise<RunResult> {
  const { agent, cwd, endSignal, layout, resume: earlier, system } = options;
  using earlyEnd = new EarlyEnd({
    output: agent.output,
    log,
    isOver: options.isOver,
    onAnswer: options.onAnswer,
    onSession: onId,
    mustEnd: () => earlier && hasOtherConditions(earlier, log),
    refreshed: () => awaitAgentLock(layout, { notify: () => {}, system }),
    classifying: classifyingOf(options),
    system,
  });
  const watch = earlyEnd.watch();
  watch.catch(() => {}); // reported when the run has ended
  using owned = new DisposableStack();
  const run = await runProcess(options.bin, {
    args,
    env: cwd === undefined ? env : { ...env, PWD: cwd },
    cwd,
    stdin: earlier ? undefined : options.input?.open(), // the session has it
    timeoutMs: options.timeoutMs,
    onStdout: earlyEnd.onStdout,
    onStderr: earlyEnd.onStderr,
    endSignal: endSignal
      ? AbortSignal.any([earlyEnd.signal, endSignal])
      : earlyEnd.signal,
    forwardSignals: options.forwardSignals,
    system,
  });
  owned.use(run);
  earlyEnd[Symbol.dispose]();
  await watch;
  owned.move();
  return run;
}

function classifyingOf(
  { service, host, quotaPatterns, rules }: AttemptOptions,
): ClassifyOptions {
  return { service, host, quotaPatterns, rules };
}

/** Decides how a run ended. */
async function judge(
  run: RunResult,
  { log, ...options }: AttemptOptions & { log: SessionLog },
): Promise<Verdict> {
  return options.agent.output.classify({
    exitCode: run.exitCode,
    timedOut: run.timedOut,
    stdout: await bothEnds(run.stdout),
    stderr: await bothEnds(run.stderr),
    sessionErrors: log.errors,
    limits: log.limits,
  }, { ...classifyingOf(options), now: options.system.now() });
}

/** Counts the requests that the log of a session will name. */
function countLogged(
  log: SessionLog,
  { agent, count }: { agent: Agent; count: OwnCount },
): void {
  const usageIn = agent.sessions?.usageReader?.();
  if (!usageIn) return;
  log.onLine = (line) => {
    const usage = usageIn(line);
    if (usage) count.logged(usage);
  };
}

/** Counts what is known only when a run has ended. */
async function countEnded(
  run: RunResult,
  { agent, count, session: { id, log }, verdict }: {
    agent: Agent;
    count: OwnCount;
    session: Session;
    verdict: Verdict;
  },
): Promise<void> {
  await countSubagents({ id, log: log.path }, { agent, count });
  count.printed(await agent.output.usageIn?.(run.stdout) ?? []);
  if (!run.interruptedBy) count.ended(verdict);
}
