/** A home of an agent that keeps each login in a folder of its account. */

import { Doctor } from "../../lib/mod.ts";
import { jwtOf } from "./codex_login.ts";
import { strangers } from "./strangers.ts";
import { tempDir } from "./temp_dir.ts";

import "./load_libc.ts";

/** An agent that keeps its logins so. */
export type FolderAgent = "codex" | "claude";

/** A login in a test: a plan login, unless it is a key. */
export interface TestLogin {
  /** Whose it is; without, it does not say. */
  owner?: string;
  /** Its refresh token, or its key. */
  token: string;
  /** When it expires, epoch milliseconds. @default in 2100 */
  expiresAt?: number;
  /** @default "plan" */
  kind?: "plan" | "api-key";
}

/** What the file of an agent is called, and where its home is. */
const FILES = { codex: "auth.json", claude: ".credentials.json" };

/** Much later than now. */
const IN_2100 = 4_102_444_800_000;

/** A home with such an agent. */
export interface LoginFolders extends AsyncDisposable {
  /** The folder to use as `HOME`. */
  home: string;
  /** The home of the agent, such as `~/.codex`. */
  dir: string;
  /** The file that the plain agent reads. */
  plain: string;
  /** What the accounts said so far, and forgets. */
  told(): string[];
  /** The accounts, and the checks of the doctor. */
  accounts: Doctor;
  /** Returns the file with the login in the folder of account `index`. */
  file(index: number): string;
  /** Writes a login as the agent does, in place. */
  write(path: string, login: TestLogin | string): void;
  /** Returns the token of the login at `path`, through a link. */
  token(path: string): string | undefined;
  /** Returns the names of the files that have `token`. */
  placesOf(token: string): string[];
}

/** Makes one, with the logins of `accounts`, and that of `plain` activated. */
export async function loginFolders(
  agent: FolderAgent,
  { accounts = {}, plain }: {
    accounts?: Record<number, TestLogin>;
    plain?: number;
  } = {},
): Promise<LoginFolders> {
  const { path: home, ...temporary } = await tempDir({ inMemory: true });
  const dir = `${home}/.${agent}`;
  const notes: string[] = [];
  const alone = strangers();
  const it: LoginFolders = {
    home,
    dir,
    plain: `${dir}/${FILES[agent]}`,
    told: () => notes.splice(0),
    accounts: new Doctor({
      agent,
      notify: (text) => void notes.push(text),
      system: {
        env: (name) => name === "HOME" ? home : undefined,
        now: Date.now,
        elapsed: () => performance.now(),
        sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      },
    }),
    file: (index) => `${dir}/accounts/${index}/${FILES[agent]}`,
    write(path, login) {
      const folder = path.replace(/\/[^/]*$/, "");
      Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
      const text = typeof login === "string" ? login : textOf(agent, login);
      Deno.writeTextFileSync(path, text, { mode: 0o600 });
    },
    token: (path) => {
      try {
        return tokensIn(Deno.readTextFileSync(path))[0];
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return undefined;
        throw error;
      }
    },
    placesOf: (token) =>
      filesBelow(dir).filter((path) =>
        tokensIn(Deno.readTextFileSync(path)).includes(token)
      ).map((path) => path.slice(dir.length + 1)),
    async [Symbol.asyncDispose]() {
      alone[Symbol.dispose]();
      await temporary[Symbol.asyncDispose]();
    },
  };
  Deno.mkdirSync(`${dir}/accounts`, { recursive: true, mode: 0o700 });
  for (const [index, login] of Object.entries(accounts)) {
    it.write(it.file(Number(index)), login);
  }
  if (plain !== undefined) await it.accounts.switchTo(plain);
  notes.splice(0);
  return it;
}

/** Returns the content of a file with `login`, as the agent writes it. */
function textOf(agent: FolderAgent, login: TestLogin): string {
  const { owner, token, expiresAt = IN_2100, kind } = login;
  if (kind === "api-key") {
    return JSON.stringify({ auth_mode: "apikey", OPENAI_API_KEY: token });
  }
  if (agent === "claude") {
    const claudeAiOauth = {
      accessToken: token === "" ? "" : `access-${token}`,
      refreshToken: token,
      expiresAt: token === "" ? 0 : expiresAt,
      scopes: ["user:inference"],
      ...(owner ? { accountUuid: owner, organizationUuid: "org-1" } : {}),
    };
    return JSON.stringify({ claudeAiOauth });
  }
  const ids = owner
    ? { chatgpt_account_id: "org-1", chatgpt_user_id: owner }
    : {};
  return JSON.stringify({
    auth_mode: "chatgpt",
    OPENAI_API_KEY: null,
    tokens: {
      id_token: jwtOf({
        email: `${owner}@example.com`,
        "https://api.openai.com/auth": ids,
      }),
      access_token: jwtOf({ exp: expiresAt / 1_000 }),
      refresh_token: token,
      ...(owner ? { account_id: "org-1" } : {}),
    },
    last_refresh: new Date().toISOString(),
  });
}

function tokensIn(text: string): string[] {
  const found = text.matchAll(
    /"(?:refresh_token|refreshToken|OPENAI_API_KEY)":"([^"]*)"/g,
  );
  return Array.from(found, ([, token = ""]) => token);
}

function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, ...it }) => {
    if (it.isDirectory) return filesBelow(`${folder}/${name}`);
    return it.isFile ? [`${folder}/${name}`] : [];
  });
}
