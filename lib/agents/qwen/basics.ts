import { API_PRESETS } from "../presets.ts";
import type { AgentBasics, Linked } from "../agent.ts";
import type { KeyForOneRun } from "../formats.ts";
import type { ApiPreset } from "../presets.ts";
import { homes } from "./homes.ts";
import { login } from "./login.ts";

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
    isAgent,
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
  homes,
};

/** Programs that run the agent's script. */
const INTERPRETER = /^(?:node|nodejs|bun|deno|(?:ba|da|z)?sh)$/;

/** The script itself: `.../bin/qwen`, `.../@qwen-code/qwen-code/cli.js`. */
const SCRIPT = /(?:^|\/)(?:qwen|@?qwen-code\/(?:.*\/)?[\w-]+\.js)$/;

function isAgent([program = "", ...args]: readonly string[]): boolean {
  const name = program.slice(program.lastIndexOf("/") + 1);
  if (!INTERPRETER.test(name)) return name === "qwen";
  const script = args.find((it) => !it.startsWith("-") && it !== "run");
  return script !== undefined && SCRIPT.test(script);
}

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
