import { hasCode } from "../../errors.ts";
import type { Agent } from "../../agents/agent.ts";
import type { KeyOfRun } from "../../agents/formats.ts";
import { loadAgent } from "../../agents/registry.ts";
import type { AccountManager } from "../../accounts/account_manager.ts";
import { messageOf } from "../../system/message_of.ts";
import { runtime } from "../../system/mod.ts";
import type { Notify } from "../../system/system.ts";
import { groupSettings } from "../../run/default_options.ts";
import { QwenWrapper } from "../../run/qwen_wrapper.ts";
import {
  type CommandContext,
  defineCommand,
  type Flags,
} from "../line/command.ts";
import { findEnvironmentKey } from "../setup/environment_key.ts";
import { EXIT, meaningOf } from "../exit_code.ts";
import { SCHEMA_FLAG } from "../screen/json.ts";
import { reportError } from "../screen/report.ts";
import { requirePlace } from "../screen/report_place.ts";
import { runInside } from "../shim/run_inside.ts";
import { argsInside, isInsideRun, runPlainly } from "../shim/run_plainly.ts";
import { combineListeners, labelsOf, showRun } from "../screen/run_status.ts";
import { type RunEnd, RunReport } from "../screen/run_report.ts";
import { loadSettings, SETTING_FLAGS } from "../settings/settings.ts";
import {
  assertStdoutOpen,
  copyTo,
  isBrokenPipe,
  writeLine,
} from "../screen/streams.ts";
import { failedCall } from "../failed_call.ts";
import { UsageError } from "../line/usage_error.ts";
import { program } from "../../program.ts";
import type { RotatedRun } from "../../run/call_options.ts";
import { KIND, policyOf } from "../../verdict/policy.ts";

const FLAGS = {
  account: {
    type: "text",
    group: "Account",
    value: "ACCOUNT",
    offers: "accounts",
    summary: "Use this account first (default: the strategy chooses)",
  },
  ...SETTING_FLAGS,
  fallback: {
    type: "text",
    group: "Program and output",
    value: "TEXT",
    mayBeEmpty: true,
    summary: "If the run fails, print TEXT and exit with 0",
  },
  quiet: {
    type: "boolean",
    group: "Program and output",
    summary: "Print only errors: no status line, no rotation notices",
  },
  report: {
    type: "text",
    group: "Program and output",
    value: "FILE",
    offers: "files",
    summary: "Write a JSON report of the run to FILE or a descriptor (fd:3)",
  },
  schema: {
    ...SCHEMA_FLAG,
    group: "Program and output",
    summary: "Print the JSON schema of that report",
  },
} satisfies Flags;

/** `account-qwen exec`. */
export const exec = defineCommand({
  name: "exec",
  group: "run",
  summary: "Run qwen and switch accounts when one is out of quota",
  usage: "-- <prompt | qwen arguments>",
  args: { least: 0, most: Infinity },
  passesOn: true,
  flags: FLAGS,
  notes: [
    "If QWEN_API_KEY is set, qwen runs with that key alone and no account is " +
    "used; --account overrides it. The key is for DashScope (China) unless " +
    "QWEN_BASE_URL or OPENAI_BASE_URL is set; QWEN_MODEL or OPENAI_MODEL names " +
    "the model. QWEN_ACCESS_TOKEN, an OAuth access token, works the same way " +
    "and is sent to portal.qwen.ai unless QWEN_BASE_URL is set. Neither is " +
    "stored.",
    "",
    "Inside a run of exec, for example when a tool of qwen calls it, exec runs " +
    "qwen once, with the account of the outer run: only the outer run rotates. " +
    "--account overrides that.",
    "",
    "--report writes the accounts that were tried, verdicts, waits, times, " +
    "tokens and the exit code, even if the run fails. exec checks that it can " +
    "write there before it runs qwen.",
  ],
  examples: [
    `${program()} exec -- "What is the capital of France?"`,
    `git diff | ${program()} exec --timeout 2m -- 'Review this change'`,
    `${program()} exec -- --model qwen3-coder-plus --prompt='Say hello'`,
    `QWEN_API_KEY=$(cat key.txt) ${program()} exec -- 'Say hello'`,
  ],
  async run(context) {
    const { account: word, fallback } = context.flags;
    const { args } = context;
    if (args.length > 0 && args.every((it) => it.trim() === "")) {
      throw new UsageError("Cannot run qwen: the prompt is empty", "exec");
    }
    assertStdoutOpen(); // an answer without a reader would cost quota
    const account = word === undefined
      ? undefined
      : await context.findAccount(word);
    const { report: place } = context.flags;
    if (place !== undefined) await requirePlace(place, context.reader.dir);
    const labels = () => labelsOf(() => context.reader);
    const report = place === undefined
      ? undefined
      : new RunReport(place, labels);
    let end: RunEnd = { exitCode: EXIT.failed };
    try {
      const exitCode = await answer(context, { account, report });
      end = { exitCode };
      return exitCode;
    } catch (error) {
      end = endOf(error);
      const isMistake = hasCode(error, "no-such-account", "account-removed");
      if (fallback === undefined || isMistake || isBrokenPipe(error)) {
        throw error;
      }
      await reportError(error, context);
      await writeLine("stdout", fallback);
      end = { ...end, exitCode: EXIT.done };
      return EXIT.done;
    } finally {
      await report?.write(end);
    }
  },
});

