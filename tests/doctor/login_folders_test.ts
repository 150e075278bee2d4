import "../support/load_libc.ts";
import { assertEquals } from "@std/assert";
import { describeTree } from "../support/describe_tree.ts";
import {
  type FolderAgent,
  type LoginFolders,
  loginFolders,
} from "../support/login_folders.ts";

const ANNA = { owner: "anna", token: "token-anna" };
const BEN = { owner: "ben", token: "token-ben" };
const CARLA = { owner: "carla", token: "token-carla" };
const LATER = { ...ANNA, token: "token-anna-2" };
const TWO = { accounts: { 1: ANNA, 2: BEN }, plain: 1 };

const FIX = "SELF doctor --fix";
const STASHED = "oauth_creds.20261121T083500123Z-0123abcd.json";
const GENERATION = "oauth_creds_2.000001.20261121T083500123Z.json";
const PRIVATE = { recursive: true, mode: 0o700 };
const HOUR_AGO = Date.now() / 1_000 - 3_600;

/** A fault of a home with the accounts 1, whose login is plain, and 2. */
interface Fault {
  agent: FolderAgent;
  spoil: (it: LoginFolders) => unknown;
  /** What is found; `DIR` stands for the home of the agent. */
  check?: string;
  problem: string;
  mend: string;
}

const FAULTS: Readonly<Record<string, Fault>> = {
  "a login is gone": {
    agent: "codex",
    spoil: (it) => Deno.removeSync(it.file(2)),
    problem: "the login of account 2 is not there",
    mend: "SELF login 2",
  },
  "a login is gone, and an earlier one is kept": {
    agent: "codex",
    spoil: (it) => {
      const kept = `${it.dir}/accounts/generations`;
      Deno.mkdirSync(kept, PRIVATE);
      Deno.renameSync(it.file(2), `${kept}/${GENERATION}`);
    },
    problem: "the login of account 2 is not there",
    mend: "SELF restore 2",
  },
  "a refused refresh has blanked a login": {
    agent: "claude",
    spoil: (it) => it.write(it.file(2), { ...BEN, token: "" }),
    problem: "the login of account 2 was refused",
    mend: "SELF login 2",
  },
  "a login is damaged": {
    agent: "codex",
    spoil: (it) => it.write(it.file(2), "{"),
    problem: "the login of account 2 is not valid JSON",
    mend: "SELF login 2",
  },
  "a folder has the login of another owner": {
    agent: "codex",
    spoil: (it) => it.write(it.file(2), CARLA),
    problem: "account 2 has a login that is not its own: the next command " +
      "moves it to its account",
    mend: FIX,
  },
  "the plain agent has logged out": {
    agent: "codex",
    spoil: (it) => Deno.removeSync(it.plain),
    problem: "plain codex has logged out of account 1",
    mend: FIX,
  },
  "a new login of the same owner has replaced the link": {
    agent: "codex",
    spoil: (it) => replacePlain(it, LATER),
    problem: "the link of plain codex to account 1 is a file now: the " +
      "next command makes it a link again",
    mend: FIX,
  },
  "a login of another account has replaced the link": {
    agent: "codex",
    spoil: (it) => {
      Deno.removeSync(it.plain);
      Deno.renameSync(it.file(2), it.plain);
    },
    problem: "plain codex has a login of account 2: the next command makes " +
      "that the account it uses",
    mend: FIX,
  },
  "a login of another owner is in the plain place": {
    agent: "claude",
    spoil: (it) => it.write(it.plain, CARLA),
    problem: "plain claude has a login of another owner: the next command " +
      "makes it an account",
    mend: FIX,
  },
  "a login without an owner is in the plain place": {
    agent: "codex",
    spoil: (it) => replacePlain(it, { token: "nobody" }),
    problem: "plain codex has a login that does not say whose it is",
    mend: FIX,
  },
  "the link points to something else": {
    agent: "codex",
    spoil: (it) => {
      Deno.removeSync(it.plain);
      Deno.symlinkSync("elsewhere", it.plain);
    },
    problem: "auth.json is a link to something else",
    mend: "mv DIR/auth.json DIR/auth.json.away",
  },
  "the plain place is a folder": {
    agent: "codex",
    spoil: (it) => {
      Deno.removeSync(it.plain);
      Deno.mkdirSync(it.plain);
    },
    problem: "auth.json is a directory, not a file",
    mend: "mv DIR/auth.json DIR/auth.json.away",
  },
  "the plain login is a folder": {
    agent: "claude",
    spoil: (it) => {
      Deno.removeSync(it.plain);
      Deno.mkdirSync(it.plain);
    },
    check: "modes",
    problem: "DIR/.credentials.json is a directory, not a file",
    mend: "mv DIR/.credentials.json DIR/.credentials.json.away",
  },
  "a folder is open to others": {
    agent: "codex",
    spoil: (it) => Deno.chmodSync(`${it.dir}/accounts/2`, 0o755),
    check: "modes",
    problem: "DIR/accounts/2 is open to others (0755)",
    mend: FIX,
  },
  "a login is open to others": {
    agent: "codex",
    spoil: (it) => Deno.chmodSync(it.file(2), 0o644),
    check: "modes",
    problem: "DIR/accounts/2/auth.json is open to others (0644)",
    mend: FIX,
  },
  "the plain login is open to others": {
    agent: "claude",
    spoil: (it) => Deno.chmodSync(it.plain, 0o644),
    check: "modes",
    problem: "DIR/.credentials.json is open to others (0644)",
    mend: FIX,
  },
  "a folder belongs to no account": {
    agent: "codex",
    spoil: (it) => it.write(`${it.dir}/accounts/9/history.jsonl`, ""),
    problem: "DIR/accounts/9 belongs to no account",
    mend: "mv DIR/accounts/9 DIR/accounts/9.away",
  },
  "a login of an account is in the stash": {
    agent: "codex",
    spoil: (it) => it.write(`${it.dir}/accounts/stash/${STASHED}`, LATER),
    check: "stash",
    problem: `a login of account 1 is in the stash: ${STASHED}`,
    mend: `SELF restore 1 --stash ${STASHED}`,
  },
  "a login of nobody is in the stash": {
    agent: "codex",
    spoil: (it) => it.write(`${it.dir}/accounts/stash/${STASHED}`, CARLA),
    check: "stash",
    problem: `a login in the stash does not belong to an account: ${STASHED}`,
    mend: `mv DIR/accounts/stash/${STASHED} DIR/accounts/${STASHED}.away`,
  },
  "a killed agent has left a lock": {
    agent: "claude",
    spoil: (it) => {
      const path = `${it.dir}/accounts/2/.oauth_refresh.lock`;
      Deno.mkdirSync(path);
      Deno.utimeSync(path, HOUR_AGO, HOUR_AGO);
    },
    check: "claude's lock",
    problem: "claude left DIR/accounts/2/.oauth_refresh.lock behind",
    mend: "rmdir DIR/accounts/2/.oauth_refresh.lock",
  },
  "two accounts have one owner": {
    agent: "codex",
    spoil: (it) => {
      const state = `${it.dir}/accounts/state.yaml`;
      const text = Deno.readTextFileSync(state);
      Deno.writeTextFileSync(state, text.replace("ben@", "anna@"));
      it.write(it.file(2), LATER);
    },
    problem: "account 1 and account 2 have the same owner",
    mend: "SELF remove 2",
  },
};

