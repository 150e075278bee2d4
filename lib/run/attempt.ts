import type { ReplayableInput } from "../process/replay.ts";
import { runProcess, type RunResult } from "../process/run.ts";
import {
  RUN_HOME_VARIABLES,
  RUN_KIND_VARIABLE,
  RUN_VARIABLE,
} from "../process/run_variables.ts";
import type { Spool } from "../process/spool.ts";
import type { Agent, Linked } from "../agents/agent.ts";
import type { KeyOfRun } from "../agents/formats.ts";
import type { Verdict } from "../verdict/classify.ts";
import type { Service } from "../verdict/service.ts";
import type { Tokens } from "../agents/session_event.ts";
import { isLoopback as isLoopbackHost } from "../system/loopback.ts";
import { runtime } from "../system/mod.ts";
import { awaitAgentLock } from "../vault/settle/agent_lock.ts";
import { layoutAt } from "../disk/layout.ts";
import type { Notify, System } from "../system/system.ts";
import { type AgentSettings, prepareSettings } from "./agent_settings.ts";
import { findAgentVersion } from "./agent_version.ts";
import { EarlyEnd } from "./early_end.ts";
import { prepareSession, type SessionLog } from "./session.ts";

/** The options of an attempt; the same for all attempts of a call. */
export interface AttemptOptions {
  /** The agent. */
  agent: Linked<Agent>;
  /** The program to start. */
  bin: string;
  /** The agent's arguments. */
  args: readonly string[];
  /** The folder of the accounts. */
  dir: string;
  /** The id that marks the run's processes. */
  runId: string;
  /** How the agent reaches an account. @default by the login on the link */
  access?: Access | undefined;
  /** The agent's stdin. */
  input: ReplayableInput | undefined;
  /** The time limit, milliseconds. */
  timeoutMs: number | undefined;
  /** The service of the account. @default unknown */
  service?: Service | undefined;
  /** The host that the account's requests go to. @default unknown */
  host?: string | undefined;
  /** Patterns that mean "out of quota" in an error. */
  quotaPatterns: readonly string[] | undefined;
  /** Whether to end a run that has tried in vain for this long. */
  isOver: (verdict: Verdict, triedMs: number) => boolean;
  /** Ends the run when it aborts. @default never */
  endSignal?: AbortSignal | undefined;
  /** Whether to forward our signals to the agent. */
  forwardSignals: boolean;
  /** Called with a message if something deviates from the options. */
  notify: Notify;
  /** The clock and the processes. */
  system: System;
}

/** How the agent reaches an account. */
export interface Access {
  /** A key to use in place of a login. */
  key?: KeyOfRun | undefined;
  /** Whether the address is on this machine. @default derived from the key */
  isLoopback?: boolean | undefined;
  /** Hosts that the agent's own files exclude from a proxy. @default none */
  noProxy?: string | undefined;
  /** Variables that point to a private home with a login. @default none */
  homeEnv?: Readonly<Record<string, string>> | undefined;
  /** An additional option for Node. @default none */
  nodeOption?: string | undefined;
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
}

/**
 * Runs the agent once and decides how the run ended. Ends the run early if it
 * waits for a login, or if `isOver` says that it cannot succeed.
 *
 * @throws {AgentError} If the program is not installed.
 */
