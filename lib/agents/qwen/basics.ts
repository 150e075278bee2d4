import type { AgentBasics, Linked } from "../agent.ts";
import type { KeyForOneRun } from "../formats.ts";
import type { ApiPreset } from "../presets.ts";
import { homes } from "./homes.ts";
import { login } from "./login.ts";

/** What commands need to know of `qwen` that do not run it. */
export const basics: Linked<AgentBasics> = {
  program: "qwen",
  install: {
    latest: "npm install -g @qwen-code/qwen-code",
    // This version runs logins headless without changes, and was tested with
    // them.
    forLogins: "npm install -g @qwen-code/qwen-code@0.12.0",
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
    conflicts: (name) => CONFLICTING.test(name),
    forOneRun,
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
 * `QWEN_API_KEY`, which is one of the first preset unless a base URL says
 * otherwise, or the access token `QWEN_ACCESS_TOKEN`. An empty variable counts
 * as none.
 */
function forOneRun(
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
