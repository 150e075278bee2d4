import type { AgentBasics, KeyOfRun, Linked } from "../agent.ts";
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
    variables: keyVariables,
    conflicts: (name) => CONFLICTING.test(name),
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

function keyVariables(
  { apiKey, baseUrl, model }: KeyOfRun,
): Record<string, string> {
  return {
    OPENAI_API_KEY: apiKey,
    OPENAI_BASE_URL: baseUrl,
    OPENAI_MODEL: model,
  };
}