export async function runAttempt(options: AttemptOptions): Promise<Attempt> {
  const { agent, system, service, quotaPatterns } = options;
  const version = await findAgentVersion(options.bin);
  const { args, log } = await prepareSession({
    ...options,
    version,
    args: argumentsFor({ ...options, version }),
  });
  using earlyEnd = new EarlyEnd({
    output: agent.output,
    log,
    isOver: options.isOver,
    refreshed: () =>
      awaitAgentLock(layoutAt(options.dir, agent), {
        notify: () => {},
        system,
      }),
    service,
    quotaPatterns,
    system,
  });
  const watch = earlyEnd.watch();
  const run = await runProcess(options.bin, {
    args,
    env: runEnvironment(agent, {
      ...options,
      interactive: false,
      settings: await prepareSettings(agent, {
        dir: options.dir,
        key: options.access?.key,
        notify: options.notify,
      }),
    }),
    stdin: options.input?.open(),
    timeoutMs: options.timeoutMs,
    onStderr: earlyEnd.onStderr,
    endSignal: options.endSignal
      ? AbortSignal.any([earlyEnd.signal, options.endSignal])
      : earlyEnd.signal,
    forwardSignals: options.forwardSignals,
    system,
  });
  earlyEnd[Symbol.dispose]();
  await watch;
  await log.read();
  const verdict = agent.output.classify({
    exitCode: run.exitCode,
    timedOut: run.timedOut,
    stdout: await bothEnds(run.stdout),
    stderr: await bothEnds(run.stderr),
    sessionErrors: log.errors,
  }, {
    now: system.now(),
    service,
    host: options.host,
    quotaPatterns,
  });
  const tools = await findTools(run, log, options);
  return { run, verdict, tools, tokens: log.tokens };
}

async function findTools(
  { stdout }: RunResult,
  log: SessionLog,
  { agent, args }: AttemptOptions,
): Promise<readonly string[] | undefined> {
  const told = await agent.output.toolsIn(stdout);
  const isKnown = log.hasBegun || told !== undefined ||
    !agent.read(args).mayChange;
  return isKnown ? [...log.tools, ...told ?? []] : undefined;
}

/** Enough for any form of the agent's errors, bytes. */
const HEAD = 4 * 1024;
const TAIL = 4 * 1024 * 1024;

/** Returns the text of a spool; of a long one, the beginning and the end. */
async function bothEnds(spool: Spool): Promise<string> {
  const decoder = new TextDecoder();
  if (spool.size <= HEAD + TAIL) {
    return decoder.decode(await spool.head(HEAD + TAIL));
  }
  const head = decoder.decode(await spool.head(HEAD));
  return `${head}\n${decoder.decode(await spool.tail(TAIL))}`;
}

/**
 * Returns the agent's arguments, with those that select the key or the login.
 */
export function argumentsFor(
  { agent, version, args, access }:
    & Pick<AttemptOptions, "agent" | "args" | "access">
    & { version: string | undefined },
): readonly string[] {
  const kind = access?.key ? "api-key" : "oauth";
  return agent.runArgs(args, { kind, version });
}

function isOnThisMachine(baseUrl: string): boolean {
  return URL.canParse(baseUrl) && isLoopbackHost(new URL(baseUrl).hostname);
}

/** Returns the environment for a run of the agent. */
export function runEnvironment(
  agent: Agent,
  { dir, runId, access = {}, interactive, settings }: {
    dir: string;
    runId: string;
    access?: Access | undefined;
    interactive: boolean;
    settings: AgentSettings;
  },
): Record<string, string> {
  const { host } = runtime;
  const env = host.environment();
  const outer = env[RUN_VARIABLE];
  const marker = outer ? `${outer}:${runId}` : runId;
  const { key, noProxy, homeEnv = {} } = access;
  const { isLoopback = key !== undefined && isOnThisMachine(key.baseUrl) } =
    access;
  const { NODE_OPTIONS: nodeOption = access.nodeOption ?? "", ...variables } =
    homeEnv;
  const given = nodeOption
    ? { ...env, NODE_OPTIONS: `${env.NODE_OPTIONS ?? ""} ${nodeOption}`.trim() }
    : env;
  return {
    ...agent.environment({
      env: given,
      dir,
      totalMemory: host.totalMemory(),
      interactive,
      key,
      isLoopback,
      noProxy,
      ...settings,
    }),
    ...variables,
    ...forRunsWithin(homeEnv),
    [RUN_VARIABLE]: marker,
    [RUN_KIND_VARIABLE]: key ? "api-key" : "oauth",
  };
}

/**
 * Overrides the home variables of an outer run for the runs within this one.
 */
function forRunsWithin(
  homeEnv: Readonly<Record<string, string>>,
): Record<string, string> {
  const entries = Object.entries(RUN_HOME_VARIABLES);
  return Object.fromEntries(
    entries.map(([name, meant]) => [name, homeEnv[meant] ?? ""]),
  );
}
