import { assertEquals, assertStringIncludes } from "@std/assert";
import { accountQwen, runCli } from "../support/cli.ts";
import { exists } from "../support/exists.ts";
import { tempDir } from "../support/temp_dir.ts";
import { LOGIN_PAGE, tokenServer } from "../support/token_server.ts";
import { Typist } from "../support/typist.ts";
import { until } from "../support/until.ts";
import { jwt } from "../accounts/jwt.ts";
import { credential } from "./commands/folder.ts";
import { testWith } from "../support/needs.ts";

const test = await testWith("script");

const KEY = "sk-0123456789abcdef0123cafe";
const EXPIRES_AT = Date.UTC(2027, 0, 1);
const CTRL_C = "\x03";
const CTRL_D = "\x04";

const ANSWER = "Type a word or its first letter";
const ADD = "Add it as an account? [Y/n]";
const LABEL = "Label";

test("setup on a terminal offers a found key, adds it and says what to do next", async () => {
  await using home = await tempDir();
  await Deno.writeTextFile(`${home.path}/.env`, `OPENROUTER_API_KEY=${KEY}\n`);
  await using typist = await start(home.path);
  const offer = "Found a key for openrouter: sk-…cafe (OPENROUTER_API_KEY in " +
    "~/.env)\r\n";
  await typist.answer(offer, "");
  await typist.answer(ADD, "\n");
  await typist.answer("The key is now", "");
  await typist.answer(LABEL, "ディープ\n");
  await typist.answer("What next?", "");
  await typist.answer(`${ANSWER} [test]:`, "d\n");
  assertEquals(await typist.end(), 0);
  assertStringIncludes(
    typist.seen,
    "1 account:\r\n" +
      "  account   service     state\r\n" +
      "  ディープ  openrouter  ready\r\n" +
      "\r\nNext, try it:\r\n" +
      '  account-qwen exec -- "What is the capital of France?"\r\n',
  );
  assertEquals(typist.seen.includes(KEY), false);
});

test("setup ends when its terminal is gone, also where a hangup is ignored", async () => {
  await using home = await tempDir();
  await Deno.writeTextFile(`${home.path}/.env`, `OPENROUTER_API_KEY=${KEY}\n`);
  const line = accountQwen().map((it) => `'${it}'`).join(" ");
  await using typist = await Typist.startLine(
    `trap '' HUP; ${line} setup; touch ended`,
    { home: home.path, env: { ACCOUNT_QWEN_BIN: "/nowhere/qwen" } },
  );
  await typist.answer(ADD, "\n");
  await typist.answer(LABEL, "");
  await typist[Symbol.asyncDispose]();
  await until("setup has ended", () => exists(`${home.path}/ended`));
});

test("setup on a terminal ends when only Enter is typed and there is nothing to add", async () => {
  await using home = await tempDir();
  await using typist = await start(home.path);
  await typist.answer("Found no keys or logins. Looked at:\r\n", "");
  await typist.answer("  environment: OPENAI_API_KEY,", "");
  await typist.answer("  settings of qwen: ~/.qwen/settings.json\r\n", "");
  await typist.answer(`${ANSWER} [key]:`, "\n");
  await typist.answer("Paste the key; it is not shown", "\n");
  await typist.answer(`${ANSWER} [done]:`, "\n");
  assertEquals(await typist.end(), 4);
  assertStringIncludes(typist.seen, "No accounts yet.\r\n");
  assertStringIncludes(typist.seen, "Next, when you have a key:\r\n  account-");
});

test("setup on a terminal adds nothing that is declined, and exits with 4", async () => {
  await using home = await tempDir();
  await writeLogin(home.path, credential("one", EXPIRES_AT));
  await using typist = await start(home.path);
  await typist.answer("Found a login (~/.agent/qwen/oauth_creds.json).", "");
  await typist.answer(ADD, "x\n");
  await typist.answer("Type y for yes or n for no.", "");
  await typist.answer(ADD, "n\n");
  await typist.answer(`${ANSWER} [key]:`, "nonsense\n");
  await typist.answer("Type key, login, file, done.", "");
  await typist.answer(ANSWER, "DONE\n");
  assertEquals(await typist.end(), 4);
});

