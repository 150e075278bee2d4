import { BusyError, hasCode, NoAccountReadyError } from "../../errors.ts";
import type { Agent, Keyed } from "../../agents/agent.ts";
import { messageOf } from "../../system/message_of.ts";
import { runtime } from "../../system/mod.ts";
import { type Notify, realSystem } from "../../system/system.ts";
import { KIND } from "../../verdict/policy.ts";
import { failureOf } from "../deliver.ts";
import { ENDING_SIGNALS, EXIT } from "../exit.ts";
import { labelsOf } from "../screen/run_status.ts";
import { writeLine } from "../screen/streams.ts";
import { findNamedFolder } from "../line/named.ts";
import { type BatchContext, prepareCall } from "./call.ts";
import { contentOf } from "./lines_of_file.ts";
import { BatchProgress } from "./progress.ts";
import type { Prompt } from "./prompts.ts";
import {
  type BatchResult,
  formatResult,
  isOfPrompt,
  resultOf,
} from "./result.ts";
import type { ResultsFile } from "./results_file.ts";

/** Several jobs meet the same event, which is told once in this time. */
const TELL_AGAIN_MS = 60_000;

/**
 * Asks the prompts that have no result yet, and returns the exit code.
 *
 * @throws {NoAccountReadyError} If no account is ready for the rest.
 * @throws {BusyError} If none had room for the rest in time.
 * @throws {AccountError} If plan logins would be used in parallel.
 * @throws Any error that prevents every prompt, or the output.
 */
export async function askAll(
  prompts: readonly Prompt[],
  { agent, context, results }: {
    agent: Keyed<Agent>;
    context: BatchContext;
    /** Where the results go. @default stdout */
    results?: ResultsFile;
  },
): Promise<number> {
  const { accounts, flags } = context;
  const notify = withoutRepeats(context.notify);
  const aside = flags.quiet ? () => {} : notify;
  const call = await prepareCall(agent, context, aside);
  const { underWay = [] } = results ?? {};
  if (underWay.length > 0) {
    const ids = underWay.join(", ");
    notify(`under way when the last batch ended, and asked again: ${ids}`);
  }
  const done = prompts.map((it) => results?.known.get(it.id)?.status);
  const left = prompts.filter((it) => !results?.known.has(it.id));

  const stop = new AbortController();
  let interrupted: number | undefined;
  using listeners = new DisposableStack();
  for (const [signal, code] of ENDING_SIGNALS) {
    listeners.use(runtime.host.onSignal(signal, () => {
      interrupted ??= code;
      stop.abort(new Error("interrupted"));
    }));
  }
  const progress = new BatchProgress({
    total: prompts.length,
    earlier: {
      ok: done.filter((it) => it === "ok").length,
      failed: done.filter((it) => it === "failed").length,
      out: 0,
    },
    labels: await labelsOf(() => accounts),
    notify,
    isQuiet: flags.quiet,
  });
  const { signal } = stop;
  try {
    await using _progress = progress;
    await inParallel(left, { room, signal, action: askAndSave });
  } finally {
    if (!flags.quiet) context.notify(progress.summary());
  }
  const { ok, failed } = progress.counts;
  const rest = prompts.length - ok - failed;
  if (interrupted !== undefined && rest > 0) {
    const how = results
      ? "run the same command again to continue"
      : "not saved";
    context.notify(`interrupted, ${rest} prompts are left: ${how}`);
    return interrupted;
  }
  await results?.finish();
  if (rest > 0) throw await notAsked(rest);
  if (failed > 0 && results) {
    context.notify("to ask what failed again, add --retry-failed");
  }
  return failed > 0 ? EXIT.failed : EXIT.done;

  /** Returns whether to ask further prompts. */
  async function askAndSave(prompt: Prompt): Promise<boolean> {
    await results?.noteStart(prompt);
    const result = await ask(prompt);
    if (!result) return true;
    try {
      if (results) await results.add(result);
      else await writeLine("stdout", formatResult(result));
    } catch (error) {
      stop.abort(error); // what the others answer would be lost, too
      throw error;
    }
    progress.count(result);
    // An account may be out for the model of one prompt only.
    return result.status !== "out" || await countReady() > 0;
  }

  /** Returns `undefined` if the prompt was interrupted. */
  async function ask(prompt: Prompt): Promise<BatchResult | undefined> {
    const startedAt = realSystem.elapsed();
    const asked = () => ({
      prompt,
      agent: agent.program,
      seconds: Math.round(realSystem.elapsed() - startedAt) / 1_000,
    });
    const { cwd, file } = prompt;
    const problem = await problemOf(prompt);
    if (problem) return await resultOf({ ...asked(), failure: problem });
    let hasAccount = false;
    try {
      const rotated = await call.wrapper.run(prompt.args, {
        ...call.options,
        cwd,
        stdin: file === undefined ? undefined : contentOf(file),
        signal,
        onAccount: () => hasAccount = true,
        onWait: progress.onWait,
      });
      using _run = rotated.run;
      const isAnswer = rotated.verdict.kind === KIND.ok;
      if (signal.aborted && !isAnswer) return undefined;
      const failure = isAnswer ? undefined : await failureOf(rotated, accounts);
      return await resultOf({ ...asked(), rotated, failure });
    } catch (error) {
      const wasRun = hasAccount && !hasCode(error, "program-not-found");
      if (!wasRun) await results?.noteNotRun(prompt);
      if (signal.aborted) return undefined;
      if (!isOfPrompt(error)) throw error;
      return await resultOf({ ...asked(), failure: error });
    }
  }

  /** More jobs than the accounts take at a time would wait until they fail. */
  async function room(): Promise<number> {
    const { jobs, options: { maxInFlight = 0 } } = call;
    if (maxInFlight === 0 || call.options.key) return jobs;
    return Math.min(jobs, maxInFlight * await countReady());
  }

  async function countReady(): Promise<number> {
    const all = await accounts.readiness();
    return all.filter((it) => it.obstacle === undefined).length;
  }

  async function notAsked(rest: number): Promise<Error> {
    const message = `Cannot ask the other ${rest} of ${prompts.length} prompts`;
    const go = results ? "the same command continues from there" : "use --out";
    if (await countReady() > 0) {
      const problem = "no account was ready, or had room for them in time";
      return new BusyError("in-use", `${message}: ${problem}`, { hint: go });
    }
    return new NoAccountReadyError(await accounts.readiness(), {
      message: `${message}: no account is ready`,
      hint: `${go}; with --wait, batch waits for an account`,
    });
  }
}

