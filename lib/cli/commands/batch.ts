import type { Agent } from "../../agents/agent.ts";
import { loadAgent } from "../../agents/registry.ts";
import { errorCode, runtime } from "../../system/mod.ts";
import { redact } from "../../verdict/redact.ts";
import { filesOfGlobs } from "../batch/files_of_glob.ts";
import { type Prompt, promptsForFiles, readPrompts } from "../batch/prompts.ts";
import type { Status } from "../batch/result.ts";
import { ResultsFile } from "../batch/results_file.ts";
import { askAll } from "../batch/ask_all.ts";
import { BATCH_FLAGS, type BatchContext } from "../batch/call.ts";
import { defineCommand } from "../line/command.ts";
import { toAgentArgs } from "../line/agent_words.ts";
import { assertStdoutOpen } from "../screen/streams.ts";
import { isInsideRun } from "../shim/run_plainly.ts";
import { cannotRun } from "../line/usage_error.ts";
import { agentInvocation } from "../../program.ts";

/** More than this is a mistake: each job is a process of the agent. */
const MOST_JOBS = 256;

/** The largest file with prompts, bytes. */
const MOST_BYTES = 1024 * 1024 * 1024;

/** `account-qwen batch`. */
export const batch = defineCommand({
  name: "batch",
  group: "run",
  summary: "Ask many prompts at once, spread over all accounts",
  usage: "<file | -> [-- arguments], or --each GLOB -- <prompt>",
  args: { least: 1, most: Infinity },
  passesOn: true,
  usesQuota: true,
  offers: ["files"],
  flags: BATCH_FLAGS,
  notes: [
    "The file has one prompt a line: the text, or a JSON object with `prompt`, " +
    "`args` (arguments of the agent), `cwd` and `id`. Arguments after -- are " +
    "added to each prompt. With --each, what follows -- is the prompt; files " +
    "that Git ignores are skipped.",
    "",
    "Each result is one line of JSON, in the order in which they arrive. With " +
    "--out, a batch that was interrupted or killed continues where it stopped: run " +
    "the same command again. Only prompts that were under way are asked " +
    "again, and they are named.",
    "",
    "The strategy is spread unless you set another one. The exit code is 0 if " +
    "all prompts were answered, 1 if some failed, and 75 if no account is " +
    "ready for the others.",
  ],
  examples: [
    "batch prompts.jsonl --jobs 8 --out results.jsonl",
    "batch --each 'src/**/*.ts' --out reviews.jsonl -- 'Review this file'",
    "batch prompts.jsonl --out results.jsonl --retry-failed",
    "batch prompts.txt --wait --out results.jsonl",
  ],
  async run(context) {
    const { out, each, jobs, "retry-failed": retries } = context.flags;
    if (isInsideRun(runtime.host.environment())) {
      throw usage("it runs within a run of exec, which rotates by itself");
    }
    if (jobs !== undefined && (jobs < 1 || jobs > MOST_JOBS)) {
      throw usage(`--jobs is not a number from 1 to ${MOST_JOBS}`);
    }
    if (out === undefined) {
      if (retries) throw usage("--retry-failed needs --out");
      assertStdoutOpen(); // answers without a reader would cost quota
    }
    requireDashes(context);
    const agent = await loadAgent();
    const prompts = each.length > 0
      ? await promptsForFiles(
        await filesOfGlobs(each),
        promptArgs(agent, context.args),
      )
      : await readFile(agent, context.args);
    if (out === undefined) return await askAll(prompts, { agent, context });
    const again = new Set<Status>(retries ? ["out", "failed"] : ["out"]);
    using results = await ResultsFile.open(out, { again });
    results.requireSamePrompts(prompts, out);
    return await askAll(prompts, { agent, context, results });
  },
});

function usage(problem: string) {
  return cannotRun("batch", problem);
}

/**
 * The shell may have replaced a pattern by several files, which must not become
 * arguments of the agent.
 */
function requireDashes({ args, flags, named }: BatchContext): void {
  const most = flags.each.length > 0 ? 0 : 1;
  if (named <= most) return;
  const where = most === 0
    ? "the prompt follows --, and the pattern needs quotes"
    : "arguments of the agent follow --";
  throw usage(`unexpected argument "${redact(args[most] ?? "")}": ${where}`);
}

function promptArgs(agent: Agent, args: readonly string[]): readonly string[] {
  if (args.every((it) => it.trim() === "")) throw usage("the prompt is empty");
  return toAgentArgs(agent, args);
}

async function readFile(
  agent: Agent,
  [name = "", ...args]: readonly string[],
): Promise<Prompt[]> {
  const bytes = name === "-"
    ? new Uint8Array(await new Response(runtime.host.stdin()).arrayBuffer())
    : await readBytes(name);
  const where = name === "-" ? "stdin" : `"${name}"`;
  const text = decode(bytes, where);
  const prompts = await readPrompts(text, { agent, args, name: where });
  if (prompts.length === 0) throw usage(`${where} has no prompts`);
  return prompts;
}

/** Why a path has no prompts, by the code of the error. */
const OBSTACLES: Readonly<Record<string, string>> = {
  EACCES: "cannot be read: permission denied",
  EINVAL: "is a pipe or a device, not a file",
  EISDIR: "is a directory, not a file",
  ENOTDIR: "does not exist",
};

async function readBytes(name: string): Promise<Uint8Array> {
  try {
    const bytes = await runtime.files.read(name, MOST_BYTES);
    if (bytes) return bytes;
  } catch (error) {
    const code = errorCode(error) ?? "";
    const obstacle = OBSTACLES[code];
    if (obstacle === undefined) throw error;
    const hint = code === "EINVAL"
      ? `for example: cat prompts.jsonl | ${agentInvocation()} batch -`
      : undefined;
    throw cannotRun("batch", `"${name}" ${obstacle}`, hint);
  }
  throw usage(`"${name}" does not exist`);
}

/** A replaced character would change the prompt unnoticed. */
function decode(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const lines = new TextDecoder().decode(bytes).split("\n");
    const at = lines.findIndex((it) => it.includes("\ufffd"));
    throw usage(`line ${at + 1} of ${where} is not UTF-8 text`);
  }
}