test("setup on a terminal offers keys first, then the login of qwen", async () => {
  await using home = await tempDir();
  const live = `${home.path}/.qwen/oauth_creds.json`;
  await Deno.mkdir(`${home.path}/.qwen`, { mode: 0o700 });
  await Deno.writeTextFile(live, credential("old", EXPIRES_AT), {
    mode: 0o600,
  });
  await using typist = await start(home.path, { OPENROUTER_API_KEY: KEY });
  await typist.answer("Found a key for openrouter", "");
  await typist.answer(ADD, "n\n");
  await typist.answer("Found the login in ~/.qwen/oauth_creds.json.", "");
  await typist.answer(ADD, "\n");
  await typist.answer("the login of qwen is now", "");
  await typist.answer(LABEL, "home\n");
  await typist.answer(`${ANSWER} [done]:`, "\n");
  assertEquals(await typist.end(), 0);
  assertEquals(await Deno.readLink(live), "accounts/oauth_creds_1.json");
});

test("setup on a terminal says that the installed qwen refuses logins, and does not log in by default", async () => {
  await using home = await tempDir();
  await writeLogin(home.path, credential("one", EXPIRES_AT));
  await using typist = await start(home.path, { VERSION: "0.24.4" });
  await typist.answer("Note: qwen 0.24.4 refuses logins: their free tier", "");
  await typist.answer(ADD, "\n");
  await typist.answer(LABEL, "\n");
  await typist.answer(ANSWER, "l\n");
  await typist.answer("qwen 0.24.4 refuses logins", "");
  await typist.answer("An API key works with every version.", "");
  await typist.answer("Log in anyway? [y/N]", "\n");
  await typist.answer(`${ANSWER} [done]:`, "\n");
  assertEquals(await typist.end(), 0);
  assertStringIncludes(typist.seen, "qwen login  not usable with qwen 0.24.4");
  assertStringIncludes(typist.seen, "Next, when you have a key:");
});

test("setup on a terminal says how to install qwen when it is missing", async () => {
  await using home = await tempDir();
  await using typist = await start(home.path, {
    OPENROUTER_API_KEY: KEY,
    ACCOUNT_QWEN_BIN: "/nowhere/qwen",
  });
  await typist.answer(ADD, "\n");
  await typist.answer(LABEL, "\n");
  await typist.answer(ANSWER, "d\n");
  assertEquals(await typist.end(), 0);
  assertStringIncludes(
    typist.seen,
    "Next, install qwen:\r\n  npm install -g @qwen-code/qwen-code\r\n",
  );
});

test("setup on a terminal asks for the region of a found key", async () => {
  await using home = await tempDir();
  await using typist = await start(home.path, { DASHSCOPE_API_KEY: KEY });
  await typist.answer("(DASHSCOPE_API_KEY in the environment)", "");
  await typist.answer(ADD, "\n");
  await typist.answer("Which region is this key for?", "");
  await typist.answer(`${ANSWER} [china]:`, "i\n");
  await typist.answer("Model [qwen3-coder-plus]:", "\n");
  await typist.answer("The key is now", "");
  await typist.answer(LABEL, "\n");
  await typist.answer(ANSWER, "d\n");
  assertEquals(await typist.end(), 0);
  assertStringIncludes(typist.seen, "dashscope-intl  ready");
});

test("setup on a terminal knows the region of a key that qwen has stored", async () => {
  await using home = await tempDir();
  const variable = "BAILIAN_CODING_PLAN_API_KEY";
  const baseUrl = "https://coding-intl.dashscope.aliyuncs.com/v1";
  await Deno.mkdir(`${home.path}/.qwen`, { mode: 0o700 });
  await Deno.writeTextFile(
    `${home.path}/.qwen/settings.json`,
    JSON.stringify({
      env: { [variable]: KEY },
      modelProviders: { openai: [{ id: "m", envKey: variable, baseUrl }] },
    }),
  );
  await using typist = await start(home.path);
  await typist.answer("Found a key for coding-plan-intl: sk-…cafe", "");
  await typist.answer(`(${variable} in ~/.qwen/settings.json)`, "");
  await typist.answer(ADD, "\n");
  await typist.answer(LABEL, "\n");
  await typist.answer(ANSWER, "d\n");
  assertEquals(await typist.end(), 0);
  assertStringIncludes(typist.seen, "coding-plan-intl  ready");
});