type Context = CommandContext<typeof FLAGS>;

function endOf(error: unknown): RunEnd {
  const exitCode = isBrokenPipe(error)
    ? EXIT.brokenPipe
    : meaningOf(error).code;
  return { exitCode, error: messageOf(error) };
}

/** The options of `exec` that are not settings. */
interface Asked {
  account: number | undefined;
  report: RunReport | undefined;
}

/** Runs the agent and delivers its answer; returns the exit code. */
async function answer(
  context: Context,
  { account, report }: Asked,
): Promise<number> {
  if (account === undefined && isInsideRun(environment())) {
    return await startInside(context);
  }
  const rotated = await start(context, { account, report });
  if (typeof rotated === "number") return rotated;
  using _run = rotated.run;
  report?.note(rotated);
  return await deliver(rotated, context.accounts);
}

/** Returns the last run, or the exit code of a session on the terminal. */
async function start(
  context: Context,
  { account, report }: Asked,
): Promise<RotatedRun | number> {
  const { flags, args, dir, accounts } = context;
  const notify = flags.quiet ? () => {} : context.notify;
  const { settings } = await loadSettings({ dir: accounts.dir, flags });
  const { bin, quotaPatterns, lockTimeoutMs } = settings;
  const options = { bin, quotaPatterns, lockTimeoutMs, dir, notify };
  const wrapper = new QwenWrapper(options);
  const { host } = runtime;
  const hasInput = !host.isTerminal("stdin");
  const agent = await loadAgent();
  const agentArgs = toAgentArgs(agent, args);
  const key = account === undefined ? keyForOneRun(notify) : undefined;
  const common = { ...groupSettings(settings), account, key };
  if (opensSession(agent, agentArgs)) {
    const { onAccount } = report ?? {};
    return await wrapper.openSession(agentArgs, { ...common, onAccount });
  }
  await using shown = showRun({
    notify,
    isQuiet: flags.quiet,
    labels: () => labelsOf(() => context.reader),
  });
  return await wrapper.run(agentArgs, {
    ...common,
    ...combineListeners(shown, report),
    stdin: hasInput ? host.stdin() : undefined,
    forwardSignals: true,
  });
}

/** Runs the agent without rotation, because the enclosing run rotates. */
async function startInside({ flags, args, accounts }: Context) {
  const { settings } = await loadSettings({ dir: accounts.dir, flags });
  const { bin, timeoutMs, quotaPatterns } = settings;
  const agent = await loadAgent();
  const asked = toAgentArgs(agent, args);
  const agentArgs = await argsInside(bin, asked);
  if (opensSession(agent, asked)) return await runPlainly(bin, agentArgs);
  return await runInside(bin, agentArgs, {
    agent,
    timeoutMs,
    quotaPatterns,
    fallback: flags.fallback,
  });
}

/** Whether a user, or a program that waits for each line, talks to the agent. */
function opensSession(agent: Agent, agentArgs: readonly string[]): boolean {
  const { host } = runtime;
  const onTerminal = host.isTerminal("stdin") && host.isTerminal("stdout");
  const { opensSession, converses } = agent.read(agentArgs);
  return onTerminal && opensSession || converses;
}

function environment(): Record<string, string> {
  return runtime.host.environment();
}

/** This key overrides the accounts, as in `gh` and `aws`; `--account` wins. */
function keyForOneRun(notify: Notify): KeyOfRun | undefined {
  const found = findEnvironmentKey(environment());
  if (!found) return undefined;
  const { host } = new URL(found.key.baseUrl);
  for (const text of found.cleaned) notify(text);
  notify(
    `using the key in ${found.variable} for ${host} instead of an account`,
  );
  return found.key;
}

const FLAG = /^--?[A-Za-z][\w-]*(?:=|$)/;

/** One word or sentence is a prompt; the agent parses anything else. */
function toAgentArgs(
  agent: Agent,
  args: readonly string[],
): readonly string[] {
  const [first] = args;
  const isPrompt = args.length === 1 && first && !FLAG.test(first);
  return isPrompt ? agent.promptArgs(first) : args;
}

/** Writes the answer of a successful run to stdout, and other output to stderr. */
async function deliver(
  rotated: RotatedRun,
  accounts: AccountManager,
): Promise<number> {
  const { run, verdict } = rotated;
  const isAnswer = verdict.kind === KIND.ok;
  // Else our error message is enough, without the agent's output.
  if (policyOf(verdict).blames !== "account") {
    await copyTo("stderr", run.stderr.stream());
    await copyTo(isAnswer ? "stdout" : "stderr", run.stdout.stream());
  }
  if (isAnswer || run.interruptedBy) return run.exitCode;
  const all = await accounts.readiness();
  const keys = new Set(
    all.filter((it) => it.kind === "api-key").map((it) => it.index),
  );
  const { kind } = rotated;
  const readiness = rotated.readiness ??
    (rotated.exhausted
      ? all.filter((it) => kind === undefined || it.kind === kind)
      : []);
  throw failedCall(rotated, {
    readiness,
    kindOf: (account) => keys.has(account) ? "api-key" : "oauth",
  });
}
