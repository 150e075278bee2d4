import { assertEquals, assertMatch } from "@std/assert";
import { describeTree } from "../support/describe_tree.ts";
import { hasCode } from "../../lib/errors.ts";
import {
  type FolderAgent,
  type LoginFolders,
  loginFolders,
  type TestLogin,
} from "../support/login_folders.ts";

const ANNA = { owner: "anna", token: "token-anna" };
const BEN = { owner: "ben", token: "token-ben" };
const CARLA = { owner: "carla", token: "token-carla" };
const NEWER = { ...ANNA, token: "token-anna-2", expiresAt: 4_200_000_000_000 };
const KEY: TestLogin = { kind: "api-key", token: "sk-0123456789" };

/** What a user does with the plain agent, whose login is that of account 1. */
interface PlainLogin {
  agent: FolderAgent;
  /** Writes what the agent writes, as the facts about it say. */
  act: (it: LoginFolders) => void;
  /** What `list` tells before a command settles it. @default nothing */
  told?: RegExp;
  /** The token that the plain agent has afterwards, and its account. */
  token: string | undefined;
  plain: number | undefined;
  /** The accounts that need a login afterwards. @default none */
  needsLogin?: readonly number[];
  /** Whether account 1 can go back to its earlier login. @default false */
  isRestorable?: boolean;
}

/** In place, through a link if there is one. */
const writeThrough = (login: TestLogin) => (it: LoginFolders) =>
  it.write(it.plain, login);

/** After the old login is revoked and its file unlinked. */
const writeAnew = (login: TestLogin) => (it: LoginFolders) => {
  Deno.removeSync(it.plain);
  it.write(it.plain, login);
};

const CASES: Readonly<Record<string, PlainLogin>> = {
  "codex login --with-api-key": {
    agent: "codex",
    act: writeThrough(KEY),
    told: /account 1 has a login that is not its own/,
    token: "sk-0123456789",
    plain: 3,
    needsLogin: [1],
  },
  "codex login in a browser, as somebody else": {
    agent: "codex",
    act: writeAnew(CARLA),
    told: /plain codex has a login of another owner/,
    token: "token-carla",
    plain: 3,
  },
  "codex login by a device code, again": {
    agent: "codex",
    act: writeAnew(NEWER),
    told: /the link of plain codex to account 1 is a file now/,
    token: "token-anna-2",
    plain: 1,
    isRestorable: true,
  },
  "codex 0.100.0 login by a device code, as somebody else": {
    agent: "codex",
    act: writeThrough(CARLA),
    told: /account 1 has a login that is not its own/,
    token: "token-carla",
    plain: 3,
    needsLogin: [1],
  },
  "codex login as another account": {
    agent: "codex",
    act: writeAnew({ ...BEN, token: "token-ben-2" }),
    told: /plain codex has a login of account 2/,
    token: "token-ben-2",
    plain: 2,
  },
  "codex logout": {
    agent: "codex",
    act: (it) => Deno.removeSync(it.plain),
    told: /plain codex has logged out of account 1/,
    token: undefined,
    plain: undefined,
  },
  "a refresh by codex": {
    agent: "codex",
    act: writeThrough(NEWER),
    token: "token-anna-2",
    plain: 1,
  },
  "claude auth login, as somebody else": {
    agent: "claude",
    act: writeAnew(CARLA),
    told: /plain claude has a login of another owner/,
    token: "token-carla",
    plain: 3,
    needsLogin: [1],
  },
  "claude auth login as another account": {
    agent: "claude",
    act: writeAnew({ ...BEN, token: "token-ben-2" }),
    told: /plain claude has a login of account 2/,
    token: "token-ben-2",
    plain: 2,
    needsLogin: [1],
  },
  "a refusal that blanks the login of claude": {
    agent: "claude",
    act: writeAnew({ ...ANNA, token: "" }),
    token: "",
    plain: 1,
    needsLogin: [1],
  },
  "claude auth logout": {
    agent: "claude",
    act: (it) => Deno.removeSync(it.plain),
    token: undefined,
    plain: 1,
    needsLogin: [1],
  },
  "a refresh by claude": {
    agent: "claude",
    act: writeAnew(NEWER),
    token: "token-anna-2",
    plain: 1,
  },
};

for (const [name, plainLogin] of Object.entries(CASES)) {
  const { agent, act, told, token, plain } = plainLogin;
  const { needsLogin = [], isRestorable = false } = plainLogin;
  Deno.test(`${name}, then list, doctor and restore`, async () => {
    await using it = await loginFolders(agent, {
      accounts: { 1: ANNA, 2: BEN },
      plain: 1,
    });
    act(it);
    const before = await describeTree(it.home);
    await it.accounts.listAccounts();
    assertMatch(it.told().join("\n"), told ?? /^$/);
    assertEquals(await describeTree(it.home), before);

    await it.accounts.repair();
    if (plain === 3) {
      const notices = it.told().join("\n");
      assertMatch(notices, /a login of another owner, which is now account 3/);
    }
    const all = await it.accounts.listAccounts();
    assertEquals(it.token(it.plain), token);
    assertEquals(all.find((it) => it.isPlain)?.index, plain);
    assertEquals(
      all.filter((it) => it.state === "login-needed").map((it) => it.index),
      needsLogin,
    );
    const mends = (await it.accounts.examine()).map((it) => it.mend);
    assertEquals(
      mends.map((it) => / (login|restore) (\d)$/.exec(it)?.[2]),
      needsLogin.map(String),
    );

    assertEquals(await isRestored(it), isRestorable);
    if (isRestorable) assertEquals(it.token(it.plain), "token-anna");
    for (const known of [token, "token-ben"]) {
      if (known) assertEquals(it.placesOf(known).length, 1, known);
    }
  });
}

/** Whether account 1 goes back to an earlier login. */
async function isRestored({ accounts }: LoginFolders): Promise<boolean> {
  try {
    await accounts.restore(1);
    return true;
  } catch (error) {
    if (hasCode(error, "no-earlier-login")) return false;
    throw error;
  }
}
