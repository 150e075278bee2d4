import { ANTHROPIC_PRESETS } from "../presets.ts";
import type { KeyFormat, KeyForOneRun } from "../formats.ts";
import { homeLogin } from "./login.ts";

/** Where keys go that name no address. */
export const DEFAULT_URL = "https://api.anthropic.com";

/** A name that means the newest model of this size. */
const DEFAULT_MODEL = "sonnet";

/** How `claude` gets a key. */
export const keys: KeyFormat = {
  names: {
    apiKey: "ANTHROPIC_API_KEY",
    baseUrl: "ANTHROPIC_BASE_URL",
    model: "ANTHROPIC_MODEL",
  },
  wire: "anthropic_messages",
  ownPath: "/v1",
  presets: ANTHROPIC_PRESETS,
  conflicts: (name) => CONFLICTING.has(name),
  forOneRun: {
    secrets: ["CLAUDE_API_KEY"],
    baseUrl: "CLAUDE_BASE_URL",
    model: "CLAUDE_MODEL",
    help: "The key is for api.anthropic.com unless CLAUDE_BASE_URL is set; " +
      "CLAUDE_MODEL or ANTHROPIC_MODEL names the model.",
    find,
  },
  caveat:
    "A session of plain claude asks once whether to use the key. If the " +
    "settings of claude have another key, it uses that one",
};

/** Variables that would redirect the key, or set another one. */
const CONFLICTING = new Set([
  "ANTHROPIC_BASE_URL",
  "ANTHROPIC_MODEL",
  "ANTHROPIC_UNIX_SOCKET",
  ...homeLogin.conflicting,
]);

/** An empty variable counts as none. */
function find(env: Readonly<Record<string, string>>): KeyForOneRun | undefined {
  const { ANTHROPIC_MODEL, CLAUDE_API_KEY, CLAUDE_BASE_URL, CLAUDE_MODEL } =
    env;
  if (!CLAUDE_API_KEY) return undefined;
  return {
    key: {
      apiKey: CLAUDE_API_KEY,
      baseUrl: CLAUDE_BASE_URL || DEFAULT_URL,
      model: CLAUDE_MODEL || ANTHROPIC_MODEL || DEFAULT_MODEL,
    },
    names: {
      apiKey: "CLAUDE_API_KEY",
      baseUrl: "CLAUDE_BASE_URL",
      model: "CLAUDE_MODEL",
    },
  };
}