test("setup on a terminal adds a key without showing it", async () => {
  await using home = await tempDir();
  await using typist = await start(home.path);
  await typist.answer(`${ANSWER} [key]:`, "\n");
  await typist.answer("Paste the key; it is not shown", "wrong one\r");
  await typist.answer("It has a character that no key has. Try again.", "");
  await typist.answer("Paste the key", `x\x15${KEY}y\x7f\r`);
  await typist.answer("Which service is this key for?", "");
  await typist.answer(`${ANSWER} [dashscope]:`, "url\n");
  await typist.answer("Address of its API", "http://example.com\n");
  await typist.answer("It is not https. Try again.", "");
  await typist.answer("Address of its API", "https://api.example.com/v1\n");
  await typist.answer("Model (Enter: go back):", "m\n");
  await typist.answer("The key is now", "");
  await typist.answer(LABEL, "work\n");
  await typist.answer(ANSWER, "d\n");
  assertEquals(await typist.end(), 0);
  assertEquals(typist.seen.includes(KEY.slice(3)), false);
  assertEquals(typist.seen.includes("wrong one"), false);
  assertStringIncludes(typist.seen, "work     api.example.com  ready");
  const slot = `${home.path}/.qwen/accounts/api_key_1.env`;
  assertStringIncludes(await Deno.readTextFile(slot), KEY);
});

test("setup on a terminal proposes the service that the beginning of a key suggests", async () => {
  await using home = await tempDir();
  await using typist = await start(home.path);
  await typist.answer(`${ANSWER} [key]:`, "\n");
  await typist.answer("Paste the key", "Bearer sk-sp-0123456789abcdef0123\r");
  await typist.answer(`${ANSWER} [coding-plan]:`, "back\n");
  await typist.answer(`${ANSWER} [done]:`, "\n");
  assertEquals(await typist.end(), 4);
});

test("setup on a terminal asks again when a label cannot be used", async () => {
  await using home = await tempDir();
  await using typist = await start(home.path, { OPENROUTER_API_KEY: KEY });
  await typist.answer(ADD, "\n");
  await typist.answer(LABEL, `${"x".repeat(99)}\n`);
  await typist.answer("Try again.", "");
  await typist.answer(LABEL, "work\n");
  await typist.answer(ANSWER, "d\n");
  assertEquals(await typist.end(), 0);
  assertStringIncludes(typist.seen, "work     openrouter  ready");
});

test("setup on a terminal asks for a file until it exists, imports it and labels it", async () => {
  await using home = await tempDir();
  await Deno.writeTextFile(`${home.path}/a`, credential("a", EXPIRES_AT));
  await using typist = await start(home.path);
  await typist.answer(ANSWER, "f\n");
  await typist.answer("Path of the file", "~/b\n");
  await typist.answer("it is not there", "");
  await typist.answer(ANSWER, "file\n");
  await typist.answer("Path of the file", "~/a\n");
  await typist.answer("is now", "");
  await typist.answer(LABEL, "home\n");
  await typist.answer(`${ANSWER} [done]:`, "\n");
  assertEquals(await typist.end(), 0);
  assertStringIncludes(typist.seen, "home     qwen login  ready");
});

test("setup on a terminal ignores what was typed before a question", async () => {
  await using home = await tempDir();
  await using server = tokenServer({ delayMs: 500 });
  await using typist = await start(home.path, loginAt(server.url));
  await typist.answer(ANSWER, "l\n");
  await typist.answer("waiting for the login", "\n");
  await typist.answer("is logged in", "");
  await typist.answer(LABEL, "\n");
  await typist.answer(ANSWER, "k\n");
  const pasted = `${KEY}\rsk-another-0123456789\r`;
  await typist.answer("Paste the key", pasted);
  await typist.answer(ANSWER, "o\n");
  await typist.answer("Model [qwen/qwen3-coder]:", "\n");
  await typist.answer("The key is now", "");
  await typist.answer(LABEL, "\n");
  await typist.answer(ANSWER, "d\n");
  assertEquals(await typist.end(), 0);
  assertEquals(typist.seen.includes("sk-another"), false);
});

test("setup on a terminal imports a newer login of an existing account", async () => {
  await using home = await tempDir();
  const path = await writeLogin(home.path, subjectLogin("old", EXPIRES_AT));
  await runCli(["import"], { home: home.path });
  await Deno.writeTextFile(path, subjectLogin("new", EXPIRES_AT + 1));
  await using typist = await start(home.path);
  await typist.answer(
    "Found a newer login of qwen (account 1) (~/.agent/qwen",
    "",
  );
  await typist.answer("Use it? [Y/n]", "y\n");
  await typist.answer("qwen (account 1) now has the newer login of", "");
  await typist.answer(`${ANSWER} [done]:`, "\n");
  assertEquals(await typist.end(), 0);
});

