import { shellWord } from "../../accounts/fix_of.ts";
import { hasCode } from "../../errors.ts";
import { hasNoKey } from "../../common_errors.ts";
import type { KeyOfRun } from "../../agents/formats.ts";
import { API_PRESETS } from "../../agents/presets.ts";
import { nameOf } from "../../account_name.ts";
import { nameFrom } from "../../vault/account_name.ts";
import type { AddResult } from "../../accounts/add_account.ts";
import type { AddKeyResult } from "../../accounts/add_key.ts";
import { cleanKey } from "../../agents/given_key.ts";
import { describeAddedKey } from "../import_login.ts";
import {
  type CommandContext,
  defineCommand,
  type Flags,
} from "../line/command.ts";
import { EXIT } from "../exit_code.ts";
import { formatJson, JSON_FLAG, SCHEMA_FLAG } from "../screen/json.ts";
import { modelsOf, serviceFrom, serviceOf, usage } from "../setup/key_flags.ts";
import { parseLabel } from "../line/parse_label.ts";
import { readKeyFromStdin } from "../setup/read_key.ts";
import { UsageError } from "../line/usage_error.ts";
import { invocation, program } from "../../program.ts";

const FLAGS = {
  "oauth-file": {
    type: "text",
    value: "FILE",
    offers: "files",
    summary: "Import a qwen credential file (the file itself stays)",
  },
  "api-key-stdin": {
    type: "boolean",
    summary: "Read an API key from the first line of stdin",
  },
  preset: {
    type: "choice",
    words: API_PRESETS.map((it) => it.name),
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
    summary: "Send model TO when qwen asks for FROM (repeatable)",
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
    summary: "Replace the key of this account; number and label stay",
  },
  update: {
    type: "text",
    value: "ACCOUNT",
    offers: "accounts",
    summary: "Change the address or model of this account, not its key",
  },
  json: JSON_FLAG,
  schema: SCHEMA_FLAG,
} satisfies Flags;

/** `account-qwen add`. */
export const add = defineCommand({
  name: "add",
  group: "accounts",
  summary: "Add an account: a credential file, or an API key from stdin",
  makesFolder: true,
  flags: FLAGS,
  notes: [
    "Services and their default models:",
    ...API_PRESETS.map((it) =>
      `  ${it.name.padEnd(16)}  ${it.summary}: ${it.model}`
    ),
  ],
  examples: [
    `cat key.txt | ${program()} add --preset dashscope --api-key-stdin`,
    `pass qwen/work | ${program()} add --preset coding-plan --api-key-stdin --label work`,
    `cat key.txt | ${program()} add --api-key-stdin --base-url https://api.example.com/v1 --model qwen3`,
    `cat key.txt | ${program()} add --preset modelscope --api-key-stdin --map-model qwen3-max=Qwen/Qwen3-Max`,
    `cat key.txt | ${program()} add --replace work --api-key-stdin`,
    `${program()} add --update work --preset dashscope-intl`,
    `${program()} add --oauth-file ~/backup/oauth_creds.json`,
  ],
  async run(context) {
    const { flags, print, notify } = context;
    const path = flags["oauth-file"];
    if (flags.replace !== undefined && flags.update !== undefined) {
      throw usage("--replace and --update cannot be used together");
    }
    const replacesKey = flags.replace !== undefined && path === undefined;
    const hasKey = flags["api-key-stdin"] || replacesKey ||
      flags.update !== undefined;
    if ((path !== undefined) === hasKey) {
      throw usage("it needs --oauth-file or --api-key-stdin");
    }
    const label = flags.label === undefined
      ? undefined
      : parseLabel(flags.label, "add");
    const { result, says } = path === undefined
      ? await addKey(context, label)
      : await addFile(context, path, label);
    print(flags.json ? formatJson(toJson(result)) : says);
    const { added, index, twin } = result;
    if (added && twin !== undefined) {
      const address = shellWord(result.baseUrl ?? "");
      notify(
        `to change ${nameOf(twin.index, twin.label)} instead: ` +
          `${invocation()} remove ${index}, ` +
          `then ${invocation()} add --update ${twin.index} --base-url ${address}`,
      );
    }
    return EXIT.done;
  },
});