for (const agent of ["codex", "claude"] as const) {
  Deno.test(`examine() finds nothing when all logins of ${agent} are well`, async () => {
    await using it = await loginFolders(agent, TWO);
    assertEquals(await it.accounts.examine(), []);
    await it.accounts.repair();
    assertEquals(await it.accounts.examine(), []);
    assertEquals(it.told(), []);
  });
}

Deno.test("examine() finds nothing while codex is logging in", async () => {
  await using it = await loginFolders("codex", TWO);
  const { index } = await it.accounts.beginLogin();
  it.write(`${it.dir}/accounts/${index}/auth.lock`, "");
  assertEquals(await it.accounts.examine(), []);
});

for (const [when, fault] of Object.entries(FAULTS)) {
  const { agent, spoil, check = "logins", problem, mend } = fault;
  Deno.test(`${agent}: examine() says how to fix it, and changes nothing, when ${when}`, async () => {
    await using it = await loginFolders(agent, TWO);
    await spoil(it);
    const before = await describeTree(it.home);
    const [problemText, mendText] = [problem, mend].map((text) =>
      text.replaceAll("SELF", `account-qwen --dir ${it.dir}/accounts`)
        .replaceAll("DIR", it.dir)
    );
    assertEquals(await it.accounts.examine(), [
      { check, problem: problemText, mend: mendText },
    ]);
    await it.accounts.listAccounts();
    assertEquals(await describeTree(it.home), before);
  });
}

const FIXED = Object.entries(FAULTS).filter(([, { mend }]) => mend === FIX);

for (const [when, { agent, spoil, problem }] of FIXED) {
  Deno.test(`${agent}: repair() fixes it when ${when}`, async () => {
    await using it = await loginFolders(agent, TWO);
    await spoil(it);
    await it.accounts.repair();
    const left = await it.accounts.examine();
    assertEquals(left.filter((it) => it.problem === problem), []);
    assertEquals(left.filter((it) => it.mend === FIX), []);
  });
}

/** Writes a login as a new one, in place of the link. */
function replacePlain(
  it: LoginFolders,
  login: Parameters<LoginFolders["write"]>[1],
): void {
  Deno.removeSync(it.plain);
  it.write(it.plain, login);
}
