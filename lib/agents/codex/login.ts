import {
  type HomeLogin,
  type HomeLoginFormat,
  parseLoginJson,
} from "../home_login.ts";
import { maskEmail, maskKey, readClaims } from "../identity.ts";
import { recordOf } from "../../json.ts";
import { textOf } from "../../verdict/error_body.ts";
import {
  describeProfile,
  folderOfCcs,
  foldersOfClaudeSwap,
  type LoginImports,
  type LoginStore,
  storesOfCaam,
  type UserHome,
} from "../login_store.ts";

/**
 * How `codex` keeps a login: in `auth.json` of its home (0.60.1 to 0.171.0). It
 * writes through a link, and drops members that it does not know. When it logs
 * out by itself, it deletes the file, or only the link if it is one.
 */
export const homeLogin: HomeLoginFormat & { imports: LoginImports } = {
  file: "auth.json",
  plan: "ChatGPT plan",
  plain: "link",
  followsPlain: () => false, // it reads the file at its start
  refreshesOnce: false, // 0.171.0 asks before it takes a lock
  // 0.171.0 takes it before the one beside the file that a link points to.
  locks: (folder) => [{ path: `${folder}/auth.lock`, kind: "flock" }],
  parse,
  logIn: {
    // Without the option, a user's setting could keep it in the keyring.
    args: ["-c", 'cli_auth_credentials_store="file"', "login"],
    withoutBrowser: ["--device-auth"],
    reads: [],
  },
  isStoreMovable: () => true, // the home is the store
  variables: (folder) => ({ CODEX_HOME: folder }),
  terms: {
    says: [
      "OpenAI's Terms of Use do not allow you to \"circumvent any rate limits " +
      'or restrictions" (read in two copies on other sites).',
      "A maintainer of codex wrote in October 2025 that a solution for limits " +
      '"won\'t come in the form of rotating many accounts".',
      "Whether several accounts are allowed was asked; we saw no answer.",
    ],
    sources: [
      "https://github.com/openai/codex/issues/4247",
      "https://github.com/openai/codex/issues/41664",
    ],
  },
  conflicting: [
    "CODEX_API_KEY",
    "CODEX_ACCESS_TOKEN",
    "OPENAI_BASE_URL", // up to 0.100.0
    // A workload identity: with one of these alone, 0.171.0 does not start.
    "OPENAI_FEDERATION_RULE_ID",
    "OPENAI_IDENTITY_TOKEN_FILE",
    "OPENAI_IDENTITY_TOKEN_SOURCE",
  ],
  // Other programs keep whole `auth.json` files.
  imports: {
    stores,
    decode: (bytes) => bytes,
    refreshToken(bytes) {
      const { tokens } = parseLoginJson(bytes);
      return textOf(recordOf(tokens).refresh_token) || undefined;
    },
  },
};

/** The claim with the ids of the account. */
const CLAIM = "https://api.openai.com/auth";

/** The age at which codex refreshes a login that does not say when it expires. */
const REFRESHED_AFTER_MS = 8 * 24 * 3_600_000;

/**
 * Reads the file by the rules of 0.171.0. Without a mode, a key takes precedence
 * over tokens. It reports an error for a broken file or identity token, and runs
 * without a login if the time of the last refresh is missing.
 */
function parse(bytes: Uint8Array): HomeLogin {
  if (bytes.length === 0) throw new SyntaxError("is empty");
  const { auth_mode, OPENAI_API_KEY, tokens, last_refresh } = parseLoginJson(
    bytes,
  );
  const key = textOf(OPENAI_API_KEY);
  const mode = auth_mode ?? (key === "" ? "chatgpt" : "apikey");
  if (mode === "apikey") return ofKey(key);
  if (mode !== "chatgpt") {
    throw new SyntaxError("has a login of an unknown kind");
  }
  return ofPlan(recordOf(tokens), last_refresh);
}

function ofKey(key: string): HomeLogin {
  if (key === "") throw new SyntaxError("has no OPENAI_API_KEY");
  return {
    kind: "api-key",
    owner: undefined,
    name: maskKey(key),
    expiresAt: undefined,
    isUsable: true,
  };
}

function ofPlan(
  tokens: Record<string, unknown>,
  lastRefresh: unknown,
): HomeLogin {
  const { id_token, access_token, refresh_token, account_id } = tokens;
  const needed = { id_token, access_token, refresh_token };
  for (const [name, value] of Object.entries(needed)) {
    if (typeof value !== "string") throw new SyntaxError(`has no ${name}`);
  }
  const identity = readClaims(textOf(id_token));
  if (!identity) throw new SyntaxError("has an id_token that is not a JWT");
  const refreshedAt = Date.parse(textOf(lastRefresh));
  if (Number.isNaN(refreshedAt)) throw new SyntaxError("has no last_refresh");
  const ids = recordOf(identity[CLAIM]);
  const account = textOf(account_id) || textOf(ids.chatgpt_account_id);
  const user = textOf(ids.chatgpt_user_id) || textOf(ids.user_id);
  const email = textOf(identity.email);
  const { exp, iat } = readClaims(textOf(access_token)) ?? {};
  // By the clock of the service, where it tells: this machine's may be wrong.
  const issued = [identity.iat, iat].filter((it) => typeof it === "number");
  return {
    kind: "plan",
    // One person has an account in each workspace, which has several members.
    owner: user && account ? `${user}@${account}` : undefined,
    name: email === "" ? undefined : maskEmail(email),
    expiresAt: typeof exp === "number"
      ? exp * 1_000
      : refreshedAt + REFRESHED_AFTER_MS,
    grantedAt: issued.length > 0 ? Math.max(...issued) * 1_000 : refreshedAt,
    isUsable: textOf(access_token) !== "" || textOf(refresh_token) !== "",
  };
}

/**
 * Returns the stores. Each program but ccs also copies one of its logins to the
 * home of `codex`, and some copy it back before they replace it.
 */
function stores(user: UserHome): LoginStore[] {
  const home = user.env.CODEX_HOME?.replace(/\/+$/, "") ||
    `${user.home}/.codex`;
  return [
    // A file for each account; the name is an id or an address, or its base64.
    // `auth.json.bak.*` beside it are earlier contents of the home's file.
    // Source: Loongphy/codex-auth, `src/registry/common.zig`
    // (`accountAuthPath`, `accountFileKey`) and `docs/implement.md`.
    {
      program: "codex-auth",
      files: `${home}/accounts/*.auth.json`,
      isHome: false,
    },
    ...storesOfCaam(user, {
      tool: "codex",
      file: "auth.json",
      homes: ["codex_home"],
    }),
    // A home for each account, without copies.
    // Source: kaitranntt/ccs, the documentation of `ccsx auth`.
    {
      program: "ccs",
      files: `${folderOfCcs(user)}/codex-instances/*/auth.json`,
      isHome: true,
      describe: describeProfile,
    },
    // Later versions keep logins of codex too; the name is the key of the account.
    // Source: realiti4/claude-swap, `src/claude_swap/codex/{paths,store}.py`.
    ...foldersOfClaudeSwap(user).map((it) => ({
      program: "claude-swap",
      files: `${it}/codex/credentials/*.json`,
      isHome: false,
    })),
  ];
}
