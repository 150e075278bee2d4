/**
 * Stands in for `codex` 0.171.0 or 0.100.0 as far as its logins go. It sends the
 * refresh before it takes any lock. 0.171.0 then locks `auth.lock` of its home and
 * `<file>.lock` beside the file that a link leads to, and renames a new file onto
 * that; 0.100.0 takes no lock and writes in place, through a link.
 *
 * @module
 */

import {
  ask,
  note,
  overwriteFile,
  readLoginText,
  removeFile,
  replaceFile,
  runFake,
  sleep,
  step,
  wishesIn,
} from "./fake_agent.ts";
import {
  format,
  isDue,
  isFolder,
  type Login,
  ownerOf,
  targetOf,
  tokenOf,
  withoutOptions,
  withTokens,
} from "./codex_file.ts";
import { addAnswer, addTurn, endRollout, startRollout } from "./fake_logs.ts";

/** The longest wait for `<file>.lock`; really 5 s. */
const COMMIT_LOCK_MS = 5_000;

const REUSED = "Your access token could not be refreshed because your " +
  "refresh token was already used. Please log out and sign in again.";
const REPLACED = "Your access token could not be refreshed because you have " +
  "since logged out or signed in to another account. Please sign in again.";

let isOld = false;
let home = "";
let file = "";

/** Runs as `codex` of this version, and ends the process. */
export async function codex(version: string): Promise<never> {
  const args = withoutOptions(Deno.args);
  return await runFake(args[0] ?? "", () => main(version, args));
}

async function main(version: string, args: string[]): Promise<number> {
  if (Deno.args.includes("--version")) {
    console.log(`codex-cli ${version}`);
    return 0;
  }
  isOld = version.startsWith("0.100.");
  home = Deno.env.get("CODEX_HOME") ?? `${Deno.env.get("HOME")}/.codex`;
  file = `${home}/auth.json`;
  if (!isFolder(home)) {
    console.error(`Error: CODEX_HOME points to ${JSON.stringify(home)}`);
    return 1;
  }
  const [command, sub] = args;
  if (command === "login" && sub === "status") return showStatus();
  if (command === "login" && Deno.args.includes("--with-api-key")) {
    return await logInWithKey();
  }
  if (command === "login") return await logIn();
  if (command === "logout") return await logOut();
  const resumed = sub === "resume" ? args[2] : undefined;
  return await exec(args.at(-1) ?? "", resumed);
}

async function exec(
  prompt: string,
  resumed: string | undefined,
): Promise<number> {
  const { turns = 1, pause = 0 } = wishesIn(prompt);
  let login: Login | string | undefined = readLogin();
  if (login && isDue(login, { isOld })) login = await refresh(login);
  const log = startRollout(home, resumed);
  addTurn(log, Deno.args);
  console.error(`session id: ${log.id}`);
  for (let turn = 0; turn < turns; turn++) {
    if (typeof login === "string") return fail(login, "unauthorized");
    await sleep(turn === 0 ? 0 : pause);
    const bearer: string = login?.OPENAI_API_KEY ??
      login?.tokens?.access_token ?? "";
    let { status, body } = await ask("/codex/responses", {}, { bearer });
    if (status === 401 && login) {
      login = await recover(login);
      if (typeof login === "string") return fail(login, "unauthorized");
      const again = login?.tokens?.access_token ?? "";
      ({ status, body } = await ask("/codex/responses", {}, { bearer: again }));
    }
    if (status === 429) return failAtLimit(body);
    if (status !== 200) return fail(`unexpected status ${status}`, "other");
    addAnswer(log, `answer of ${ownerNow()}`);
  }
  const owner = ownerNow();
  console.log(`answer of ${owner ?? "a key"}`);
  endRollout(log, { text: `answer of ${owner}` });
  return 0;

  function ownerNow(): string | undefined {
    return typeof login === "object" ? ownerOf(login) : undefined;
  }

  function fail(message: string, code: string): number {
    const apostrophe = isOld ? message.replaceAll("’", "'") : message;
    for (let times = isOld ? 1 : 2; times > 0; times--) {
      console.error(`ERROR: ${apostrophe}`);
    }
    endRollout(log, isOld ? { message } : { message, code });
    return 1;
  }

  function failAtLimit({ error }: Record<string, unknown>): number {
    const { resets_at } = Object(error);
    const at = new Date(resets_at * 1_000);
    const time = at.toLocaleString("en-US", {
      ...{ month: "short", day: "numeric", year: "numeric" },
      ...{ hour: "numeric", minute: "2-digit" },
    });
    return fail(
      "You’ve hit your usage limit. Upgrade to Pro " +
        "(https://chatgpt.com/explore/pro), visit " +
        "https://chatgpt.com/settings/usage to purchase more credits or try " +
        `again at ${time}.`,
      "usage_limit_exceeded",
    );
  }
}

