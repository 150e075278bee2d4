/**
 * Stands in for `claude` 2.1.332 or 2.0.77 as far as its logins go. It reads its
 * login again under its locks before it refreshes. 2.1.332 renames a new file onto
 * the name, so that a link there is replaced, and blanks a login whose refresh is
 * refused; 2.0.77 writes in place, leaves a refused login as it is, and says only
 * in its state, before it writes the login, whose that is.
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
  wishesIn,
} from "./fake_agent.ts";
import { lock, unlock, writeOwner } from "./claude_locks.ts";
import { idsIn, nameUser, writeState } from "./claude_state.ts";
import { addMessage, sessionIdIn, sessionLog } from "./fake_logs.ts";

/** The content of `.credentials.json`. */
interface Stored {
  claudeAiOauth?: Partial<{
    accessToken: string;
    refreshToken: string | null;
    expiresAt: number | null;
    subscriptionTypeVerifiedAt: number;
    accountUuid: string;
  }>;
  [other: string]: unknown;
}

const DUE_MS = 5 * 60_000;

/** A time far in the future, when the limit ends; epoch seconds. */
const RESETS_AT = 4_102_444_800;

const EXPIRED =
  "Failed to authenticate: OAuth session expired and could not be refreshed";

let isOld = false;
let store = "";
let file = "";

/** Runs as `claude` of this version, and ends the process. */
export async function claude(version: string): Promise<never> {
  const [first = "", second = ""] = Deno.args;
  const command = first === "auth" ? second : first;
  return await runFake(command, () => main(version, command));
}

async function main(version: string, command: string): Promise<number> {
  if (Deno.args.includes("--version")) {
    console.log(`${version} (Claude Code)`);
    return 0;
  }
  isOld = version.startsWith("2.0.");
  const home = Deno.env.get("HOME");
  const config = Deno.env.get("CLAUDE_CONFIG_DIR") ?? `${home}/.claude`;
  const moved = Deno.env.get("CLAUDE_SECURESTORAGE_CONFIG_DIR");
  store = isOld ? config : moved ?? config;
  file = `${store}/.credentials.json`;
  Deno.mkdirSync(store, { recursive: true });
  if (command === "login") return await logIn();
  if (command === "logout") return await logOut();
  if (command === "status") return showStatus();
  return await run(config);
}

async function run(config: string): Promise<number> {
  const { turns = 1, pause = 0, stamp = 0 } = wishesIn(Deno.args.at(-1) ?? "");
  const id = sessionIdIn(Deno.args) ?? crypto.randomUUID();
  const log = sessionLog(config, id);
  let login = readLogin();
  if (isOld) nameUser(login?.claudeAiOauth?.refreshToken);
  if (stamp) await stampPlan();
  const said = () =>
    `answer of ${login?.claudeAiOauth?.accountUuid ?? "a token"}`;
  for (let turn = 0; turn < turns; turn++) {
    await sleep(turn === 0 ? 0 : pause);
    // A session of 2.0.77 keeps the token that it has found first.
    if (!isOld) login = readLogin();
    if (isDue(login)) login = await refresh(login);
    let answer = await askModel(login);
    if (answer.status === 401 && !isOld) {
      login = await refresh(login, { isRefused: true });
      answer = await askModel(login);
    }
    if (answer.status === 401) return fail(login ? EXPIRED : NOT_LOGGED_IN);
    if (answer.status === 429) return failAtLimit();
    if (answer.status !== 200) return fail(`API Error: ${answer.status}`);
    addMessage(log, said());
  }
  say(said(), { isError: false });
  return 0;

  function fail(text: string): number {
    say(text, { isError: true });
    return 1;
  }

  function failAtLimit(): number {
    const limit = { resetsAt: RESETS_AT, rateLimitType: "five_hour" };
    const which = isOld ? "session limit" : "5-hour limit";
    const text = `You've hit your ${which} · resets 8:13am (Europe/Berlin)`;
    addMessage(log, text, { limit });
    if (isStream()) {
      const rate_limit_info = { status: "rejected", ...limit };
      console.log(
        JSON.stringify({ type: "rate_limit_event", rate_limit_info }),
      );
    }
    return fail(text);
  }

  function say(result: string, { isError }: { isError: boolean }): void {
    const isJson = Deno.args.includes("json") || isStream();
    const object = {
      type: "result",
      subtype: "success",
      is_error: isError,
      result,
      session_id: id,
    };
    console.log(isJson ? JSON.stringify(object) : result);
  }
}

const NOT_LOGGED_IN = "Not logged in · Please run /login";

function isStream(): boolean {
  return Deno.args.includes("stream-json");
}

async function askModel(login: Stored | undefined) {
  const token = Deno.env.get("CLAUDE_CODE_OAUTH_TOKEN");
  const bearer = token || login?.claudeAiOauth?.accessToken || "none";
  return await ask("/v1/messages", {}, { bearer });
}

