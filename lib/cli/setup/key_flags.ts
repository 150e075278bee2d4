import { chosenAgent } from "../../agents/registry.ts";
import { shellWord } from "../../accounts/fix_of.ts";
import { findPreset } from "../../agents/presets.ts";
import type { KeyOfRun } from "../../agents/formats.ts";
import { agentInvocation } from "../../program.ts";
import {
  formatModelMap,
  MODELS_VARIABLE,
  parseModelMap,
} from "../../agents/model_map.ts";
import { problemOfModel } from "../../agents/api_key.ts";
import {
  cleanBaseUrl,
  problemOfGivenKey,
  problemOfGivenUrl,
} from "../../agents/given_key.ts";
import type { FlagValues } from "../line/command.ts";
import { UsageError } from "../line/usage_error.ts";
import { canAsk } from "../screen/streams.ts";
import { runtime } from "../../system/mod.ts";
import type { ADD_FLAGS } from "./add_flags.ts";

/** The flags of `add` that name the service of a key, and its models. */
type KeyFlags = Pick<
  FlagValues<typeof ADD_FLAGS>,
  "preset" | "base-url" | "model" | "map-model"
>;

/** Where the API is, and the model to ask for. */
type KeyService = Pick<KeyOfRun, "baseUrl" | "model">;

/** Returns the service of a key: the previous one, unless a flag names another. */
export function serviceFrom(
  flags: KeyFlags,
  before: KeyOfRun | undefined,
): KeyService {
  const isElsewhere = flags.preset !== undefined ||
    flags["base-url"] !== undefined;
  return before && !isElsewhere
    ? { baseUrl: before.baseUrl, model: flags.model ?? before.model }
    : serviceOf(flags, before?.model);
}

/** Returns the entry of the slot for models that have another name there. */
export function modelsOf(flags: KeyFlags): Record<string, string> {
  const pairs = flags["map-model"].map((text) => {
    try {
      const [pair, ...more] = parseModelMap(text);
      if (pair && more.length === 0) return pair;
      throw new SyntaxError("is not FROM=TO with two model names");
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw unusable("map-model", error.message);
    }
  });
  if (pairs.length === 0) return {};
  return { [MODELS_VARIABLE]: formatModelMap(new Map(pairs)) };
}

/**
 * Returns the service that the flags name; `usual` is the model for an unknown
 * address. Runs before the key is read, so that mistakes show up early.
 */
export function serviceOf(flags: KeyFlags, usual?: string): KeyService {
  const url = flags["base-url"];
  if (flags.preset !== undefined && url !== undefined) {
    throw usage("--preset and --base-url cannot be used together");
  }
  const { keys } = chosenAgent();
  const preset = url === undefined
    ? keys.presets.find((it) => it.name === flags.preset)
    : findPreset(cleanBaseUrl(url, keys).text);
  const baseUrl = url ?? preset?.baseUrl;
  const model = flags.model ?? preset?.model ?? usual;
  if (baseUrl === undefined) throw usage("it needs --preset or --base-url");
  if (model === undefined) {
    throw usage(
      "it needs --model, because the service at that address is unknown",
      `for example: cat key.txt | ${agentInvocation()} add --api-key-stdin ` +
        `--base-url ${shellWord(baseUrl)} --model ${keys.presets[0].model}`,
    );
  }
  const problems = {
    "base-url": problemOfGivenUrl(baseUrl),
    model: problemOfModel(model),
  };
  for (const [name, problem] of Object.entries(problems)) {
    if (problem) throw unusable(name, problem);
  }
  return { baseUrl, model };
}

function unusable(flag: string, problem: string): UsageError {
  return new UsageError(`Cannot use --${flag}: it ${problem}`, "add");
}

/** Creates the error for flags of `add` that do not fit together. */
export function usage(problem: string, hint?: string): UsageError {
  return new UsageError(`Cannot run add: ${problem}`, "add", hint);
}

/** The longest line that can be a key; a key has a few dozen letters. */
const MAX_LINE_BYTES = 8 * 1024;

const LINE_BREAK = 0x0a;

/** What a user pastes; `problemOf` says why a text is invalid: "it ...". */
const KEY = {
  what: "key",
  question: "New API key (it is not shown):",
  problemOf: problemOfGivenKey,
};

/**
 * Reads a pasted key from the first line of stdin, so that it appears neither
 * in a process list nor in the history of a shell. On a terminal, asks for it.
 *
 * @throws {UsageError} If the user cannot be asked, or the line cannot be a
 * key; `command` is the command whose help the error names.
 */
export async function readKeyFromStdin(
  command: string,
  secret: typeof KEY = KEY,
): Promise<string> {
  const { what, question, problemOf } = secret;
  const fail = (problem: string) =>
    new UsageError(`Cannot read the ${what} from stdin: ${problem}`, command);
  if (runtime.host.isTerminal("stdin")) {
    if (!canAsk()) throw fail(`it is a terminal; pipe the ${what} to it`);
    const { Dialog } = await import("./wizard_dialog.ts");
    using dialog = new Dialog();
    const text = await dialog.askValid(question, problemOf, { isHidden: true });
    if (text === undefined) throw fail(`no ${what} was given`);
    return text;
  }
  const line = await firstLine(runtime.host.stdin());
  if (line === undefined) throw fail("its first line is too long");
  const problem = problemOf(line);
  if (problem) throw fail(`the ${what} ${problem}`);
  return line;
}

/** Returns the first line of `bytes`; `undefined` if it is too long. */
async function firstLine(
  bytes: ReadableStream<Uint8Array>,
): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let line = "";
  let size = 0;
  for await (const chunk of bytes) {
    const end = chunk.indexOf(LINE_BREAK);
    size += end < 0 ? chunk.length : end;
    if (size > MAX_LINE_BYTES) return undefined;
    line += decoder.decode(end < 0 ? chunk : chunk.subarray(0, end), {
      stream: true,
    });
    if (end >= 0) break;
  }
  return line;
}
