import { chosenAgent } from "../../agents/registry.ts";
import { flagsIf, withLogins } from "../line/agent_words.ts";
import type { Flags } from "../line/command.ts";
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
