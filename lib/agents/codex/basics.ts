import type { AgentBasics, Keyed } from "../agent.ts";
import { runsAgent } from "../command_line.ts";
import { homes } from "./home.ts";
import { keys } from "./keys.ts";

/** What commands need to know of `codex` that do not run it. */
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
  keys,
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
