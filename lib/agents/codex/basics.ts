import type { AgentBasics, Keyed } from "../agent.ts";
import { runsAgent } from "../command_line.ts";
import { homes } from "./home.ts";
import { keyForOneRun, keyVariables } from "../api_key.ts";
import type { KeyNames } from "../formats.ts";
import { isSameAddress, OPENAI_PRESETS } from "../presets.ts";
import { homeLogin } from "./login.ts";

/** The variable for a key that overrides a login in a run, in all versions. */
export const KEY_VARIABLE = "CODEX_API_KEY";

/** The part of `codex` for commands that do not run it. */
export const basics: Keyed<AgentBasics> = {
  program: "codex",
  product: {
    title: "the Codex CLI",
    install: {
      latest: "npm install -g @openai/codex",
      forLogins: "npm install -g @openai/codex",
    },
    example: "exec --model gpt-6.2-sol 'Say hello'",
    advice: [
      {
        says: "--skip-git-repo-check was not specified",
        hint: "run it in a git repository, or without one",
        args: "exec --skip-git-repo-check 'PROMPT'",
      },
      {
        says: "stdin is not a terminal",
        hint: "with the prompt on stdin",
        args: "exec",
      },
    ],
    tried: { oldest: "0.60.1", newest: "0.171.0" },
  },
  processes: {
    // The program in the package, and also the server in the background; the
    // launcher is `.../bin/codex` or `.../@openai/codex/bin/codex.js`.
    isAgent: (args) =>
      runsAgent(args, {
        program: /(?:^|\/)codex$/,
        script: /(?:^|\/)(?:codex|@openai\/codex\/(?:.*\/)?codex\.js)$/,
        inShell: false,
      }),
    foldersOf: ({ CODEX_HOME, HOME }) =>
      CODEX_HOME ? [CODEX_HOME] : HOME ? [`${HOME}/.codex`] : [],
    loginChange,
    stopServer: "codex app-server daemon stop",
  },
  /**
   * How `codex` gets a key. In a home without a login, its built-in provider sends
   * nothing but the requests for an answer, and any `codex` can resume the session:
   * one of a provider of our own would be refused. `CODEX_API_KEY` overrides a
   * login in `codex exec` and `codex review`; `file` is for the rest.
   *
   * The base URL is an option for 0.171.0 and a variable up to 0.100.0; each
   * ignores the other form.
   */
  keys: {
    names: {
      apiKey: "OPENAI_API_KEY",
      baseUrl: "OPENAI_BASE_URL",
      model: "OPENAI_MODEL",
    },
    wire: "openai_responses",
    presets: OPENAI_PRESETS,
    conflicts: (name) => CONFLICTING.test(name),
    forOneRun: keyForOneRun({
      apiKey: KEY_VARIABLE,
      baseUrl: "OPENAI_BASE_URL",
      model: "OPENAI_MODEL",
    }, {
      help: "The key is for api.openai.com unless OPENAI_BASE_URL is set; " +
        "OPENAI_MODEL names the model.",
      usual: () => ({ baseUrl: SERVICE, model: "" }),
    }),
    // Only `codex exec` and `codex review` read CODEX_API_KEY. The others would ask
    // with the login of the home, at the address of the key (0.100.0, 0.171.0). And
    // every run deletes the login of its home if the settings demand another one.
    file: {
      name: homeLogin.file,
      format: (OPENAI_API_KEY) =>
        JSON.stringify({ auth_mode: "apikey", OPENAI_API_KEY }),
      // All of it counts, but for names that begin with CODEX_. The file of this
      // name in the working folder does not (0.100.0, 0.171.0).
      envFile: ".env",
    },
    caveat:
      `Plain codex reads a key in ${KEY_VARIABLE} only, and only in codex ` +
      "exec and codex review. From 0.171.0 on, no variable names another service. " +
      "No version reads the model from a variable",
    withoutUs: { names: [KEY_VARIABLE], pass },
  },
  login: undefined, // each account has a home of its own: see `homes.login`
  homes,
};

/** Commands that have words of their own after them. */
const OTHER_COMMAND = /^(?:cloud|e|exec|help|mcp|plugin|resume|review)$/;

function loginChange(args: readonly string[]): "login" | "logout" | undefined {
  const end = args.indexOf("--");
  const words = args.slice(0, end < 0 ? undefined : end)
    .filter((it) => !it.startsWith("-"));
  const at = words.findIndex((it) => it === "login" || it === "logout");
  const isOther = words.slice(0, at).some((it) => OTHER_COMMAND.test(it)) ||
    words[at + 1] === "status";
  if (at < 0 || isOther) return undefined;
  return words[at] === "login" ? "login" : "logout";
}

/**
 * The key of another service is not in the variable that codex reads: 0.171.0
 * would send it to OpenAI.
 */
function pass(key: KeyNames) {
  if (isSameAddress(key.baseUrl, SERVICE)) {
    return {
      variables: { [KEY_VARIABLE]: key.apiKey },
      remark:
        `plain codex reads ${KEY_VARIABLE} only in codex exec and codex ` +
        `review, and the model from --model: codex exec --model ${key.model}`,
    };
  }
  return {
    variables: keyVariables(key, basics.keys.names),
    remark: "plain codex ignores these variables: only exec can use this " +
      "account",
  };
}

/**
 * Variables that would redirect the key, set another one, or name the
 * organization or the project of another one.
 */
const CONFLICTING = /^(?:OPENAI_|CODEX_(?:API_KEY|ACCESS_TOKEN)$)/;

const SERVICE = "https://api.openai.com/v1";
