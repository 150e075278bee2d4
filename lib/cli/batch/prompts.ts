import type { Agent } from "../../agents/agent.ts";
import { digestOf } from "../../disk/bytes.ts";
import { findNamedFolder } from "../line/named.ts";
import { UsageError } from "../line/usage_error.ts";

/** A prompt of a batch. */
export interface Prompt {
  /** Identifies it among all prompts of the batch. */
  id: string;
  /** Identifies what the agent is asked. */
  hash: string;
  /** The agent's arguments. */
  args: readonly string[];
  /** The folder that the agent works in, absolute. @default that of this process */
  cwd: string | undefined;
  /** The file that the agent gets on stdin. @default none */
  file: string | undefined;
}

/** A prompt as it is given. */
type Given =
  & Partial<Record<typeof TEXTS[number], string | undefined>>
  & { args?: readonly string[] | undefined };

/**
 * Reads the prompts in `text`, one a line: a JSON object, or the prompt itself.
 * Blank lines are skipped. Each run also gets the agent arguments `args`.
 *
 * @throws {UsageError} If a line is not a prompt, or two have the same id.
 */
export async function readPrompts(
  text: string,
  { agent, args: common, name }: {
    agent: Pick<Agent, "promptArgs">;
    args: readonly string[];
    /** What to call the text in an error. */
    name: string;
  },
): Promise<Prompt[]> {
  const prompts: Prompt[] = [];
  const lineOf = new Map<string, number>();
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "") continue;
    const number = at + 1;
    const fail = (problem: string) =>
      new UsageError(`Cannot use line ${number} of ${name}: ${problem}`);
    const given = parseLine(line, fail);
    const folder = given.cwd === undefined
      ? undefined
      : await findNamedFolder(given.cwd);
    if (folder?.problem) {
      throw fail(`the folder "${given.cwd}" ${folder.problem}`);
    }
    const cwd = folder?.path;
    const own = [...given.args ?? [], ...common];
    const args = given.prompt === undefined
      ? own
      : withArgs(agent.promptArgs(given.prompt), own);
    const hash = await hashOf([args, cwd]);
    const id = given.id ?? `${number}-${hash.slice(0, 8)}`;
    const other = lineOf.get(id);
    if (other !== undefined) {
      throw fail(`line ${other} has the same id "${id}"`);
    }
    lineOf.set(id, number);
    prompts.push({ id, hash, args, cwd, file: undefined });
  }
  return prompts;
}

/** Returns a prompt with `args` for each of `files`, whose path is its id. */
export async function promptsForFiles(
  files: readonly string[],
  args: readonly string[],
): Promise<Prompt[]> {
  return await Promise.all(files.map(async (file) => ({
    id: file,
    hash: await hashOf([args, file]),
    args,
    cwd: undefined,
    file,
  })));
}

type Fail = (problem: string) => Error;

const TEXTS = ["prompt", "cwd", "id"] as const;

function parseLine(line: string, fail: Fail): Given {
  const given = line.trimStart().startsWith("{")
    ? parseObject(line, fail)
    : { prompt: line };
  const { prompt, args, cwd } = given;
  if (prompt === undefined && args === undefined) {
    throw fail('it has neither "prompt" nor "args"');
  }
  if (prompt?.trim() === "" || args?.length === 0) {
    throw fail("its prompt is empty");
  }
  const words = [prompt ?? "", cwd ?? "", ...args ?? []];
  if (words.some((it) => it.includes("\0"))) {
    throw fail("it contains a NUL character");
  }
  return given;
}

function parseObject(line: string, fail: Fail): Given {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(line);
  } catch {
    throw fail(
      "it is not valid JSON (a prompt that begins with { must be JSON)",
    );
  }
  for (const name of TEXTS) {
    if (value[name] === undefined || value[name] === null) continue;
    if (typeof value[name] !== "string") {
      throw fail(`"${name}" is not a string`);
    }
    if (name !== "prompt" && value[name] === "") {
      throw fail(`"${name}" is empty`);
    }
  }
  const { args } = value;
  const areWords = args === undefined || args === null ||
    Array.isArray(args) && args.every((it) => typeof it === "string");
  if (!areWords) throw fail('"args" is not a list of strings');
  const given = [...TEXTS, "args"].map((it) => [it, value[it] ?? undefined]);
  return Object.fromEntries(given);
}

/** Adds `args` to the words of a prompt: what follows `--` is the prompt. */
function withArgs(
  words: readonly string[],
  args: readonly string[],
): readonly string[] {
  const at = words.indexOf("--");
  if (at < 0) return [...words, ...args];
  return [...words.slice(0, at), ...args, ...words.slice(at)];
}

async function hashOf(asked: readonly unknown[]): Promise<string> {
  const text = JSON.stringify(asked);
  return (await digestOf(new TextEncoder().encode(text))).slice(0, 16);
}
