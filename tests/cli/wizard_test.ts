import { assertEquals, assertStringIncludes } from "@std/assert";
import { runCli } from "../support/cli.ts";
import { tempDir } from "../support/temp_dir.ts";
import { LOGIN_PAGE, tokenServer } from "../support/token_server.ts";
import { Typist } from "../support/typist.ts";
import { jwt } from "../rotation/jwt.ts";
import { credential } from "./commands/folder.ts";
import { testWith } from "../support/needs.ts";

const test = await testWith("script");

const KEY = "sk-0123456789abcdef0123cafe";
const EXPIRES_AT = Date.UTC(2027, 0, 1);
const CTRL_C = "\x03";
const CTRL_D = "\x04";

test("setup on a terminal offers a found key, and adopts it", async () => {
  await using home = await tempDir();
  const path = `${home.path}/.env`;
  await Deno.writeTextFile(path, `OPENROUTER_API_KEY=${KEY}\n`);
  await using typist = await start(home.path, { SHELL: "/usr/bin/zsh" });
  const offer = `found OPENROUTER_API_KEY (sk-…cafe) in ${path}, for ` +
    "openrouter.ai: take it in? [Y/n]";
  await typist.answer(offer, "\n");
  await typist.answer("it is now account 1", "");
  await typist.answer("label (empty: none):", "\n");
  await typist.answer("what next?", "");
  await typist.answer("number [6]:", "\n");
  assertEquals(await typist.end(), 0);
  assertStringIncludes(typist.seen, "accounts: none yet\r\n");
  assertStringIncludes(typist.seen, "api-key  openrouter.ai");
  assertStringIncludes(typist.seen, "put this line into ~/.zshrc:\r\n");
  assertStringIncludes(typist.seen, "  alias qwen='account-qwen exec --'\r\n");
  assertEquals(typist.seen.includes(KEY), false);
});

test("setup on a terminal leaves alone what is not wanted, and ends with 4", async () => {
  await using home = await tempDir();
  const folder = `${home.path}/.agent/qwen`;
  await Deno.mkdir(folder, { recursive: true });
  const path = `${folder}/oauth_creds.json`;
  await Deno.writeTextFile(path, credential("one", EXPIRES_AT));
  await using typist = await start(home.path);
  await typist.answer(`found the login, ${path}: take it in? [Y/n]`, "x\n");
  await typist.answer("y or n?", "");
  await typist.answer("[Y/n]", "n\n");
  await typist.answer("number [6]:", "6\n");
  assertEquals(await typist.end(), 4);
});

test("setup on a terminal takes in the login of qwen", async () => {
  await using home = await tempDir();
  const live = `${home.path}/.qwen/oauth_creds.json`;
  await Deno.mkdir(`${home.path}/.qwen`, { mode: 0o700 });
  await Deno.writeTextFile(live, credential("old", EXPIRES_AT), {
    mode: 0o600,
  });
  await using typist = await start(home.path);
  await typist.answer("qwen has a login of its own here: take it in?", "y\n");
  await typist.answer("the login of qwen is now account 1", "");
  await typist.answer("label (empty: none):", "home\n");
  await typist.answer("number [6]:", "\n");
  assertEquals(await typist.end(), 0);
  assertEquals(await Deno.readLink(live), "accounts/oauth_creds_1.json");
});

test("setup on a terminal asks for the region of a found key", async () => {
  await using home = await tempDir();
  await using typist = await start(home.path, { DASHSCOPE_API_KEY: KEY });
  await typist.answer("in the environment: take it in? [Y/n]", "\n");
  await typist.answer("2  dashscope-intl:", "");
  await typist.answer("number [4]:", "2\n");
  await typist.answer("model [qwen3-coder-plus]:", "\n");
  await typist.answer("it is now account 1", "");
  await typist.answer("label (empty: none):", "\n");
  await typist.answer("number [6]:", "\n");
  assertEquals(await typist.end(), 0);
  assertStringIncludes(typist.seen, "dashscope-intl.aliyuncs.com");
});