/** Refreshes under the locks, unless another process has done so. */
async function refresh(
  before: Stored | undefined,
  { isRefused = false }: { isRefused?: boolean } = {},
): Promise<Stored | undefined> {
  if (!before?.claudeAiOauth?.refreshToken) return before;
  const refreshLock = `${store}/.oauth_refresh.lock`;
  const locks = isOld ? [`${store}.lock`] : [refreshLock, `${store}.lock`];
  const held: string[] = [];
  try {
    for (const path of locks) {
      if (!await lock(path)) return before;
      held.unshift(path);
    }
    if (!isOld) writeOwner(`${refreshLock}.owner`);
    return await refreshLocked(before, isRefused);
  } finally {
    if (!isOld && held.length === 2) removeFile(`${refreshLock}.owner`);
    for (const path of held) unlock(path);
  }
}

async function refreshLocked(
  before: Stored,
  isRefused: boolean,
): Promise<Stored | undefined> {
  const stored = readLogin();
  const { refreshToken } = stored?.claudeAiOauth ?? {};
  const isChanged = refreshToken !== before.claudeAiOauth?.refreshToken;
  if (!stored || !refreshToken || isChanged) return stored;
  if (!isRefused && !isDue(stored)) return stored;
  const { status, body } = await ask("/v1/oauth/token", {
    grant_type: "refresh_token",
    refresh_token: refreshToken,
  });
  if (status === 400 || status === 401) {
    if (isOld) return stored; // and tries the old token
    const blank = { accessToken: "", refreshToken: "", expiresAt: 0 };
    await write((it) => ({ ...it.claudeAiOauth, ...blank }), refreshToken);
    return undefined;
  }
  if (status !== 200) return stored;
  note("gets", { token: String(body.refresh_token) });
  const fresh = loginOf(body);
  return await write(
    (it) => isOld ? fresh : { ...it.claudeAiOauth, ...fresh },
    refreshToken,
  );
}

/** A write of the plan alone, which takes the last lock only. */
async function stampPlan(): Promise<void> {
  if (isOld || !readLogin()?.claudeAiOauth) return;
  await write((it) => ({
    ...it.claudeAiOauth,
    subscriptionTypeVerifiedAt: Date.now(),
  }));
}

async function logIn(): Promise<number> {
  const { status, body } = await ask("/v1/oauth/token", {
    grant_type: "authorization_code",
  });
  if (status !== 200) {
    console.error(`Couldn't log in: status code ${status}`);
    return 1;
  }
  note("gets", { token: String(body.refresh_token) });
  const ids = idsIn(body);
  if (isOld) {
    removeFile(file);
    writeState(ids);
  } else await write(() => undefined);
  await write(() => ({ ...loginOf(body), ...(isOld ? {} : ids) }));
  console.log("Login successful.");
  return 0;
}

async function logOut(): Promise<number> {
  const { claudeAiOauth } = readLogin() ?? {};
  if (claudeAiOauth?.refreshToken) {
    const token = claudeAiOauth.refreshToken;
    await ask("/v1/oauth/token/revoke", { token });
  }
  const path = `${store}/.storage-write.lock`;
  const isLocked = !isOld && await lock(path);
  removeFile(file);
  if (isLocked) unlock(path);
  console.log("Successfully logged out.");
  return 0;
}

function showStatus(): number {
  const loggedIn = Boolean(readLogin()?.claudeAiOauth?.accessToken);
  console.log(JSON.stringify({ loggedIn }));
  return loggedIn ? 0 : 1;
}

/**
 * Writes a member of the file anew; the others are those that it has now. With
 * `expected`, only if the file has that token still.
 */
async function write(
  change: (stored: Stored) => Stored["claudeAiOauth"],
  expected?: string,
): Promise<Stored | undefined> {
  const path = `${store}/.storage-write.lock`;
  const isLocked = !isOld && await lock(path);
  try {
    const stored = readLogin() ?? {};
    const { claudeAiOauth: there, ...others } = stored;
    const login = change(stored);
    if (expected !== undefined && there?.refreshToken !== expected) {
      note("drops", { token: login?.refreshToken ?? expected, path: file });
      return stored;
    }
    const next = login ? { claudeAiOauth: login, ...others } : others;
    const text = JSON.stringify(next);
    const suffix = crypto.randomUUID().slice(0, 8);
    if (isOld) overwriteFile(file, text);
    else replaceFile(file, { temporary: `${file}.tmp.${suffix}`, text });
    return next;
  } finally {
    if (isLocked) unlock(path);
  }
}

function loginOf(granted: Record<string, unknown>) {
  return {
    accessToken: String(granted.access_token),
    refreshToken: String(granted.refresh_token),
    expiresAt: Date.now() + Number(granted.expires_in) * 1_000,
    scopes: String(granted.scope).split(" "),
  };
}

function readLogin(): Stored | undefined {
  const text = readLoginText(file);
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined; // 2.0.77 may be writing it
  }
}

function isDue(stored: Stored | undefined): boolean {
  const { expiresAt } = stored?.claudeAiOauth ?? {};
  return typeof expiresAt === "number" && expiresAt > 0 &&
    expiresAt - DUE_MS <= Date.now();
}
