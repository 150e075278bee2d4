/**
 * Stands in for `qwen` 0.12.0 as far as its login goes: it refreshes it after a
 * 401, and renames the new file onto the name, so that a link there is replaced.
 * When the refresh is refused, it removes the login and asks for a new one.
 *
 * @module
 */

import {
  ask,
  note,
  readText,
  removeFile,
  replaceFile,
  runFake,
  sleep,
  tokenIn,
  wishesIn,
} from "../../torture/logins/fake_agent.ts";
import { nameOf } from "../../torture/logins/token_book.ts";

/** The content of `oauth_creds.json`. */
interface Stored {
  access_token: string;
  refresh_token: string;
}

const FILE = `${Deno.env.get("HOME")}/.qwen/oauth_creds.json`;

await runFake("exec", run);

async function run(): Promise<number> {
  const { turns = 1, pause = 0 } = wishesIn(Deno.args.at(-1) ?? "");
  let login = readLogin();
  for (let turn = 0; turn < turns; turn++) {
    await sleep(turn === 0 ? 0 : pause);
    let { status } = await askModel(login);
    if (status === 401) {
      login = await refresh(login);
      if (!login) return askForLogin();
      ({ status } = await askModel(login));
    }
    if (status !== 200) return fail(status);
  }
  console.log(`answer of ${nameOf(login?.refresh_token ?? "")?.owner}`);
  return 0;
}

function fail(status: number): number {
  const text = status === 429 ? "Free allocated quota exceeded." : "refused";
  console.error(`[API Error: ${status} ${text}]`);
  return 1;
}

function askForLogin(): number {
  console.error("+---- Qwen OAuth Device Authorization ----+");
  return 1;
}

async function askModel(login: Stored | undefined) {
  const bearer = login?.access_token ?? "none";
  return await ask("/qwen/chat", {}, { bearer });
}

async function refresh(
  login: Stored | undefined,
): Promise<Stored | undefined> {
  if (!login) return undefined;
  const { refresh_token } = login;
  const response = await fetch(
    `${Deno.env.get("TORTURE_SERVICE")}/qwen/token`,
    {
      method: "POST",
      body: new URLSearchParams({ grant_type: "refresh_token", refresh_token }),
    },
  );
  const body = await response.json();
  if (!response.ok) {
    removeFile(FILE);
    return undefined;
  }
  note("gets", { token: body.refresh_token });
  const { access_token, refresh_token: next, expires_in } = body;
  const fresh = {
    ...login,
    access_token,
    refresh_token: next,
    expiry_date: Date.now() + expires_in * 1_000,
  };
  const text = JSON.stringify(fresh);
  replaceFile(FILE, { temporary: `${FILE}.tmp.1`, text });
  return fresh;
}

function readLogin(): Stored | undefined {
  const text = readText(FILE);
  note("reads", { token: tokenIn(text), path: FILE });
  return text === undefined ? undefined : JSON.parse(text);
}
