import { hasCode } from "../../errors.ts";
import type { Agent } from "../../agents/agent.ts";
import { chosenAgent, loadAgent } from "../../agents/registry.ts";
import { messageOf } from "../../system/message_of.ts";
import { runtime } from "../../system/mod.ts";
import { groupSettings } from "../../run/default_options.ts";
import { AgentWrapper } from "../../run/agent_wrapper.ts";
import { type CommandContext, defineCommand } from "../line/command.ts";
import { keyForOneRun } from "../setup/environment_key.ts";
import { EXIT } from "../exit.ts";
import { meaningOf } from "../exit_code.ts";
import { SCHEMA_FLAG } from "../screen/json.ts";
import { reportError } from "../screen/report.ts";
import { requirePlace } from "../screen/report_place.ts";
import {
  argsInside,
  isInsideRun,
  runInside,
  runPlainly,
} from "../shim/run_plainly.ts";
import { combineListeners, labelsOf, showRun } from "../screen/run_status.ts";
import { type RunEnd, RunReport } from "../screen/run_report.ts";
import { tellIfUntried } from "../screen/versions.ts";
import { loadSettings, RUN_FLAGS } from "../settings/settings.ts";
import {
  assertStdoutOpen,
  isBrokenPipe,
  writeLine,
} from "../screen/streams.ts";
import { deliver } from "../deliver.ts";
import { flagsIf, toAgentArgs } from "../line/agent_words.ts";
import { exampleOf, UsageError } from "../line/usage_error.ts";
import { agentInvocation } from "../../program.ts";
import type { RotatedRun } from "../../run/call_options.ts";

const AGENT = chosenAgent();

const { secrets: [KEY], help: ABOUT_KEY } = AGENT.keys.forOneRun;

const FLAGS = {
  account: {
    type: "text",
    group: "Account",
    value: "ACCOUNT",
    offers: "accounts",
    summary: "Use this account first (default: the strategy chooses)",
  },
  ...RUN_FLAGS,
  ...flagsIf(AGENT.homes.login !== undefined, {
    force: {
      type: "boolean",
      group: "Account",
      summary: `Run even if plain ${AGENT.program} is running with the same ` +
        "login, whose token must be refreshed",
    },
  }),
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
} as const;

/** `account-qwen exec`. */
export const exec = defineCommand({
  name: "exec",
  group: "run",
  summary: `Run ${AGENT.program} and switch accounts when one is out of quota`,
  usage: `-- <prompt | ${AGENT.program} arguments>`,
  args: { least: 0, most: Infinity },
  passesOn: true,
  usesQuota: true,
  flags: FLAGS,
  notes: [
    `If ${KEY} is set, ${AGENT.program} runs with that key alone and no ` +
    `account is used; --account overrides it. ${ABOUT_KEY} Such a key is not stored.`,
    "",
    `Inside a run of exec, for example when a tool of ${AGENT.program} calls ` +
    `it, exec runs ${AGENT.program} once, with the account of the outer run: ` +
    "only the outer run rotates. --account overrides that.",
    "",
    `If an account fails after an answer or a tool call, ${AGENT.program} ` +
    "resumes its session with the next account, so that no tool runs twice. " +
    "If that is impossible, the prompt is rerun: with --rerun=safe only if no " +
    "tool was called, with --rerun=always in any case. --rerun=never does " +
    "neither.",
    "",
    "--report writes the accounts that were tried, verdicts, waits, times, " +
    "tokens and the exit code, even if the run fails. exec checks that it can " +
    `write there before it runs ${AGENT.program}.`,
  ],
  examples: [
    `${agentInvocation()} exec -- "What is the capital of France?"`,
    `git diff | ${agentInvocation()} exec --timeout 2m -- 'Review this change'`,
    `${agentInvocation()} exec -- ${AGENT.product.example}`,
    `${KEY}=$(cat key.txt) ${agentInvocation()} exec -- 'Say hello'`,
  ],
  async run(context) {
    const { account: word, fallback, report: place } = context.flags;
    const { args } = context;
    if (args.length > 0 && args.every((it) => it.trim() === "")) {
      const message = `Cannot run ${AGENT.program}: the prompt is empty`;
      throw new UsageError(message, exampleOf(exec, args));
    }
    assertStdoutOpen(); // an answer without a reader would cost quota
    const account = await context.findIfGiven(word);
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
      await reportError(error);
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
  if (account === undefined && isInsideRun(runtime.host.environment())) {
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
  await tellIfUntried(settings.bin, notify);
  const agent = await loadAgent();
  const given = groupSettings(settings);
  const wrapper = new AgentWrapper({ agent, ...given, dir, notify });
  const { host } = runtime;
  const agentArgs = toAgentArgs(agent, args);
  const key = account === undefined ? keyForOneRun(notify) : undefined;
  const common = { account, force: flags.force, key };
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
    stdin: host.isTerminal("stdin") ? undefined : host.stdin(),
    forwardSignals: true,
  });
}

/** Runs the agent without rotation, because the enclosing run rotates. */
async function startInside({ flags, args, accounts }: Context) {
  const { settings } = await loadSettings({ dir: accounts.dir, flags });
  const { bin, timeoutMs, quotaPatterns, rules } = settings;
  const agent = await loadAgent();
  const asked = toAgentArgs(agent, args);
  const agentArgs = await argsInside(bin, asked);
  if (opensSession(agent, asked)) return await runPlainly(bin, agentArgs);
  return await runInside(bin, agentArgs, {
    agent,
    timeoutMs,
    quotaPatterns,
    rules,
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
