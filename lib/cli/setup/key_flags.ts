import { chosenAgent } from "../../agents/registry.ts";
import { shellWord } from "../../accounts/fix_of.ts";
import { type ApiPreset, findPreset } from "../../agents/presets.ts";
import type { KeyOfRun } from "../../agents/formats.ts";
import { agentInvocation } from "../../program.ts";
import {
  formatModelMap,
  MODELS_VARIABLE,
  parseModelMap,
  problemOfModel,
} from "../../agents/api_key.ts";
import {
  cleanBaseUrl,
  problemOfGivenKey,
  problemOfGivenUrl,
} from "../../agents/given_key.ts";
import { UsageError } from "../line/usage_error.ts";
import { runtime } from "../../system/mod.ts";

/** The flags of `add` that name the service of a key, and its models. */
interface KeyFlags {
  /** The name of a service. */
  preset: ApiPreset["name"] | undefined;
  /** The address of the API. */
  "base-url": string | undefined;
  /** The model to ask for. */
  model: string | undefined;
  /** Models that the service knows by another name, `FROM=TO`. */
  "map-model": readonly string[];
}

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
      throw new UsageError(
        `Cannot use --map-model: it ${error.message}`,
        "add",
      );
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
  const preset = url === undefined
    ? chosenAgent().keys.presets.find((it) => it.name === flags.preset)
    : findPreset(cleanBaseUrl(url, chosenAgent().keys).text);
  const baseUrl = url ?? preset?.baseUrl;
  const model = flags.model ?? preset?.model ?? usual;
  if (baseUrl === undefined) throw usage("it needs --preset or --base-url");
  if (model === undefined) {
    throw usage(
      "it needs --model, because the service at that address is unknown",
      `for example: cat key.txt | ${agentInvocation()} add --api-key-stdin ` +
        `--base-url ${shellWord(baseUrl)} --model ${
          chosenAgent().keys.presets[0].model
        }`,
    );
  }
  const problems = {
    "base-url": problemOfGivenUrl(baseUrl),
    model: problemOfModel(model),
  };
  for (const [name, problem] of Object.entries(problems)) {
    if (problem) {
      throw new UsageError(`Cannot use --${name}: it ${problem}`, "add");
    }
  }
  return { baseUrl, model };
}

/** Creates the error for flags of `add` that do not fit together. */
export function usage(problem: string, hint?: string): UsageError {
  return new UsageError(`Cannot run add: ${problem}`, "add", hint);
}

/** The longest line that can be a key; a key has a few dozen letters. */
const MAX_LINE_BYTES = 8 * 1024;

const LINE_BREAK = 0x0a;

/** A secret that a user pastes. */
interface Pasted {
  /** What it is, such as `key`. */
  what: string;
  /** Asks for it on a terminal. */
  question: string;
  /** Says why a text cannot be one; completes "it ...". */
  problemOf: (text: string) => string | undefined;
}

const KEY: Pasted = {
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
  secret: Pasted = KEY,
): Promise<string> {
  const { what, problemOf } = secret;
  const fail = (problem: string) =>
    new UsageError(`Cannot read the ${what} from stdin: ${problem}`, command);
  if (runtime.host.isTerminal("stdin")) {
    if (runtime.host.isTerminal("stderr")) return await ask(secret, fail);
    throw fail(`it is a terminal; pipe the ${what} to it`);
  }
  const line = await firstLine(runtime.host.stdin());
  if (line === undefined) throw fail("its first line is too long");
  const problem = problemOf(line);
  if (problem) throw fail(`the ${what} ${problem}`);
  return line;
}

async function ask(
  { what, question, problemOf }: Pasted,
  fail: (problem: string) => Error,
): Promise<string> {
  const { Dialog } = await import("./wizard_dialog.ts");
  using dialog = new Dialog();
  const text = await dialog.askValid(question, problemOf, { isHidden: true });
  if (text === undefined) throw fail(`no ${what} was given`);
  return text;
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