test("setup on a terminal adds a key that nobody sees", async () => {
  await using home = await tempDir();
  await using typist = await start(home.path);
  await typist.answer("number [6]:", "3\n");
  await typist.answer("7  another one, by its URL", "");
  await typist.answer("number [8]:", "7\n");
  await typist.answer("base URL", "http://example.com\n");
  await typist.answer("it is not https", "");
  await typist.answer("base URL", "https://api.example.com/v1\n");
  await typist.answer("model [empty: back]:", "m\n");
  await typist.answer("the key, not shown (empty: back):", "wrong one\r");
  await typist.answer("it has a character that no key has", "");
  await typist.answer("the key, not shown", `x\x15${KEY}y\x7f\r`);
  await typist.answer("the key is now account 1", "");
  await typist.answer("label (empty: none):", "work\n");
  await typist.answer("number [6]:", "\n");
  assertEquals(await typist.end(), 0);
  assertEquals(typist.seen.includes(KEY.slice(3)), false);
  assertEquals(typist.seen.includes("wrong one"), false);
  assertStringIncludes(typist.seen, "work");
  const slot = `${home.path}/.qwen/accounts/api_key_1.env`;
  assertStringIncludes(await Deno.readTextFile(slot), KEY);
});

test("setup on a terminal takes in a file, which it asks for again, and labels it", async () => {
  await using home = await tempDir();
  await Deno.writeTextFile(`${home.path}/a`, credential("a", EXPIRES_AT));
  await using typist = await start(home.path);
  await typist.answer("number [6]:", "2\n");
  await typist.answer("path of the credential file", "~/b\n");
  await typist.answer("it is not there: left where it is", "");
  await typist.answer("number [6]:", "2\n");
  await typist.answer("path of the credential file", "~/a\n");
  await typist.answer("is now account 1", "");
  await typist.answer("label (empty: none):", "\n");
  await typist.answer("number [6]:", "4\n");
  await typist.answer("which account of 1", "2\n");
  await typist.answer("it is not an account", "");
  await typist.answer("which account of 1", "1\n");
  await typist.answer("label (empty: none):", "home\n");
  await typist.answer("it is account 1 (home) now", "");
  await typist.answer("number [6]:", "\n");
  assertEquals(await typist.end(), 0);
});

test("setup on a terminal asks nothing with what was typed before the question", async () => {
  await using home = await tempDir();
  await using server = tokenServer({ delayMs: 500 });
  await using typist = await start(home.path, loginAt(server.url));
  await typist.answer("number [6]:", "1\n");
  await typist.answer("label (empty: none):", "\n");
  await typist.answer("waiting for the login", "\n");
  await typist.answer("account 1 is logged in", "");
  await typist.answer("number [6]:", "3\n");
  await typist.answer("number [8]:", "6\n");
  await typist.answer("model [qwen/qwen3-coder]:", "\n");
  const pasted = `${KEY}\rsk-another-0123456789\r`;
  await typist.answer("the key, not shown (empty: back):", pasted);
  await typist.answer("the key is now account 2", "");
  await typist.answer("label (empty: none):", "\n");
  await typist.answer("number [6]:", "6\n");
  assertEquals(await typist.end(), 0);
  assertEquals(typist.seen.includes("sk-another"), false);
});

test("setup on a terminal takes in a newer login of an account that is there", async () => {
  await using home = await tempDir();
  const folder = `${home.path}/.agent/qwen`;
  await Deno.mkdir(folder, { recursive: true });
  const path = `${folder}/oauth_creds.json`;
  await Deno.writeTextFile(path, subjectLogin("old", EXPIRES_AT));
  await runCli(["import"], { home: home.path });
  await Deno.writeTextFile(path, subjectLogin("new", EXPIRES_AT + 1));
  await using typist = await start(home.path);
  await typist.answer(`found a newer login of account 1, ${path}:`, "y\n");
  await typist.answer(`account 1 has the newer login of ${path} now`, "");
  await typist.answer("number [6]:", "\n");
  assertEquals(await typist.end(), 0);
});

/** A login that tells by its access token whose it is. */
function subjectLogin(name: string, expiresAt: number): string {
  const content = JSON.parse(credential(name, expiresAt));
  const access_token = jwt({ jti: name, sub: "user-1" });
  return JSON.stringify({ ...content, access_token });
}

test("setup on a terminal logs in as login does", async () => {
  await using home = await tempDir();
  await using server = tokenServer();
  await using typist = await start(home.path, loginAt(server.url));
  await typist.answer("number [6]:", "1\n");
  await typist.answer("label (empty: none):", "work\n");
  await typist.answer(LOGIN_PAGE, "");
  await typist.answer("account 1 (work) is logged in and active", "");
  await typist.answer("number [6]:", "\n");
  assertEquals(await typist.end(), 0);
});

