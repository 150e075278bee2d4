import { shellWord } from "../../accounts/fix_of.ts";
import {
  API_PRESETS,
  type ApiPreset,
  findPreset,
} from "../../agents/presets.ts";
import type { KeyOfRun } from "../../agents/formats.ts";
import { program } from "../../program.ts";
import {
  formatModelMap,
  MODELS_VARIABLE,
  parseModelMap,
} from "../../agents/model_map.ts";
import { problemOfModel } from "../../agents/api_key.ts";
import { cleanBaseUrl, problemOfGivenUrl } from "../../agents/given_key.ts";
import { UsageError } from "../line/usage_error.ts";

/** The flags of `add` that name the service of a key, and its models. */
export interface KeyFlags {
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
export type KeyService = Pick<KeyOfRun, "baseUrl" | "model">;

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
    ? API_PRESETS.find((it) => it.name === flags.preset)
    : findPreset(cleanBaseUrl(url).text);
  const baseUrl = url ?? preset?.baseUrl;
  const model = flags.model ?? preset?.model ?? usual;
  if (baseUrl === undefined) throw usage("it needs --preset or --base-url");
  if (model === undefined) {
    throw usage(
      "it needs --model, because the service at that address is unknown",
      `for example: cat key.txt | ${program()} add --api-key-stdin ` +
        `--base-url ${shellWord(baseUrl)} --model qwen3-coder-plus`,
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
