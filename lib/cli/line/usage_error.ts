import type { Command } from "./command.ts";
import { agentInvocation } from "../../program.ts";
import { didYouMean } from "./nearest.ts";

/** Thrown when a command line is invalid. */
export class UsageError extends Error {
  /** The code of the error. */
  readonly code = "usage";
  /** What to type instead. @default an example of the command */
  readonly hint: string | undefined;

  /** Creates the error. */
  constructor(message: string, hint?: string) {
    super(message);
    this.name = "UsageError";
    this.hint = hint;
  }
}

/** Creates the error for words that `command` does not take. */
export function cannotRun(
  command: string,
  problem: string,
  hint?: string,
): UsageError {
  return new UsageError(`Cannot run ${command}: ${problem}`, hint);
}

/**
 * Returns the action of `command` that `word` names.
 *
 * @throws {UsageError} If there is none.
 */
export function chooseAction<Action>(
  command: string,
  word: string,
  actions: Readonly<Record<string, Action>>,
): Action {
  const chosen = Object.entries(actions).find(([it]) => it === word)?.[1];
  if (chosen) return chosen;
  const guess = didYouMean(word, Object.keys(actions));
  throw cannotRun(command, `unknown action "${word}"${guess}`);
}

/**
 * Returns what to type instead of an invalid command line: the example of the
 * command that has the most words in common with `typed`.
 */
export function exampleOf(
  command: Command,
  typed: readonly string[],
): string {
  const words = typed.flatMap((it) => it.split("=")[0] ?? []);
  const score = (example: string) =>
    words.filter((it) => example.split(/[ =]/).includes(it)).length;
  const [best] = command.examples.toSorted((a, b) => score(b) - score(a));
  return best === undefined
    ? `${agentInvocation()} help ${command.name}`
    : `for example: ${best}`;
}
