import { API_PRESETS, type ApiPreset } from "../presets.ts";
import type { AgentBasics, Linked } from "../agent.ts";
import type {
  EntryRole,
  KeyForOneRun,
  LoginSources,
  UserPlace,
} from "../formats.ts";
import { login } from "./login.ts";
import { runsAgent, wordsOf } from "../command_line.ts";
import { isAtLeast } from "../version.ts";

/** The part of `qwen` for commands that do not run it. */
export const basics: Linked<AgentBasics> = {
  program: "qwen",
  product: {
    title: "the Qwen CLI",
    install: {
      latest: "npm install -g @qwen-code/qwen-code",
      // This version runs logins headless without changes, and was tested with
      // them.
      forLogins: "npm install -g @qwen-code/qwen-code@0.12.0",
    },
    example: "--model qwen3-coder-plus --prompt='Say hello'",
    tried: { oldest: "0.1.4", newest: "0.24.4" },
  },
  processes: {
    // The script is `.../bin/qwen` or `.../@qwen-code/qwen-code/cli.js`.
    isAgent: (args) =>
      runsAgent(args, {
        program: /(?:^|\/)qwen$/,
        script: /(?:^|\/)(?:qwen|@?qwen-code\/(?:.*\/)?[\w-]+\.js)$/,
      }),
    foldersOf: ({ HOME, QWEN_HOME }) => [
      ...(HOME ? [`${HOME}/.qwen`] : []),
      ...(QWEN_HOME ? [QWEN_HOME] : []), // from 0.21.2, instead of HOME
    ],
  },
  keys: {
    names: {
      apiKey: "OPENAI_API_KEY",
      baseUrl: "OPENAI_BASE_URL",
      model: "OPENAI_MODEL",
    },
    wire: "openai_chat",
    presets: API_PRESETS,
    conflicts: (name) => CONFLICTING.test(name),
    forOneRun: {
      secrets: ["QWEN_API_KEY", "QWEN_ACCESS_TOKEN"],
      baseUrl: "QWEN_BASE_URL",
      model: "QWEN_MODEL",
      help: "The key is for DashScope (China) unless QWEN_BASE_URL or " +
        "OPENAI_BASE_URL is set; QWEN_MODEL or OPENAI_MODEL names the model. " +
        "QWEN_ACCESS_TOKEN, an OAuth access token, works the same way and is " +
        "sent to portal.qwen.ai unless QWEN_BASE_URL is set.",
      find,
    },
    caveat: "If the settings of qwen select another type of login, run qwen " +
      "--auth-type=openai. If they have modelProviders or a model.name, plain " +
      "qwen may use those instead",
  },
  login,
  homes: { // measured on 0.12.0 and 0.24.4
    name: ".qwen",
    sources,
    isMovable,
    variables: (folder) => ({ QWEN_HOME: folder }),
    roleOf,
    folders: (version) => FOLDERS[isMovable(version) ? "since" : "before"],
    // 0.24.4
    logs: (version) => isMovable(version) ? ["usage_record.jsonl"] : [],
    isWritten: (name) => WRITTEN.includes(name),
  },
};

/** Variables that would redirect the key, or set another one. */
const CONFLICTING = /^(?:OPENAI_|QWEN_OAUTH$|QWEN_MODEL$)/;

/** Where the access token of a login is valid, and the model there. */
const PORTAL = { baseUrl: "https://portal.qwen.ai/v1", model: "coder-model" };

/**
 * Finds `QWEN_API_KEY`, a key for the first preset unless a base URL is set, or
 * the access token `QWEN_ACCESS_TOKEN`. An empty variable counts as none.
 */
function find(
  env: Readonly<Record<string, string>>,
  presets: readonly ApiPreset[],
): KeyForOneRun | undefined {
  const { QWEN_API_KEY, QWEN_ACCESS_TOKEN, QWEN_BASE_URL } = env;
  const apiKey = QWEN_API_KEY || QWEN_ACCESS_TOKEN;
  if (!apiKey) return undefined;
  // A token is not for the service of OPENAI_BASE_URL.
  const baseUrl = QWEN_BASE_URL || (QWEN_API_KEY ? env.OPENAI_BASE_URL : "");
  const usual = QWEN_API_KEY ? presets[0] : PORTAL;
  return {
    key: {
      apiKey,
      baseUrl: baseUrl || usual?.baseUrl || "",
      model: env.QWEN_MODEL || env.OPENAI_MODEL ||
        (QWEN_API_KEY && baseUrl ? "" : usual?.model ?? ""),
    },
    names: {
      apiKey: QWEN_API_KEY ? "QWEN_API_KEY" : "QWEN_ACCESS_TOKEN",
      baseUrl: QWEN_BASE_URL ? "QWEN_BASE_URL" : "OPENAI_BASE_URL",
      model: "QWEN_MODEL",
    },
  };
}

/** Before, only `HOME` moves what the agent stores. */
function isMovable(version: string | undefined): boolean {
  return isAtLeast(version, "0.21.2");
}

/** The folders that runs create, before and since the home can be moved. */
const FOLDERS = {
  before: ["debug", "projects", "skills", "tmp", "todos"],
  since: wordsOf(
    "extension-store extensions memories projects sessions skills tmp usage",
  ),
};

const WRITTEN = wordsOf(
  "debug projects sessions tmp todos usage usage_record.jsonl",
);

/** The login, the lock, and a login that is being written. */
const LOGIN = /^\.?oauth_creds\.(?:json|lock)(?:\..*\btmp\b.*)?$/;

/** Also the logins of killed processes, and copies by the user. */
const PRIVATE = /^\.?oauth_creds/;

/** An id, the time of the last cleaning, the hints that were shown. */
const WORTHLESS =
  /^(?:installation_id|\.[a-z-]+-cleanup(?:-[0-9a-f]+)?|tip_history\.json)$/;

function roleOf(name: string): EntryRole {
  if (LOGIN.test(name)) return "login";
  if (PRIVATE.test(name)) return "private";
  return WORTHLESS.test(name) ? "worthless" : "shared";
}

function sources({ cwd, home, env: { QWEN_HOME } }: UserPlace): LoginSources {
  const folders = [`${home}/.qwen`];
  // From 0.21.2 on.
  if (QWEN_HOME) folders.unshift(QWEN_HOME.replace(/\/+$/, ""));
  return {
    ofUser: folders.map((it) => `${it}/settings.json`),
    ofProject: [`${cwd}/.qwen/settings.json`],
    envFiles: [".qwen/.env", ".env"],
    logins: [`${home}/.agent/qwen/oauth_creds.json`],
  };
}
