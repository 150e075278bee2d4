import { chosenAgent } from "../../agents/registry.ts";
import { shellWord } from "../../accounts/fix_of.ts";
import { hasCode } from "../../errors.ts";
import { hasNoKey } from "../../common_errors.ts";
import type { KeyOfRun } from "../../agents/formats.ts";
import { nameOf } from "../../account_name.ts";
import { nameFrom } from "../../vault/account_name.ts";
import type { AddResult } from "../../accounts/add_account.ts";
import type { AddKeyResult } from "../../accounts/add_key.ts";
import { cleanKey } from "../../agents/given_key.ts";
import {
  ADD_FLAGS,
  modelsOf,
  serviceFrom,
  usage,
  WAYS,
} from "../setup/add_flags.ts";
import {
  addPlainLogin,
  addTokenFromStdin,
  describeAddedKey,
  readKeyFromStdin,
} from "../setup/add_login.ts";
import { type CommandContext, defineCommand } from "../line/command.ts";
import { exampleAddress } from "../line/agent_words.ts";
import { parseLabel } from "../line/parse_label.ts";
import { UsageError } from "../line/usage_error.ts";
import { agentInvocation, invocation } from "../../program.ts";

const AGENT = chosenAgent();

const { login: HOME_LOGIN } = AGENT.homes;

/** The services of the examples. */
const { presets: PRESETS } = AGENT.keys;
const [USUAL] = PRESETS;
const [, ...OTHERS] = PRESETS;
const OTHER = OTHERS.at(-1);
const SAME_KEY = OTHERS.find((it) => it.variable === USUAL.variable);

/** `account-qwen add`. */
export const add = defineCommand({
  name: "add",
  group: "accounts",
  summary: AGENT.login
    ? "Add an account: a credential file, or an API key from stdin"
    : HOME_LOGIN
    ? `Add an account: the login of plain ${AGENT.program}, or an API key`
    : "Add an account: an API key from stdin",
  makesFolder: true,
  flags: ADD_FLAGS,
  notes: [
    "Services and their default models:",
    ...PRESETS.map((it) =>
      `  ${it.name.padEnd(16)}  ${it.summary}: ${it.model}`
    ),
  ],
  examples: [
    `cat key.txt | ${agentInvocation()} add --preset ${USUAL.name} --api-key-stdin`,
    `pass keys/work | ${agentInvocation()} add --preset ${USUAL.name} --api-key-stdin --label work`,
    `cat key.txt | ${agentInvocation()} add --api-key-stdin --base-url ${exampleAddress()} --model ${USUAL.model}`,
    ...(OTHER
      ? [
        `cat key.txt | ${agentInvocation()} add --preset ${OTHER.name} --api-key-stdin --map-model ${USUAL.model}=${OTHER.model}`,
      ]
      : []),
    `cat key.txt | ${agentInvocation()} add --replace work --api-key-stdin`,
    `add --update work ${
      SAME_KEY ? `--preset ${SAME_KEY.name}` : `--model ${USUAL.model}`
    }`,
    ...(AGENT.login ? [`add --oauth-file ~/backup/${AGENT.login.file}`] : []),
    ...(HOME_LOGIN ? ["add --plain-login"] : []),
    ...(HOME_LOGIN?.tokens
      ? [`cat token.txt | ${agentInvocation()} add --token --label ci`]
      : []),
  ],
  async run(context) {
    const { flags, answer, notify } = context;
    const path = flags["oauth-file"];
    if (flags.replace !== undefined && flags.update !== undefined) {
      throw usage("--replace and --update cannot be used together");
    }
    const { token, "plain-login": plain } = flags;
    const replacesKey = flags.replace !== undefined && path === undefined &&
      !token;
    const isUpdate = flags.update !== undefined;
    const hasKey = flags["api-key-stdin"] || replacesKey || isUpdate;
    const keyFlag = flags["api-key-stdin"]
      ? "--api-key-stdin"
      : isUpdate
      ? "--update"
      : "--replace";
    const [way, other] = [
      ...path !== undefined ? ["--oauth-file"] : [],
      ...plain ? ["--plain-login"] : [],
      ...token ? ["--token"] : [],
      ...hasKey ? [keyFlag] : [],
    ];
    if (way === undefined) throw usage(`it needs ${WAYS}`);
    if (other !== undefined) {
      throw usage(`${way} and ${other} cannot be used together`);
    }
    const label = parseLabel(flags.label);
    const { result, message } = path !== undefined
      ? await addFile(context, path, label)
      : hasKey
      ? await addKey(context, label)
      : await addLogin(context, label);
    const { added, index, baseUrl, twin } = result;
    answer({
      index,
      label: result.label,
      kind: token ? "token" : baseUrl === undefined ? "oauth" : "api-key",
      added,
      updated: result.updated,
      base_url: baseUrl,
      model: result.model,
      same_key_as: twin?.index,
    }, message);
    if (added && twin !== undefined) {
      const address = shellWord(baseUrl ?? "");
      notify(
        `to change ${nameOf(twin.index, twin.label)} instead: ` +
          `${invocation()} remove ${index} && ` +
          `${invocation()} add --update ${twin.index} --base-url ${address}`,
      );
    }
  },
});

