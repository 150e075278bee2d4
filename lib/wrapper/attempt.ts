import type { ReplayableInput } from "../process/replay.ts";
import { runProcess, type RunResult } from "../process/run.ts";
import {
  RUN_HOME_VARIABLES,
  RUN_KIND_VARIABLE,
  RUN_VARIABLE,
} from "../process/run_variables.ts";
import type { Spool } from "../process/spool.ts";
import type { KeyOfRun, Provider } from "../providers/provider.ts";
import { classify, type Verdict } from "../verdict/classify.ts";
import type { Service } from "../verdict/service.ts";
import type { Tokens } from "../verdict/session_log.ts";
import { isLoopback as isLoopbackHost } from "../runtime/loopback.ts";
import { runtime } from "../runtime/mod.ts";
import { awaitAgentLock } from "../rotation/agent_lock.ts";
import { layoutAt } from "../store/layout.ts";
import type { Notify, System } from "../system.ts";
import { type CliSettings, prepareSettings } from "./cli_settings.ts";
import { findCliVersion } from "./cli_version.ts";
import { EarlyEnd } from "./early_end.ts";
import { prepareSession } from "./session.ts";
import type { SessionLog } from "./session_log.ts";
import { toolsIn } from "./stdout_tools.ts";

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
  /** By what the CLI reaches an account. @default by the login of the link */
  access?: Access | undefined;
  /** What the CLI reads. */
  input: ReplayableInput | undefined;
  /** How long it may take, milliseconds. */
  timeoutMs: number | undefined;
  /** The service of the account. @default unknown */
  service?: Service | undefined;
  /** The host that the account is asked at. @default unknown */
  host?: string | undefined;
  /** What says "out of quota" in an error. */
  quotaPatterns: readonly string[] | undefined;
  /** Whether a run that has come to this, for so long, is to go on no longer. */
  isOver: (verdict: Verdict, triedMs: number) => boolean;
  /** Aborts when the run can come to nothing any more. @default never */
  endSignal?: AbortSignal | undefined;
  /** Whether our signals go to the CLI. */
  forwardSignals: boolean;
  /** Hears of what goes otherwise than asked for. */
  notify: Notify;
  /** The clock, and how to start it. */
  system: System;
}

/** By what the CLI reaches an account. */
export interface Access {
  /** A key, instead of a login. */
  key?: KeyOfRun | undefined;
  /** Whether it leads to an address on this machine. @default no */
  isLoopback?: boolean | undefined;
  /** Hosts that files of the CLI except from a proxy. @default none */
  noProxy?: string | undefined;
  /** The variables that lead to a private home with a login. @default none */
  homeEnv?: Readonly<Record<string, string>> | undefined;
  /** A further option for Node. @default none */
  nodeOption?: string | undefined;
}

/** One run of the CLI under one account. */
export interface Attempt {
  /** How it ran, and what it wrote. */
  run: RunResult;
  /** How the run ended. */
  verdict: Verdict;
  /**
   * The tools that it ran, as far as its log and structured output tell;
   * `undefined` where neither does and it was allowed to change something.
   */
  tools: readonly string[] | undefined;
  /** What its answers have cost, as far as its log tells. */
  tokens?: Tokens | undefined;
}

/**
 * Runs the CLI once and decides what that came to. It is ended before its time
 * where it waits for a login, or `isOver` says that it goes on for nothing.
 *
 * @throws {ProgramNotFoundError} If there is no such program.
 */
export async function runAttempt(options: AttemptOptions): Promise<Attempt> {
  const { provider, system, service, quotaPatterns } = options;
  const version = await findCliVersion(options.bin);
  const { args, log } = await prepareSession({
    ...options,
    version,
    args: argumentsFor({ ...options, version }),
  });
  using earlyEnd = new EarlyEnd({
    deadLoginText: provider.deadLoginText,
    log,
    isOver: options.isOver,
    refreshed: () =>
      awaitAgentLock(layoutAt(options.dir), { notify: () => {}, system }),
    service,
    quotaPatterns,
    system,
  });
  const watch = earlyEnd.watch();
  const run = await runProcess(options.bin, {
    args,
    env: runEnvironment(provider, {
      ...options,
      interactive: false,
      settings: await prepareSettings(provider, {
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
  const verdict = classify({
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
    dayBeginsMs: provider.dayBeginsMs,
  });
  const tools = await findTools(run, log, options);
  return { run, verdict, tools, tokens: log.tokens };
}

async function findTools(
  { stdout }: RunResult,
  log: SessionLog,
  { provider, args }: AttemptOptions,
): Promise<readonly string[] | undefined> {
  const told = await toolsIn(stdout);
  const isKnown = log.hasBegun || told !== undefined ||
    !provider.allowsChanges(args);
  return isKnown ? [...log.tools, ...told ?? []] : undefined;
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

/** The CLI's arguments, and what selects the key or the login. */
export function argumentsFor(
  { provider, version, args, access }:
    & Pick<AttemptOptions, "provider" | "args" | "access">
    & { version: string | undefined },
): readonly string[] {
  const kind = access?.key ? "api-key" : "oauth";
  return provider.kindArgs(args, { kind, version });
}

function isOnThisMachine(baseUrl: string): boolean {
  return URL.canParse(baseUrl) && isLoopbackHost(new URL(baseUrl).hostname);
}

/** The environment for a run of the CLI. */
export function runEnvironment(
  provider: Provider,
  { dir, runId, access = {}, interactive, settings }: {
    dir: string;
    runId: string;
    access?: Access | undefined;
    interactive: boolean;
    settings: CliSettings;
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
    ...provider.environment({
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

/** None of a run around this one holds for those within it. */
function forRunsWithin(
  homeEnv: Readonly<Record<string, string>>,
): Record<string, string> {
  const entries = Object.entries(RUN_HOME_VARIABLES);
  return Object.fromEntries(
    entries.map(([name, meant]) => [name, homeEnv[meant] ?? ""]),
  );
}
