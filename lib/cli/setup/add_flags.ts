import { shellWord } from "../../accounts/fix_of.ts";
import {
  formatModelMap,
  MODELS_VARIABLE,
  parseModelMap,
  problemOfModel,
} from "../../agents/api_key.ts";
import type { KeyOfRun } from "../../agents/formats.ts";
import { cleanBaseUrl, problemOfGivenUrl } from "../../agents/given_key.ts";
import { findPreset } from "../../agents/presets.ts";
import { chosenAgent } from "../../agents/registry.ts";
import { agentInvocation } from "../../program.ts";
import { flagsIf, withLogins } from "../line/agent_words.ts";
import type { Flags, FlagValues } from "../line/command.ts";
import { cannotRun, UsageError } from "../line/usage_error.ts";
import { JSON_FLAGS } from "../screen/json.ts";

const AGENT = chosenAgent();

const { presets: PRESETS } = AGENT.keys;

const { login: HOME_LOGIN } = AGENT.homes;

/** The flags of `add`. */
export const ADD_FLAGS = {
  "oauth-file": {
    type: "text",
    value: "FILE",
    offers: "files",
    summary: withLogins(
      `Import a ${AGENT.program} credential file (the file itself stays)`,
    ),
  },
  ...flagsIf(HOME_LOGIN !== undefined, {
    "plain-login": {
      type: "boolean",
      summary: `Add the login that plain ${AGENT.program} has now`,
    },
    force: {
      type: "boolean",
      summary: `Add it although plain ${AGENT.program} is running`,
    },
  }),
  ...flagsIf(HOME_LOGIN?.tokens !== undefined, {
    token: {
      type: "boolean",
      summary: `Read a token of "${HOME_LOGIN?.tokens?.source}" from stdin`,
    },
  }),
  "api-key-stdin": {
    type: "boolean",
    summary: "Read an API key from the first line of stdin",
  },
  preset: {
    type: "choice",
    words: PRESETS.map((it) => it.name),
    value: "NAME",
    summary: "The service that the key is for (listed below)",
  },
  "base-url": {
    type: "text",
    value: "URL",
    summary: "The API address, for a service that is not listed below",
  },
  model: {
    type: "text",
    value: "NAME",
    summary: "The model (default: the current one, or the service's)",
  },
  "map-model": {
    type: "texts",
    value: "FROM=TO",
    summary: `Send model TO when ${AGENT.program} asks for FROM (repeatable)`,
  },
  label: {
    type: "text",
    value: "TEXT",
    summary: "The label of the account",
  },
  replace: {
    type: "text",
    value: "ACCOUNT",
    offers: "accounts",
    summary: `Replace the key${
      HOME_LOGIN?.tokens ? " or the token" : ""
    } of this account; number and label stay`,
  },
  update: {
    type: "text",
    value: "ACCOUNT",
    offers: "accounts",
    summary: "Change the address or model of this account, not its key",
  },
  ...JSON_FLAGS,
} satisfies Flags;

/** What can be added. */
export const WAYS = [
  ...(AGENT.login ? ["--oauth-file"] : []),
  ...(HOME_LOGIN ? ["--plain-login"] : []),
  ...(HOME_LOGIN?.tokens ? ["--token"] : []),
  "--api-key-stdin",
].join(", ").replace(/, (?=[^,]*$)/, " or ");

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
  const { keys } = AGENT;
  const preset = url === undefined
    ? keys.presets.find((it) => it.name === flags.preset)
    : findPreset(cleanBaseUrl(url, keys).text);
  const baseUrl = url ?? preset?.baseUrl;
  const model = flags.model ?? preset?.model ?? usual;
  if (baseUrl === undefined) throw usage("it needs --preset or --base-url");
  const problem = problemOfGivenUrl(baseUrl);
  if (problem) throw unusable("base-url", problem);
  if (model === undefined) {
    throw usage(
      "it needs --model, because the service at that address is unknown",
      `for example: cat key.txt | ${agentInvocation()} add --api-key-stdin ` +
        `--base-url ${shellWord(baseUrl)} --model ${keys.presets[0].model}`,
    );
  }
  const problemWithModel = problemOfModel(model);
  if (problemWithModel) throw unusable("model", problemWithModel);
  return { baseUrl, model };
}

function unusable(flag: string, problem: string): UsageError {
  return new UsageError(`Cannot use --${flag}: it ${problem}`);
}

/** Creates the error for flags of `add` that do not fit together. */
export function usage(problem: string, hint?: string): UsageError {
  return cannotRun("add", problem, hint);
}
