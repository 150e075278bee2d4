import { InvalidCredentialError, NoKeyError } from "../../login_errors.ts";
import type { KeyOfRun } from "../../providers/provider.ts";
import { API_PRESETS, findPreset } from "../../providers/api_presets.ts";
import {
  formatModelMap,
  MODELS_VARIABLE,
  parseModelMap,
} from "../../rotation/model_map.ts";
import { problemOfModel } from "../../store/api_key.ts";
import { cleanBaseUrl, problemOfGivenUrl } from "../../store/given_key.ts";
import { describeAddedKey } from "../added_key.ts";
import { type CommandContext, defineCommand, type Flags } from "../command.ts";
import { EXIT } from "../exit_code.ts";
import { parseLabel } from "../parse_label.ts";
import { readKeyFromStdin } from "../read_key.ts";
import { UsageError } from "../usage_error.ts";
import { program } from "../../program.ts";

const FLAGS = {
  "oauth-file": {
    type: "text",
    value: "FILE",
    offers: "files",
    summary: "Take in this credential file of qwen; it stays where it is",
  },
  "api-key-stdin": {
    type: "boolean",
    summary: "Read an API key from the first line of stdin",
  },
  preset: {
    type: "choice",
    words: API_PRESETS.map((it) => it.name),
    value: "NAME",
    summary: "The service of the key, one of those below",
  },
  "base-url": {
    type: "text",
    value: "URL",
    summary: "Where the API of the key is, if the service is none of these",
  },
  model: {
    type: "text",
    value: "NAME",
    summary: "The model to ask for (default: as before, or the service's)",
  },
  "map-model": {
    type: "texts",
    value: "FROM=TO",
    summary: "Ask for TO where qwen asks for FROM; as often as needed",
  },
  label: {
    type: "text",
    value: "TEXT",
    summary: "What to call the account",
  },
  replace: {
    type: "number",
    value: "N",
    offers: "accounts",
    summary: "Give account N this key; it keeps its number and its label",
  },
} satisfies Flags;

/** `account-qwen add`. */
export const add = defineCommand({
  name: "add",
  group: "accounts",
  summary: "Add an account: a credential file, or an API key from stdin",
  makesFolder: true,
  flags: FLAGS,
  notes: [
    "Services, and the model that each uses unless --model is set:",
    ...API_PRESETS.map((it) =>
      `  ${it.name.padEnd(16)}  ${it.summary}: ${it.model}`
    ),
  ],
  examples: [
    `cat key.txt | ${program()} add --preset dashscope --api-key-stdin`,
    `pass qwen/work | ${program()} add --preset coding-plan --api-key-stdin --label work`,
    `cat key.txt | ${program()} add --api-key-stdin --base-url https://api.example.com/v1 --model qwen3`,
    `cat key.txt | ${program()} add --preset modelscope --api-key-stdin --map-model qwen3-max=Qwen/Qwen3-Max`,
    `cat key.txt | ${program()} add --replace 2 --api-key-stdin`,
    `${program()} add --oauth-file ~/backup/oauth_creds.json`,
  ],
  async run(context) {
    const { flags, accounts, print } = context;
    const path = flags["oauth-file"];
    const replacesKey = flags.replace !== undefined && path === undefined;
    const hasKey = flags["api-key-stdin"] || replacesKey;
    if ((path !== undefined) === hasKey) {
      throw usage("it needs --oauth-file or --api-key-stdin");
    }
    const label = flags.label === undefined
      ? undefined
      : parseLabel(flags.label, "add");
    const { result, says } = path === undefined
      ? await addKey(context, label)
      : await addFile(context, path);
    const isLabelled = path === undefined && result.added;
    if (label !== undefined && !isLabelled) {
      await accounts.setLabel(result.index, label);
    }
    print(says);
    return EXIT.done;
  },
});

type Context = CommandContext<typeof FLAGS>;

async function addFile({ flags, accounts }: Context, path: string) {
  const unused = (["preset", "base-url", "model", "map-model"] as const)
    .find((it) => flags[it] !== undefined && flags[it].length > 0);
  if (unused) throw usage(`--${unused} is for an API key`);
  const { replace } = flags;
  if (replace !== undefined) {
    throw usage(
      `--replace is for an API key; see ${program()} login ${replace}`,
    );
  }
  const result = await accounts.addAccount(path);
  const { index, added, updated } = result;
  const says = updated
    ? `${path} is a newer login of account ${index}, which has it now`
    : `${path} is ${added ? "now" : "already"} account ${index}`;
  return { result, says };
}

async function addKey({ flags, accounts }: Context, label: string | undefined) {
  const { replace } = flags;
  if (replace !== undefined) {
    return await replaceKey({ flags, accounts }, replace);
  }
  const service = serviceOf(flags);
  const others = modelsOf(flags);
  const apiKey = await readKeyFromStdin("add");
  const isUsualModel = flags.model === undefined;
  const options = { label, isUsualModel };
  const key = { apiKey, ...service, others };
  const result = await accounts.addKey(key, options);
  return { result, says: describeAddedKey("the key", result) };
}

/** Puts another key in the place of that of account `index`. */
async function replaceKey(
  { flags, accounts }: Pick<Context, "flags" | "accounts">,
  index: number,
) {
  const before = await keyBefore(accounts, index);
  const isElsewhere = flags.preset !== undefined ||
    flags["base-url"] !== undefined;
  const service = before && !isElsewhere
    ? { baseUrl: before.baseUrl, model: flags.model ?? before.model }
    : serviceOf(flags);
  const others = { ...before?.others, ...modelsOf(flags) };
  const apiKey = await readKeyFromStdin("add");
  const key = { apiKey, ...service, others };
  const result = await accounts.addKey(key, { replace: index });
  const { host } = new URL(result.baseUrl);
  const says = `account ${index} has the new key now: ${host}, ${result.model}`;
  return { result, says };
}

/** `undefined` where the slot is of no use: then the service must be named. */
async function keyBefore(
  accounts: Context["accounts"],
  index: number,
): Promise<KeyOfRun | undefined> {
  try {
    return await accounts.readKey(index);
  } catch (error) {
    if (error instanceof NoKeyError) throw new NoKeyError(index, "replace");
    if (error instanceof InvalidCredentialError) return undefined;
    throw error;
  }
}

/** What the slot is to say of models that have another name there. */
function modelsOf(flags: Context["flags"]): Record<string, string> {
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

/** Where the key is good, before anybody is asked for it. */
function serviceOf(
  flags: Context["flags"],
): { baseUrl: string; model: string } {
  const url = flags["base-url"];
  if (flags.preset !== undefined && url !== undefined) {
    throw usage("--preset and --base-url exclude each other");
  }
  const preset = url === undefined
    ? API_PRESETS.find((it) => it.name === flags.preset)
    : findPreset(cleanBaseUrl(url).text);
  const baseUrl = url ?? preset?.baseUrl;
  const model = flags.model ?? preset?.model;
  if (baseUrl === undefined) throw usage("it needs --preset or --base-url");
  if (model === undefined) throw usage("it needs --model");
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

function usage(problem: string): UsageError {
  return new UsageError(`Cannot run add: ${problem}`, "add");
}