/** A login whose access token shows the owner. */
function subjectLogin(name: string, expiresAt: number): string {
  const content = JSON.parse(credential(name, expiresAt));
  const access_token = jwt({ jti: name, sub: "user-1" });
  return JSON.stringify({ ...content, access_token });
}

/** Writes the login of another program; returns its path. */
async function writeLogin(home: string, text: string): Promise<string> {
  await Deno.mkdir(`${home}/.agent/qwen`, { recursive: true });
  const path = `${home}/.agent/qwen/oauth_creds.json`;
  await Deno.writeTextFile(path, text);
  return path;
}

test("setup on a terminal logs in as login does", async () => {
  await using home = await tempDir();
  await using server = tokenServer();
  await using typist = await start(home.path, loginAt(server.url));
  await typist.answer(ANSWER, "login\n");
  await typist.answer(LOGIN_PAGE, "");
  await typist.answer("is logged in and active", "");
  await typist.answer(LABEL, "work\n");
  await typist.answer(`${ANSWER} [done]:`, "\n");
  assertEquals(await typist.end(), 0);
  assertStringIncludes(typist.seen, "work     qwen login  ready");
});

test("setup on a terminal continues when a login is denied", async () => {
  await using home = await tempDir();
  const denial = { error: "access_denied" };
  await using server = tokenServer({
    answer: () => Response.json(denial, { status: 400 }),
  });
  await using typist = await start(home.path, loginAt(server.url));
  await typist.answer(ANSWER, "l\n");
  await typist.answer("error:", "");
  await typist.answer(`${ANSWER} [done]:`, "\n");
  assertEquals(await typist.end(), 4);
});

test("setup on a terminal ends when Ctrl-C comes during a login", async () => {
  await using home = await tempDir();
  const pending = { error: "authorization_pending" };
  await using server = tokenServer({
    answer: () => Response.json(pending, { status: 400 }),
  });
  await using typist = await start(home.path, loginAt(server.url));
  await typist.answer(ANSWER, "l\n");
  await typist.answer("waiting for the login", CTRL_C);
  await typist.answer("the login was canceled; nothing has changed", "");
  await typist.answer("Stopped. What was added is saved: 0 accounts.", "");
  await typist.answer("To continue: account-qwen setup", "");
  assertEquals(await typist.end(), 130);
});

test("setup on a terminal tests the keys, and logins only when asked to", async () => {
  await using home = await tempDir();
  await using server = tokenServer();
  await using service = keyService();
  await addKey(home.path, `${service.url}/v1`, KEY);
  await addKey(home.path, `${service.url}/v1`, "sk-refused");
  await addKey(home.path, `${service.url}/v1`, "sk-empty");
  await addKey(home.path, "http://127.0.0.1:9/v1", "sk-nobody");
  await Deno.writeTextFile(`${home.path}/a`, credential("a", EXPIRES_AT));
  await runCli(["add", "--oauth-file", `${home.path}/a`], { home: home.path });
  await using typist = await start(home.path, loginAt(server.url));
  await typist.answer(`${ANSWER} [done]:`, "test\n");
  await typist.answer("Refresh the logins too?", "");
  await typist.answer("[y/N]", "\n");
  await typist.answer(": works", "");
  await typist.answer(": key refused (401 no such key)", "");
  await typist.answer(": key accepted, out of quota now", "");
  await typist.answer(": 127.0.0.1:9 cannot be reached", "");
  await typist.answer(ANSWER, "t\n");
  assertEquals(server.sent.length, 0);
  await typist.answer("Refresh the logins too?", "");
  await typist.answer("[y/N]", "y\n");
  await typist.answer(": works, token expires 2", "");
  await typist.answer(`${ANSWER} [done]:`, "\n");
  assertEquals(await typist.end(), 0);
  assertEquals(service.models, ["m", "m", "m", "m", "m", "m"]);
  assertEquals(server.sent.length, 1);
  const summary = typist.seen.slice(typist.seen.indexOf("5 accounts:"));
  assertStringIncludes(summary, "key refused (401 no such key)");
});