/**
 * Calls `action` with each of `prompts` in their order, some at once. Begins no
 * more when one returns `false` or fails, and waits for those under way.
 *
 * @throws The first failure.
 */
async function inParallel(
  prompts: readonly Prompt[],
  { room, signal, action }: {
    /** Returns how many may be under way now; one always may. */
    room: () => Promise<number>;
    signal: AbortSignal;
    action: (prompt: Prompt) => Promise<boolean>;
  },
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let isOver = false;

  async function run(prompt: Prompt): Promise<void> {
    try {
      if (!await action(prompt)) isOver = true;
    } catch (error) {
      isOver = true;
      failures.push(error);
    }
  }

  for (const prompt of prompts) {
    while (underWay.size > 0 && underWay.size >= await room()) {
      await Promise.race(underWay);
    }
    if (isOver || signal.aborted) break;
    const running = run(prompt).finally(() => underWay.delete(running));
    underWay.add(running);
  }
  await Promise.all(underWay);
  if (failures.length > 0) throw failures[0];
}

/** Returns why a prompt cannot be asked: its files may have changed meanwhile. */
async function problemOf(
  { cwd, file }: Prompt,
): Promise<Error | undefined> {
  const folder = cwd === undefined ? undefined : await findNamedFolder(cwd);
  if (folder?.problem) {
    return new Error(`Cannot run in "${cwd}": it ${folder.problem} any more`);
  }
  if (file === undefined) return undefined;
  try {
    const info = await runtime.files.info(file);
    if (info?.kind !== "file") {
      return new Error(`Cannot read "${file}": it is not a file any more`);
    }
    await runtime.files.readPart(file, 0, 1);
    return undefined;
  } catch (error) {
    return new Error(`Cannot read "${file}": ${messageOf(error)}`);
  }
}

/** Returns `notify` without what it has just told. */
function withoutRepeats(notify: Notify): Notify {
  const toldAt = new Map<string, number>();
  return (text) => {
    const now = realSystem.elapsed();
    const isNew = now - (toldAt.get(text) ?? -Infinity) >= TELL_AGAIN_MS;
    if (!isNew) return;
    toldAt.set(text, now);
    notify(text);
  };
}
