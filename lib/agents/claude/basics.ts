import type { AgentBasics, Keyed } from "../agent.ts";
import { runsAgent } from "../command_line.ts";
import { homes } from "./home.ts";
import { ANTHROPIC_PRESETS } from "../presets.ts";
import { keyForOneRun } from "../api_key.ts";
import { homeLogin } from "./login.ts";

/** Where keys go that name no address. */
export const DEFAULT_URL = "https://api.anthropic.com";

/** A name that means the newest model of this size. */
const DEFAULT_MODEL = "sonnet";

/** The part of `claude` for commands that do not run it. */
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
  processes: {
    isAgent: (args) =>
      runsAgent(args, {
        // Its own installer keeps it as `.../claude/versions/2.1.332`.
        program: /(?:^|\/)(?:claude|claude\/versions\/\d+\.\d+\.\d+)$/,
        // `.../bin/claude`, `.../@anthropic-ai/claude-code/cli.js` (to 2.1.112)
        script: /(?:^|\/)(?:claude|claude-code\/(?:[\w-]+\/)*[\w-]+\.js)$/,
      }),
    foldersOf,
    loginChange,
  },
  keys: {
    names: {
      apiKey: "ANTHROPIC_API_KEY",
      baseUrl: "ANTHROPIC_BASE_URL",
      model: "ANTHROPIC_MODEL",
    },
    wire: "anthropic_messages",
    ownPath: "/v1",
    presets: ANTHROPIC_PRESETS,
    conflicts: (name) => CONFLICTING.has(name),
    forOneRun: keyForOneRun({
      apiKey: "CLAUDE_API_KEY",
      baseUrl: "CLAUDE_BASE_URL",
      model: "CLAUDE_MODEL",
    }, {
      help: "The key is for api.anthropic.com unless CLAUDE_BASE_URL is set; " +
        "CLAUDE_MODEL or ANTHROPIC_MODEL names the model.",
      usual: ({ ANTHROPIC_MODEL }) => ({
        baseUrl: DEFAULT_URL,
        model: ANTHROPIC_MODEL || DEFAULT_MODEL,
      }),
    }),
    caveat:
      "A session of plain claude asks once whether to use the key. If the " +
      "settings of claude have another key, it uses that one",
  },
  login: undefined,
  homes,
};

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

/** Variables that would redirect the key, or set another one. */
const CONFLICTING = new Set([
  "ANTHROPIC_BASE_URL",
  "ANTHROPIC_MODEL",
  "ANTHROPIC_UNIX_SOCKET",
  ...homeLogin.conflicting,
]);