type Context = CommandContext<typeof ADD_FLAGS>;

/** The account after the change, and the message that reports it. */
interface Added {
  result: AddResult & Partial<AddKeyResult>;
  message: string;
}

/** Adds the login of the plain agent, or a token. */
async function addLogin(
  { flags, accounts, findIfGiven }: Context,
  label: string | undefined,
): Promise<Added> {
  refuseKeyFlags(flags);
  const replace = await findIfGiven(flags.replace);
  if (!flags.token || !HOME_LOGIN?.tokens) {
    return await addPlainLogin(accounts, { label, force: flags.force });
  }
  const options = { label, replace };
  return await addTokenFromStdin(accounts, HOME_LOGIN.tokens, options);
}

function refuseKeyFlags(flags: Context["flags"]): void {
  const unused = (["preset", "base-url", "model", "map-model"] as const)
    .find((it) => flags[it] !== undefined && flags[it].length > 0);
  if (unused) throw usage(`--${unused} only applies to API keys`);
}

async function addFile(
  { flags, accounts }: Context,
  path: string,
  label: string | undefined,
): Promise<Added> {
  refuseKeyFlags(flags);
  const { replace } = flags;
  if (replace !== undefined) {
    const mend = `${invocation()} login ${shellWord(replace)}`;
    throw usage(`--replace only applies to API keys; for a login: ${mend}`);
  }
  const result = await accounts.addAccount(path, { label });
  const { index, added, updated } = result;
  const name = nameOf(index, result.label);
  const message = updated
    ? `${name} now has the newer login from ${path}`
    : `${path} is ${added ? "now" : "already"} ${name}`;
  return { result, message };
}

/** Adds a key, replaces that of an account, or changes where it is used. */
async function addKey(
  context: Context,
  label: string | undefined,
): Promise<Added> {
  const { flags, accounts, findIfGiven } = context;
  const update = await findIfGiven(flags.update);
  if (update !== undefined) return await updateKey(context, update, label);
  const replace = await findIfGiven(flags.replace);
  const before = replace === undefined
    ? undefined
    : await keyBefore(accounts, replace);
  const service = serviceFrom(flags, before);
  const others = { ...before?.others, ...modelsOf(flags) };
  const apiKey = await readKeyFromStdin();
  const isUsualModel = flags.model === undefined;
  const key = { apiKey, ...service, others };
  const result = await accounts.addKey(key, { label, replace, isUsualModel });
  const { index, label: called, baseUrl, model } = result;
  const message = replace === undefined
    ? describeAddedKey("the key", result)
    : `${nameOf(index, called)} now has the new key: ` +
      `${new URL(baseUrl).host}, ${model}`;
  return { result, message };
}

/** Changes the address or model of account `index`; stdin may repeat its key. */
async function updateKey(
  { flags, accounts }: Context,
  index: number,
  label: string | undefined,
): Promise<Added> {
  const changes = [
    "preset",
    "base-url",
    "model",
    "map-model",
    "label",
  ] as const;
  if (changes.every((it) => (flags[it] ?? "").length === 0)) {
    throw usage("--update needs --preset, --base-url, --model or --map-model");
  }
  const before = await accounts.readKey(index);
  const service = serviceFrom(flags, before);
  const others = modelsOf(flags);
  const { apiKey } = before;
  const isGiven = flags["api-key-stdin"];
  if (isGiven && cleanKey(await readKeyFromStdin()).text !== apiKey) {
    const name = await nameFrom(accounts, index);
    throw new UsageError(
      `Cannot update ${name}: it has a different key`,
      "to give it this key: cat key.txt | " +
        `${invocation()} add --replace ${index} --api-key-stdin`,
    );
  }
  const key = { apiKey, ...service, others };
  const result = await accounts.addKey(key, { update: index, label });
  return { result, message: describeAddedKey("the key", result) };
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