/** After a 401: the login of the file if it is newer, else a refresh. */
async function recover(login: Login): Promise<Login | string | undefined> {
  const there = readLogin();
  const isSame = there && ownerOf(there) === ownerOf(login);
  if (!isOld && !isSame) return REPLACED;
  if (isSame && tokenOf(there) !== tokenOf(login)) return there;
  return await refresh(login);
}

/** Returns the new login, or the message about a refusal. */
async function refresh(login: Login): Promise<Login | string | undefined> {
  const { status, body } = await ask("/codex/token", {
    grant_type: "refresh_token",
    refresh_token: tokenOf(login),
  });
  if (status !== 200) {
    const there = readLogin();
    const isWon = there && ownerOf(there) === ownerOf(login) &&
      tokenOf(there) !== tokenOf(login);
    return isWon ? there : REUSED;
  }
  note("gets", { token: String(body.refresh_token) });
  return isOld ? writeInPlace(body) : await commit(login, body);
}

/** Writes over whatever is there, with the account of what is there. */
function writeInPlace(granted: Record<string, unknown>): Login {
  const there = readLogin() ?? { OPENAI_API_KEY: null };
  const fresh = withTokens(there, granted);
  overwriteFile(file, format(fresh));
  readLogin();
  return fresh;
}

async function commit(
  login: Login,
  granted: Record<string, unknown>,
): Promise<Login | string> {
  using _home = await lock(`${home}/auth.lock`);
  const there = readLogin();
  if (!there || ownerOf(there) !== ownerOf(login)) {
    noteDrop(granted);
    return there ?? REPLACED;
  }
  const target = targetOf(file);
  using place = await lock(`${target}.lock`, { withinMs: COMMIT_LOCK_MS });
  if (!place) {
    noteDrop(granted);
    return login;
  }
  const latest = readLogin();
  if (!latest || ownerOf(latest) !== ownerOf(login)) {
    noteDrop(granted);
    return latest ?? REPLACED;
  }
  const fresh = withTokens(latest, granted);
  replaceAuth(target, fresh);
  return fresh;
}

function noteDrop({ refresh_token }: Record<string, unknown>): void {
  note("drops", { token: String(refresh_token), path: file });
}

async function logInWithKey(): Promise<number> {
  const key = (await new Response(Deno.stdin.readable).text()).trim();
  const login = { auth_mode: "apikey", OPENAI_API_KEY: key };
  if (isOld) overwriteFile(file, format(login));
  else await replaceUnderLocks(login);
  console.error("Successfully logged in");
  return 0;
}

async function logIn(): Promise<number> {
  const old = isOld ? undefined : readLogin();
  if (old) await revoke(old);
  await ask("/api/accounts/deviceauth/usercode", {});
  console.log("Enter this one-time code ABCD-1234");
  await ask("/api/accounts/deviceauth/token", {});
  const { body } = await ask("/oauth/token", {
    grant_type: "authorization_code",
  });
  const login = withTokens({ OPENAI_API_KEY: null }, body);
  note("gets", { token: String(body.refresh_token) });
  if (isOld) overwriteFile(file, format(login));
  else await replaceUnderLocks(login);
  console.error("Successfully logged in");
  return 0;
}

async function logOut(): Promise<number> {
  if (isOld) removeFile(file);
  else {
    const login = readLogin();
    if (login) await revoke(login);
  }
  console.error("Successfully logged out");
  return 0;
}

async function revoke(login: Login): Promise<void> {
  if (login.tokens) await ask("/codex/revoke", { token: tokenOf(login) });
  using _home = await lock(`${home}/auth.lock`);
  using _place = await lock(`${targetOf(file)}.lock`);
  removeFile(file);
}

async function replaceUnderLocks(login: Login): Promise<void> {
  using _home = await lock(`${home}/auth.lock`);
  const target = targetOf(file);
  using _place = await lock(`${target}.lock`);
  replaceAuth(target, login);
}

function replaceAuth(target: string, login: Login): void {
  const suffix = crypto.randomUUID().slice(0, 6);
  const temporary = target.replace(/[^/]+$/, `.auth-${suffix}`);
  replaceFile(target, { temporary, text: format(login) });
}

function showStatus(): number {
  const login = readLogin();
  if (!login) console.error("Not logged in");
  else if (login.tokens) console.error("Logged in using ChatGPT");
  else console.error("API key configured - sk-***");
  return login ? 0 : 1;
}

function readLogin(): Login | undefined {
  const text = readLoginText(file);
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined; // 0.100.0 may be writing it
  }
}

/** Locks a file; without a lock in time `undefined`. */
async function lock(
  path: string,
  { withinMs = Infinity }: { withinMs?: number } = {},
): Promise<Deno.FsFile | undefined> {
  const opened = Deno.openSync(path, { write: true, create: true });
  for (const end = Date.now() + withinMs; !opened.tryLockSync(true);) {
    if (Date.now() >= end) {
      opened.close();
      return undefined;
    }
    await sleep(5);
  }
  step(`lock ${path}`);
  return opened;
}
