import {
  type AgentLock,
  type Exchanged,
  type HomeLogin,
  type HomeLoginFormat,
  parseLoginJson,
} from "../home_login.ts";
import { isRecord } from "../../json.ts";
import { wordsOf } from "../command_line.ts";
import { isAtLeast } from "../version.ts";
import { imports } from "./imports.ts";
import { idsOf, ownerFiles, ownerOf, stateFile } from "./state_file.ts";

/**
 * The variable that moves the store of the login alone. 2.1.169 honors it; 2.1.142
 * ignores it and silently uses the login of the user's home. Versions in between
 * were not tried, so they count as versions that ignore it.
 */
export const STORE_VARIABLE = "CLAUDE_SECURESTORAGE_CONFIG_DIR";

/** The variable that moves everything, also settings and sessions. */
export const HOME_VARIABLE = "CLAUDE_CONFIG_DIR";

/** The variable in which users keep a token of `setup-token`. */
export const TOKEN_VARIABLE = "CLAUDE_CODE_OAUTH_TOKEN";

/** The variables that select another service than Anthropic's own (2.1.332). */
export const SERVICE_VARIABLES: readonly string[] = wordsOf(`
  ANTHROPIC_AWS ANTHROPIC_GOOGLE_CLOUD BEDROCK FOUNDRY GATEWAY MANTLE VERTEX
`).map((it) => `CLAUDE_CODE_USE_${it}`);

/** How `claude` keeps the login of a plan, or a token of `setup-token`. */
export const homeLogin: Required<HomeLoginFormat> = {
  file: ".credentials.json",
  plan: "Claude plan",
  plain: "stays", // since 2.1.118 a file replaces a link
  followsPlain: (version) => isAtLeast(version, "2.1.112"),
  refreshesOnce: true, // three starts of 2.1.332 made one request
  locks,
  parse,
  exchange,
  logIn: {
    args: ["auth", "login"],
    withoutBrowser: [], // it always shows the address too
    since: "2.1.112", // 2.0.77 takes the words for a prompt
    reads: [
      "CLAUDE_CODE_OAUTH_CLIENT_ID",
      "CLAUDE_CODE_OAUTH_REFRESH_TOKEN",
      "CLAUDE_CODE_OAUTH_SCOPES",
    ],
  },
  tokens: {
    source: "claude setup-token",
    variable: TOKEN_VARIABLE,
    format: formatToken,
    problemOf: problemOfToken,
  },
  isStoreMovable,
  variables: (folder, version) => ({
    [isStoreMovable(version) ? STORE_VARIABLE : HOME_VARIABLE]: folder,
  }),
  terms: {
    says: [
      'Logins of plans are for "ordinary use of Claude Code and other native ' +
      'Anthropic applications"; their limits "assume ordinary, individual ' +
      'usage".',
      "We found nothing about a switch between accounts of one person. Using " +
      "several plans to get past a limit may count as more than ordinary use.",
    ],
    sources: ["https://code.claude.com/docs/en/legal-and-compliance"],
  },
  conflicting: [
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_FEDERATION_RULE_ID",
    "ANTHROPIC_PROFILE",
    "CLAUDE_CODE_API_KEY_FILE_DESCRIPTOR",
    "CLAUDE_CODE_OAUTH_CLIENT_ID",
    "CLAUDE_CODE_OAUTH_REFRESH_TOKEN",
    "CLAUDE_CODE_OAUTH_SCOPES",
    "CLAUDE_CODE_OAUTH_TOKEN_FILE_DESCRIPTOR",
    TOKEN_VARIABLE,
    STORE_VARIABLE,
    ...SERVICE_VARIABLES,
  ],
  ownerFiles,
  withOwner,
  mixed: stateFile,
  imports,
};

