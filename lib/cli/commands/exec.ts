import { qwen } from "../../providers/qwen.ts";
import { runtime } from "../../runtime/mod.ts";
import { CallFailedError } from "../../wrapper/failure.ts";
import { QwenWrapper } from "../../wrapper/qwen_wrapper.ts";
import type { RotatedRun } from "../../wrapper/rotating_run.ts";
import { type CommandContext, defineCommand, type Flags } from "../command.ts";
import { loadConfig } from "../config.ts";
import { EXIT } from "../exit_code.ts";
import { reportError } from "../report.ts";
import { copyTo, isBrokenPipe, writeLine } from "../streams.ts";

const FLAGS = {
  timeout: {
    type: "duration",
    value: "TIME",
    summary: "End a run that takes longer, such as 45s or 2m",
  },
  fallback: {
    type: "text",
    value: "TEXT",
    mayBeEmpty: true,
    summary: "Print this instead, with code 0, if the call fails",
  },
  "max-retries": {
    type: "number",
    value: "N",
    summary: "Go on with another account N times at most (default: 5)",
  },
  account: {
    type: "number",
    value: "N",
    summary: "Switch to account N first (default: the active one)",
  },
  bin: {
    type: "text",
    value: "PROGRAM",
    summary: "The program to run (default: qwen)",
  },
  "quota-pattern": {
    type: "texts",
    value: "TEXT",
    summary: "What says in an error that quota is out; replaces the defaults",
  },
} satisfies Flags;

/** `account-qwen exec`. */
export const exec = defineCommand({
  name: "exec",
  summary: "Run qwen, and again with the next account if one is out of quota",
  usage: "-- <prompt | qwen's own arguments>",
  args: { least: 0, most: Infinity },
  flags: FLAGS,
  examples: [
    'account-qwen exec -- "What is the capital of France?"',
    "git diff | account-qwen exec --timeout 2m -- 'Review this change'",
    "account-qwen exec -- --model qwen3-coder-plus --prompt='Say hello'",
  ],
  async run(context) {
    const { fallback } = context.flags;
    try {
      const rotated = await start(context);
      if (typeof rotated === "number") return rotated;
      using _run = rotated.run;
      return await deliver(rotated);
    } catch (error) {
      if (fallback === undefined || isBrokenPipe(error)) throw error;
      await reportError(error);
      await writeLine("stdout", fallback);
      return EXIT.done;
    }
  },
});

type Context = CommandContext<typeof FLAGS>;

/** Returns the last run, or the exit code of a session on the terminal. */
async function start(
  { flags, args, dir, accounts, notify }: Context,
): Promise<RotatedRun | number> {
  const patterns = flags["quota-pattern"];
  const wrapper = new QwenWrapper({
    dir,
    bin: flags.bin,
    quotaPatterns: patterns.length > 0
      ? patterns
      : (await loadConfig(accounts.dir)).quotaPatterns,
    notify,
  });
  const { host } = runtime;
  const hasInput = !host.isTerminal("stdin");
  const cliArgs = toCliArgs(args);
  if (!hasInput && host.isTerminal("stdout") && qwen.opensSession(cliArgs)) {
    return await wrapper.openSession(cliArgs, { account: flags.account });
  }
  return await wrapper.run(cliArgs, {
    account: flags.account,
    timeoutMs: flags.timeout,
    maxRetries: flags["max-retries"],
    stdin: hasInput ? host.stdin() : undefined,
    forwardSignals: true,
  });
}

const FLAG = /^--?[A-Za-z][\w-]*(?:=|$)/;

/** One word or sentence is a prompt; anything else is for the CLI to read. */
function toCliArgs(args: readonly string[]): readonly string[] {
  const [first] = args;
  const isPrompt = args.length === 1 && first && !FLAG.test(first);
  return isPrompt ? qwen.promptArgs(first) : args;
}

/** Only the answer of a good run goes to stdout. */
async function deliver(rotated: RotatedRun): Promise<number> {
  const { run, verdict } = rotated;
  const isAnswer = verdict.kind === "ok";
  // Of these, our own line says all there is to say.
  if (verdict.kind !== "quota" && verdict.kind !== "login") {
    await copyTo("stderr", run.stderr.stream());
    await copyTo(isAnswer ? "stdout" : "stderr", run.stdout.stream());
  }
  if (isAnswer || run.interruptedBy) return run.exitCode;
  throw new CallFailedError(rotated);
}
