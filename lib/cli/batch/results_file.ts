/**
 * The file with the results of a batch. Each result is one line, which is
 * written in one piece and then flushed to the disk. A lock on the file itself
 * keeps a second batch away.
 *
 * Before a prompt is asked, its id goes to a journal beside the file, which lasts
 * until nothing is under way any more. An id there without a result was under way
 * when a batch was killed, unless a later line says that the agent was not run.
 * The journal is not flushed: after a power failure, it may miss an id, whose
 * prompt is then asked again without being named.
 *
 * @module
 */

import { BusyError } from "../../errors.ts";
import {
  basename,
  dirname,
  replacedBy,
  temporaryName,
} from "../../disk/names.ts";
import { FILE_MODE } from "../../disk/layout.ts";
import { errorCode, runtime, unlessRefused } from "../../system/mod.ts";
import { parseObject } from "../../json.ts";
import { inTurn } from "../../system/in_turn.ts";
import { UsageError } from "../line/usage_error.ts";
import { linesOf } from "./lines_of_file.ts";
import type { Prompt } from "./prompts.ts";
import {
  type BatchResult,
  formatResult,
  RESULT_BEGINS,
  type Status,
  STATUSES,
} from "./result.ts";

/** What is known about a result that is in the file. */
type KnownResult = Pick<BatchResult, "id" | "prompt" | "status">;

/** The results of a batch in a file, which is locked until disposed of. */
export class ResultsFile implements Disposable {
  /** The results that the file already has, by their ids. */
  readonly known: ReadonlyMap<string, KnownResult>;
  /** The ids of prompts that were under way when a batch was killed. */
  readonly underWay: readonly string[];
  readonly #path: string;
  readonly #locks: DisposableStack;
  readonly #inTurn = inTurn();

  private constructor(
    path: string,
    { known, underWay, locks }: Pick<ResultsFile, "known" | "underWay"> & {
      locks: DisposableStack;
    },
  ) {
    this.#path = path;
    this.#locks = locks;
    this.known = known;
    this.underWay = underWay;
  }

  /**
   * Opens the file at `path`, or creates it. Removes a last line that is cut off,
   * and the results whose status is in `again`.
   *
   * @throws {UsageError} If it cannot be such a file.
   * @throws {BusyError} If another batch is writing to it.
   */
  static async open(
    path: string,
    { again }: { again: ReadonlySet<Status> },
  ): Promise<ResultsFile> {
    const real = await findFile(path);
    using locks = new DisposableStack();
    locks.use(await takeLock(real, path));
    await removeLeftovers(real);
    const known = new Map<string, KnownResult>();
    const ids = new Set<string>();
    const kept: number[] = [];
    let number = 0;
    for await (const { text, isWhole } of linesOf(real)) {
      number++;
      const result = parseResult(text);
      if (!result && !isWhole && isCutOff(text)) continue;
      if (!result) {
        throw unusable(path, `line ${number} is not a result of batch`);
      }
      ids.add(result.id);
      if (again.has(result.status)) continue;
      if (known.has(result.id)) {
        throw unusable(path, `it has two results with the id "${result.id}"`);
      }
      known.set(result.id, result);
      kept.push(number);
    }
    if (kept.length < number) locks.use(await keepLines(real, kept));
    const journal = journalOf(real);
    const { kind = "file" } = await runtime.files.info(journal) ?? {};
    if (kind !== "file") throw unusable(path, `"${journal}" is not a file`);
    const underWay = await readJournal(journal, ids);
    return new ResultsFile(real, { known, underWay, locks: locks.move() });
  }

  /**
   * Makes sure that the results belong to `prompts`.
   *
   * @throws {UsageError} If one is that of another prompt with the same id.
   */
  requireSamePrompts(prompts: readonly Prompt[], path: string): void {
    for (const { id, hash } of prompts) {
      if ((this.known.get(id)?.prompt ?? hash) === hash) continue;
      const problem = `it has the result of another prompt with the id "${id}"`;
      throw unusable(path, problem);
    }
  }

  /** Notes that a prompt is about to be asked. */
  async noteStart({ id }: Prompt): Promise<void> {
    await this.#note({ id });
  }

  /** Notes that the agent was not run for a prompt. */
  async noteNotRun({ id }: Prompt): Promise<void> {
    await this.#note({ id, run: false });
  }

  async #note(line: { id: string; run?: boolean }): Promise<void> {
    const { files } = runtime;
    const journal = journalOf(this.#path);
    const text = JSON.stringify(line);
    await this.#inTurn(() => files.appendLine(journal, text, FILE_MODE));
  }

