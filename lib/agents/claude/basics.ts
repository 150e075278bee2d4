import type { AgentBasics, Keyed } from "../agent.ts";
import { homes } from "./home.ts";
import { keys } from "./keys.ts";

/** What commands need to know of `claude` that do not run it. */
export const basics: Keyed<AgentBasics> = {
  program: "claude",
  product: {
    title: "Claude Code",
    install: {
      latest: "npm install -g @anthropic-ai/claude-code",
      // The newest version that was tried; it can move the store of its login.
      forLogins: "npm install -g @anthropic-ai/claude-code@2.1.332",
    },
    example: "--model sonnet --print 'Say hello'",
    tried: { oldest: "1.0.128", newest: "2.1.332" },
  },
  processes: { isAgent, foldersOf, loginChange },
  keys,
  login: undefined,
  homes,
};

/** Programs that run the agent's script. */
const INTERPRETER = /^(?:node|nodejs|bun|deno|(?:ba|da|z)?sh)$/;

/** `.../bin/claude`, `.../@anthropic-ai/claude-code/cli.js` (up to 2.1.112). */
const SCRIPT = /(?:^|\/)(?:claude|claude-code\/(?:[\w-]+\/)*[\w-]+\.js)$/;

/** Its own installer keeps the program as `.../claude/versions/2.1.332`. */
const NATIVE = /(?:^|\/)(?:claude|claude\/versions\/\d+\.\d+\.\d+)$/;

function isAgent([program = "", ...args]: readonly string[]): boolean {
  const name = program.slice(program.lastIndexOf("/") + 1);
  if (!INTERPRETER.test(name)) return NATIVE.test(program);
  const script = args.find((it) => !it.startsWith("-") && it !== "run");
  return script !== undefined && SCRIPT.test(script);
}

function foldersOf(env: Readonly<Record<string, string>>): string[] {
  const { CLAUDE_CONFIG_DIR, CLAUDE_SECURESTORAGE_CONFIG_DIR, HOME } = env;
  const home = CLAUDE_CONFIG_DIR || (HOME && `${HOME}/.claude`);
  return [home, CLAUDE_SECURESTORAGE_CONFIG_DIR].flatMap((it) => it || []);
}

/** `/login` and `/logout` in a session cannot be seen from outside. */
function loginChange(args: readonly string[]): "login" | "logout" | undefined {
  const [, change] = args.slice(args.indexOf("auth"));
  const isAuth = args.includes("auth");
  return isAuth && (change === "login" || change === "logout")
    ? change
    : undefined;
}