/** In the order of 2.1.332: of a refresh, of older versions, and of a write. */
function locks(folder: string): AgentLock[] {
  const paths = [
    `${folder}/.oauth_refresh.lock`,
    `${folder}.lock`,
    `${folder}/.storage-write.lock`,
  ];
  return paths.map((path) => ({ path, kind: "folder" }));
}

function isStoreMovable(version: string | undefined): boolean {
  return isAtLeast(version, "2.1.169");
}

/**
 * Returns the file with a token of `setup-token`, which the agent leaves as it is
 * (1.0.128 to 2.1.332). In the variable, a project could set the token to nothing:
 * up to 2.1.112 the agent then uses the login of the user's home.
 */
export function formatToken(token: string): Uint8Array {
  const login = {
    accessToken: token,
    refreshToken: null,
    expiresAt: null,
    scopes: ["user:inference"],
  };
  return format([[LOGIN, login]]);
}

/** Says why `text` cannot be a token of `setup-token`; completes "it ...". */
export function problemOfToken(text: string): string | undefined {
  if (text.trim() === "") return "is empty";
  if (/^sk-ant-api/.test(text)) return "is an API key, not a token";
  if (/^sk-ant-ort/.test(text)) return "is a refresh token";
  if (!text.startsWith("sk-ant-oat")) {
    return "does not begin with sk-ant-oat";
  }
  return /^[\w-]+$/.test(text) ? undefined : "has characters that no token has";
}

/** The member with the login. */
const LOGIN = "claudeAiOauth";

function parse(bytes: Uint8Array): HomeLogin {
  if (bytes.length === 0) throw new SyntaxError("is empty");
  const login = parseLoginJson(bytes)[LOGIN];
  if (!isRecord(login)) throw new SyntaxError("has no tokens");
  const { accessToken, expiresAt, loginEnded, refreshToken } = login;
  if (typeof accessToken !== "string") {
    throw new SyntaxError("has no access token");
  }
  // The agent writes an empty one in place of a refused one.
  const isPlan = typeof refreshToken === "string";
  return {
    kind: isPlan ? "plan" : "token",
    owner: ownerOf(login),
    name: undefined,
    expiresAt: typeof expiresAt === "number" && expiresAt > 0
      ? expiresAt
      : undefined,
    isUsable: accessToken !== "" && (!isPlan || refreshToken !== "") &&
      loginEnded === undefined,
  };
}

/**
 * The members that belong to an account (2.1.332). The others stay, such as
 * `mcpOAuth` and `pluginSecrets`.
 */
const OF_ACCOUNT =
  /^(?:claudeAiOauth|designOauth|chatHistoryOauth|cloudSessionsOauth|cloudSessionsSignInEnded|coworkRemoteDevice|organizationUuid|trusted.*)$/;

/** Exchanges what belongs to an account; no member of either file is lost. */
function exchange(outgoing: Uint8Array, incoming: Uint8Array): Exchanged {
  const [here, there] = [outgoing, incoming].map((it) => {
    const all = Object.entries(it.length === 0 ? {} : parseLoginJson(it));
    const isOfAccount = ([name]: readonly [string, unknown]) =>
      OF_ACCOUNT.test(name);
    return {
      account: all.filter(isOfAccount),
      others: all.filter((entry) => !isOfAccount(entry)),
    };
  });
  return {
    plain: format([...there?.account ?? [], ...here?.others ?? []]),
    folder: format([...here?.account ?? [], ...there?.others ?? []]),
  };
}

/** 2.0.77 drops the ids when it refreshes the login; 2.1.332 keeps them. */
function withOwner(bytes: Uint8Array, owner: string): Uint8Array {
  const members = parseLoginJson(bytes);
  const login = { ...Object(members[LOGIN]), ...idsOf(owner) };
  return format(Object.entries({ ...members, [LOGIN]: login }));
}

function format(members: readonly (readonly [string, unknown])[]): Uint8Array {
  const text = JSON.stringify(Object.fromEntries(members));
  return new TextEncoder().encode(text);
}