type Context = CommandContext<typeof FLAGS>;

/** The account after the change, and the message that reports it. */
interface Added {
  result: AddResult & Partial<AddKeyResult>;
  says: string;
}

function toJson(
  { index, label, added, updated, baseUrl, model, twin }: Added["result"],
): Record<string, unknown> {
  return {
    index,
    label: label ?? null,
    kind: baseUrl === undefined ? "oauth" : "api-key",
    added,
    updated,
    base_url: baseUrl ?? null,
    model: model ?? null,
    same_key_as: twin?.index ?? null,
  };
}

async function addFile(
  { flags, accounts }: Context,
  path: string,
  label: string | undefined,
): Promise<Added> {
  const unused = (["preset", "base-url", "model", "map-model"] as const)
    .find((it) => flags[it] !== undefined && flags[it].length > 0);
  if (unused) throw usage(`--${unused} only applies to API keys`);
  const { replace } = flags;
  if (replace !== undefined) {
    const mend = `${invocation()} login ${shellWord(replace)}`;
    throw usage(`--replace only applies to API keys; for a login: ${mend}`);
  }
  const result = await accounts.addAccount(path, { label });
  const { index, added, updated } = result;
  const name = nameOf(index, result.label);
  const says = updated
    ? `${name} now has the newer login from ${path}`
    : `${path} is ${added ? "now" : "already"} ${name}`;
  return { result, says };
}

async function addKey(
  context: Context,
  label: string | undefined,
): Promise<Added> {
  const { flags, accounts, findAccount } = context;
  const { replace, update } = flags;
  if (replace !== undefined) {
    return await replaceKey(context, await findAccount(replace), label);
  }
  if (update !== undefined) {
    return await updateKey(context, await findAccount(update), label);
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

/** Replaces the key of account `index`. */
async function replaceKey(
  { flags, accounts }: Context,
  index: number,
  label: string | undefined,
): Promise<Added> {
  const before = await keyBefore(accounts, index);
  const service = serviceFrom(flags, before);
  const others = { ...before?.others, ...modelsOf(flags) };
  const apiKey = await readKeyFromStdin("add");
  const key = { apiKey, ...service, others };
  const result = await accounts.addKey(key, { replace: index, label });
  const { host } = new URL(result.baseUrl);
  const name = nameOf(index, result.label);
  const says = `${name} now has the new key: ${host}, ${result.model}`;
  return { result, says };
}

/** Changes the address or model of account `index`; stdin may repeat its key. */
async function updateKey(
  { flags, accounts }: Context,
  index: number,
  label: string | undefined,
): Promise<Added> {
  const before = await accounts.readKey(index);
  const service = serviceFrom(flags, before);
  const others = modelsOf(flags);
  const { apiKey } = before;
  const isGiven = flags["api-key-stdin"];
  if (isGiven && cleanKey(await readKeyFromStdin("add")).text !== apiKey) {
    throw new UsageError(
      `Cannot update ${await nameFrom(
        accounts,
        index,
      )}: it has a different key`,
      "add",
      "to give it this key: cat key.txt | " +
        `${invocation()} add --replace ${index} --api-key-stdin`,
    );
  }
  const key = { apiKey, ...service, others };
  const result = await accounts.addKey(key, { update: index, label });
  return { result, says: describeAddedKey("the key", result) };
}

/** Returns `undefined` if the slot is invalid: flags must name the service. */
async function keyBefore(
  accounts: Context["accounts"],
  index: number,
): Promise<KeyOfRun | undefined> {
  try {
    return await accounts.readKey(index);
  } catch (error) {
    if (hasCode(error, "has-login")) {
      const name = await nameFrom(accounts, index);
      throw hasNoKey("replace", { index, name });
    }
    if (hasCode(error, "invalid-credential")) return undefined;
    throw error;
  }
}