test("setup on a terminal ends immediately when Ctrl-C comes while a key is tested", async () => {
  await using home = await tempDir();
  await using service = silentService();
  await addKey(home.path, `${service.url}/v1`, KEY);
  await using typist = await start(home.path);
  await typist.answer(ANSWER, "t\n");
  await service.asked;
  await typist.answer("Testing", CTRL_C);
  await typist.answer("Stopped. What was added is saved: 1 account.", "");
  assertEquals(await typist.end(), 130);
});

/** A service that never answers. */
function silentService() {
  const asked = Promise.withResolvers<void>();
  const over = Promise.withResolvers<Response>();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => {
      asked.resolve();
      return over.promise;
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    asked: asked.promise,
    [Symbol.asyncDispose]: async () => {
      over.resolve(new Response());
      await server.shutdown();
    },
  };
}

/** A service that knows a few keys; `models` are the requested ones. */
function keyService() {
  const models: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      models.push((await request.json()).model);
      const key = request.headers.get("authorization")?.slice("Bearer ".length);
      if (key === KEY) return Response.json({ choices: [] });
      const [status, message] = key === "sk-empty"
        ? [429, "You exceeded your current quota"]
        : [401, "no such key"];
      return Response.json({ error: { message } }, { status });
    },
  );
  const url = `http://127.0.0.1:${server.addr.port}`;
  return { url, models, [Symbol.asyncDispose]: () => server.shutdown() };
}

async function addKey(home: string, baseUrl: string, key: string) {
  const { code } = await runCli(
    ["add", "--api-key-stdin", "--base-url", baseUrl, "--model", "m"],
    { home, stdin: `${key}\n` },
  );
  assertEquals(code, 0);
}

const INTERRUPTIONS: Record<string, [string, number]> = {
  "Ctrl-C": [CTRL_C, 130],
  "Ctrl-D": [CTRL_D, 0],
};

const PLACES = ["the menu", "the label", "the hidden key"] as const;

for (const [name, [keys, expected]] of Object.entries(INTERRUPTIONS)) {
  for (const at of PLACES) {
    test(`setup on a terminal keeps what was finished when ${name} comes at ${at}`, async () => {
      await using home = await tempDir();
      await using typist = await start(home.path, { OPENROUTER_API_KEY: KEY });
      await typist.answer(ADD, "y\n");
      await typist.answer(LABEL, at === "the label" ? keys : "\n");
      if (at === "the hidden key") {
        await typist.answer(ANSWER, "key\n");
        await typist.answer("Paste the key", keys);
      } else if (at === "the menu") {
        await typist.answer(ANSWER, keys);
      }
      await typist.answer("Stopped. What was added is saved: 1 account.", "");
      await typist.answer("To continue: account-qwen setup", "");
      assertEquals(await typist.end(), expected);
      const { stdout } = await runCli(["list"], { home: home.path });
      assertStringIncludes(stdout, "openrouter");
    });
  }
}

test("setup on a terminal names the host of a project's file, and an empty answer refuses it", async () => {
  await using home = await tempDir();
  await Deno.mkdir(`${home.path}/project`);
  const path = `${home.path}/project/.env`;
  const url = "https://elsewhere.example/v1/chat/completions";
  const text =
    `OPENAI_API_KEY='${KEY}'\nOPENAI_BASE_URL=${url}\nOPENAI_MODEL=m\n`;
  await Deno.writeTextFile(path, text);
  await using typist = await start(home.path, {}, `${home.path}/project`);
  await typist.answer("Found a key for elsewhere.example: sk-…cafe", "");
  await typist.answer("(OPENAI_API_KEY in ~/project/.env)", "");
  await typist.answer("That file sends it to elsewhere.example", "");
  await typist.answer("Add it as an account? [y/N]", "\n");
  await typist.answer(`${ANSWER} [key]:`, "d\n");
  assertEquals(await typist.end(), 4);
});

/** Starts setup with a qwen of `VERSION`. */
async function start(
  home: string,
  { VERSION = "0.12.0", ...env }: Record<string, string> = {},
  cwd = home,
) {
  const bin = `${home}/qwen`;
  await Deno.writeTextFile(bin, `#!/bin/sh\necho ${VERSION}\n`);
  await Deno.chmod(bin, 0o755);
  return await Typist.start(["setup"], {
    home,
    cwd,
    env: { ACCOUNT_QWEN_BIN: bin, ...env },
  });
}

function loginAt(url: string): Record<string, string> {
  return { ACCOUNT_QWEN_OAUTH_URL: url, NO_BROWSER: "1" };
}