  /** Adds a result; it is on the disk afterwards. */
  async add(result: BatchResult): Promise<void> {
    await this.#inTurn(async () => {
      const line = formatResult(result);
      await runtime.files.appendLine(this.#path, line, FILE_MODE);
      await runtime.files.syncFile(this.#path);
    });
  }

  /** Removes the journal: nothing is under way any more. */
  async finish(): Promise<void> {
    await runtime.files.remove(journalOf(this.#path));
  }

  /** Unlocks the file. */
  [Symbol.dispose](): void {
    this.#locks.dispose();
  }
}

function unusable(path: string, problem: string): UsageError {
  return new UsageError(
    `Cannot use --out "${path}": ${problem}`,
    "name another file",
  );
}

function journalOf(path: string): string {
  return `${path}.started`;
}

/** Why a file cannot be written. */
const OBSTACLES: Readonly<Record<string, string>> = {
  ENOENT: "its folder does not exist",
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOTDIR: "a part of that path is not a directory",
  EROFS: "its file system is read-only",
};

/** Does `action`; an obstacle becomes an error that names `path`. */
async function explained<T>(
  path: string,
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const obstacle = OBSTACLES[errorCode(error) ?? ""];
    throw obstacle === undefined ? error : unusable(path, obstacle);
  }
}

/** Returns the path of the file itself if `path` is a link to it. */
async function findFile(path: string): Promise<string> {
  const { files } = runtime;
  const real = await explained(path, () => files.realPath(path)) ?? path;
  const info = await files.info(real);
  if (info && info.kind !== "file") throw unusable(path, "it is not a file");
  return real;
}

async function takeLock(real: string, path: string): Promise<Disposable> {
  const { files } = runtime;
  const held = await explained(path, () => files.tryLock(real, FILE_MODE));
  if (held) return held;
  const holder = await runtime.files.lockHolder(real);
  const who = holder ? `process ${holder.pid}` : "another process";
  const message = `Cannot use --out "${path}": ${who} is writing to it`;
  throw new BusyError("in-use", message);
}

/**
 * Removes what a batch has left that was killed while it replaced the file, if
 * the system allows it.
 */
async function removeLeftovers(path: string): Promise<void> {
  const { files } = runtime;
  const folder = dirname(path);
  for (const name of await files.list(folder).catch(unlessRefused) ?? []) {
    if (replacedBy(name) !== basename(path)) continue;
    await files.remove(`${folder}/${name}`).catch(unlessRefused);
  }
}

/**
 * Replaces the file by one with only the lines `kept`, and returns a lock on
 * that. The caller keeps the lock on the old one, so that a batch that has it
 * open already finds it locked.
 */
async function keepLines(
  path: string,
  kept: readonly number[],
): Promise<Disposable> {
  const { files } = runtime;
  const temporary = temporaryName(path);
  const numbers = new Set(kept);
  try {
    const held = await takeLock(temporary, temporary);
    let number = 0;
    for await (const { text } of linesOf(path)) {
      if (numbers.has(++number)) {
        await files.appendLine(temporary, text, FILE_MODE);
      }
    }
    await files.syncFile(temporary);
    await files.rename(temporary, path);
    await files.syncFolder(dirname(path));
    return held;
  } catch (error) {
    await files.remove(temporary);
    throw error;
  }
}

/** Returns the ids in a journal that are not in `ended`. */
async function readJournal(
  path: string,
  ended: ReadonlySet<string>,
): Promise<string[]> {
  const started = new Set<string>();
  for await (const { text } of linesOf(path)) {
    const { id, run } = parseObject(text) ?? {};
    if (typeof id !== "string") continue;
    if (run === false) started.delete(id);
    else if (!ended.has(id)) started.add(id);
  }
  return [...started];
}

/**
 * Whether a line without an end is a part of a result. A power failure may leave
 * zeros in place of the rest.
 */
function isCutOff(text: string): boolean {
  const part = text.replace(/\0+$/, "");
  return part.startsWith(RESULT_BEGINS) || RESULT_BEGINS.startsWith(part);
}

function parseResult(text: string): KnownResult | undefined {
  const { id, prompt, status } = parseObject(text) ?? {};
  const known = STATUSES.find((it) => it === status);
  if (typeof id !== "string" || typeof prompt !== "string" || !known) {
    return undefined;
  }
  return { id, prompt, status: known };
}