test("setup on a terminal goes on when a login is denied", async () => {
  await using home = await tempDir();
  const denial = { error: "access_denied" };
  await using server = tokenServer({
    answer: () => Response.json(denial, { status: 400 }),
  });
  await using typist = await start(home.path, loginAt(server.url));
  await typist.answer("number [6]:", "1\n");
  await typist.answer("label (empty: none):", "\n");
  await typist.answer("error:", "");
  await typist.answer("number [6]:", "\n");
  assertEquals(await typist.end(), 4);
});

test("setup on a terminal ends when Ctrl-C comes during a login", async () => {
  await using home = await tempDir();
  const pending = { error: "authorization_pending" };
  await using server = tokenServer({
    answer: () => Response.json(pending, { status: 400 }),
  });
  await using typist = await start(home.path, loginAt(server.url));
  await typist.answer("number [6]:", "1\n");
  await typist.answer("label (empty: none):", "\n");
  await typist.answer("waiting for the login", CTRL_C);
  await typist.answer("the login was given up: nothing has changed", "");
  await typist.answer("ended early: what was finished is kept", "");
  assertEquals(await typist.end(), 130);
});

test("setup on a terminal tries each account, and says what came of it", async () => {
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
  await typist.answer("number [6]:", "5\n");
  await typist.answer("go on? [Y/n]", "\n");
  await typist.answer("account 1: the key works", "");
  await typist.answer("account 2: the key is refused (401 no such key)", "");
  await typist.answer("account 3: the key is accepted, but out of quota", "");
  await typist.answer("account 4: 127.0.0.1:9 cannot be reached", "");
  await typist.answer("account 5: the login works, its token ends 2", "");
  await typist.answer("number [6]:", "\n");
  assertEquals(await typist.end(), 0);
  assertEquals(service.models, ["m", "m", "m"]);
  assertEquals(server.sent.length, 1);
});

/** A service that knows a few keys; `models` are those that were asked. */
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

for (const [name, [keys, expected]] of Object.entries(INTERRUPTIONS)) {
  for (const at of ["the menu", "the hidden key"]) {
    test(`setup on a terminal keeps what was finished when ${name} comes at ${at}`, async () => {
      await using home = await tempDir();
      await using typist = await start(home.path, { OPENROUTER_API_KEY: KEY });
      await typist.answer("take it in? [Y/n]", "y\n");
      await typist.answer("label (empty: none):", "\n");
      if (at === "the menu") {
        await typist.answer("number [6]:", keys);
      } else {
        await typist.answer("number [6]:", "3\n");
        await typist.answer("number [8]:", "1\n");
        await typist.answer("model [qwen3-coder-plus]:", "\n");
        await typist.answer("the key, not shown (empty: back):", keys);
      }
      await typist.answer("ended early: what was finished is kept", "");
      await typist.answer("; accounts: 1", "");
      assertEquals(await typist.end(), expected);
      const { stdout } = await runCli(["list"], { home: home.path });
      assertStringIncludes(stdout, "openrouter.ai");
    });
  }
}

async function start(home: string, env: Record<string, string> = {}) {
  return await Typist.start(["setup"], { home, env });
}

function loginAt(url: string): Record<string, string> {
  return { ACCOUNT_QWEN_OAUTH_URL: url, NO_BROWSER: "1" };
}

Deno.test("setup on a terminal names the host of a project's file, and an empty answer refuses it", async () => {
  await using home = await tempDir();
  await Deno.mkdir(`${home.path}/project`);
  const path = `${home.path}/project/.env`;
  const url = "https://elsewhere.example/v1/chat/completions";
  const text =
    `OPENAI_API_KEY='${KEY}'\nOPENAI_BASE_URL=${url}\nOPENAI_MODEL=m\n`;
  await Deno.writeTextFile(path, text);
  await using typist = await Typist.start(["setup"], {
    home: home.path,
    cwd: `${home.path}/project`,
  });
  await typist.answer(`${path} names the address elsewhere.example`, "");
  await typist.answer("for elsewhere.example: take it in? [y/N]", "\n");
  await typist.answer("what next?", "");
  await typist.answer("number [6]:", "\n");
  assertEquals(await typist.end(), 4);
});
