import { assertEquals, assertStringIncludes } from "@std/assert";
import { runCli } from "../../support/cli.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";
import { Typist } from "../../support/typist.ts";
import { credential } from "./folder.ts";

const KEY = "sk-0123456789abcdef0123cafe";

Deno.test("import adds the key of the nearest file and names its host", async () => {
  await using home = await homeWithKeys();
  const path = `${home.path}/project/.qwen/.env`;
  const { code, stdout } = await runImport(home, [
    "--allow-host",
    "API.example.com",
  ]);
  assertEquals({ code, stdout }, {
    code: 0,
    stdout: `OPENAI_API_KEY (sk-…cafe) in ${path}, for api.example.com, is ` +
      "now example (account 1)\n",
  });
  const again = await runImport(home);
  assertEquals(
    again.stdout,
    `OPENAI_API_KEY (sk-…cafe) in ${path} is already example (account 1)\n`,
  );
});

for (const args of [[], ["--allow-host", "example.com"]]) {
  Deno.test(`import ${args.join(" ")} adds nothing from a project that names another host`, async () => {
    await using home = await homeWithKeys();
    const { code, stderr } = await runImport(home, args);
    assertEquals(code, 2);
    assertStringIncludes(stderr, "that file sends it to api.example.com");
    assertStringIncludes(
      stderr,
      "account-qwen import --allow-host api.example.com\n",
    );
    const list = await runCli(["list"], { home: home.path });
    assertEquals(list.stdout, "no accounts yet: account-qwen setup\n");
  });
}

const TRUSTED: Record<string, [folder: string, url: string]> = {
  "in the home": ["", "https://api.example.com/v1"],
  "in .qwen of the home": ["/.qwen", "https://api.example.com/v1"],
  "of a known service": ["/project", "https://openrouter.ai/api/v1"],
};

for (const [what, [folder, url]] of Object.entries(TRUSTED)) {
  Deno.test(`import needs no flag for an address ${what}`, async () => {
    await using home = await homeWithKeys();
    await Deno.remove(`${home.path}/project/.qwen/.env`);
    await Deno.mkdir(`${home.path}/.qwen`, { mode: 0o700 });
    await Deno.writeTextFile(
      `${home.path}${folder}/.env`,
      `OPENAI_API_KEY=${KEY}\nOPENAI_BASE_URL=${url}\nOPENAI_MODEL=m\n`,
    );
    const { code, stdout } = await runImport(home);
    assertEquals(code, 0);
    assertStringIncludes(
      stdout,
      `, for ${new URL(url).host}, is now `,
    );
  });
}

Deno.test("import needs no flag for a host that an account uses", async () => {
  await using home = await homeWithKeys();
  const args = ["--api-key-stdin", "--base-url", "https://api.example.com/x"];
  const options = { home: home.path, stdin: "sk-another" };
  await runCli(["add", ...args, "--model", "m"], options);
  assertEquals((await runImport(home)).code, 0);
});

for (const [answer, code] of [["y", 1], ["n", 0], ["", 0]] as const) {
  Deno.test(`import on a terminal asks about the host of a project, and imports ${code} after "${answer}"`, async () => {
    await using home = await homeWithKeys();
    await using typist = await Typist.start(["import"], {
      home: home.path,
      cwd: `${home.path}/project`,
    });
    await typist.answer("That file sends it to api.example.com", "");
    await typist.answer("Add it as an account? [y/N]", `${answer}\n`);
    assertEquals(await typist.end(), 0);
    const list = await runCli(["list", "--json"], { home: home.path });
    assertEquals(JSON.parse(list.stdout).accounts.length, code);
  });
}

Deno.test("import says what it removes from a key and an address", async () => {
  await using home = await tempDir();
  const { code, stdout, stderr } = await runCli(["import"], {
    home: home.path,
    env: {
      OPENAI_API_KEY: `"${KEY}"`,
      OPENAI_BASE_URL: "https://openrouter.ai/api/v1/chat/completions",
    },
  });
  assertEquals(code, 0, stderr);
  assertStringIncludes(
    stdout,
    "for openrouter.ai, is now openrouter (account 1)",
  );
  assertStringIncludes(stderr, "removed quotes from the key\n");
  assertStringIncludes(stderr, "removed the path of a request from the base");
});

Deno.test("import skips a folder that is called .env", async () => {
  await using home = await homeWithKeys();
  await Deno.remove(`${home.path}/project/.qwen/.env`);
  await Deno.mkdir(`${home.path}/project/.env`);
  const { code, stdout } = await runImport(home);
  const path = `${home.path}/.env`;
  assertEquals({ code, stdout }, {
    code: 0,
    stdout: `OPENROUTER_API_KEY (sk-…) in ${path}, for openrouter.ai, is ` +
      "now openrouter (account 1)\n",
  });
});

Deno.test("import --dry-run only says what would happen", async () => {
  await using home = await homeWithKeys();
  const path = `${home.path}/project/.qwen/.env`;
  const { code, stdout } = await runImport(home, ["--dry-run"]);
  assertEquals({ code, stdout }, {
    code: 0,
    stdout: `OPENAI_API_KEY (sk-…cafe) in ${path}, for api.example.com, ` +
      "would be a new account with --allow-host api.example.com\n",
  });
  const list = await runCli(["list"], { home: home.path });
  assertEquals(list.stdout, "no accounts yet: account-qwen setup\n");
});

Deno.test("import adds a credential of another program", async () => {
  await using home = await tempDir();
  const folder = `${home.path}/.agent/qwen`;
  await Deno.mkdir(folder, { recursive: true });
  const path = `${folder}/oauth_creds.json`;
  await Deno.writeTextFile(path, credential("one", Date.UTC(2027, 0)));
  const dry = await runCli(["import", "--dry-run"], { home: home.path });
  assertEquals(dry.stdout, `${path} would be a new account\n`);
  const first = await runCli(["import"], { home: home.path });
  assertEquals(first.stdout, `${path} is now qwen (account 1)\n`);
  for (const args of [["import"], ["import", "--dry-run"]]) {
    const { stdout } = await runCli(args, { home: home.path });
    assertEquals(stdout, `${path} is already qwen (account 1)\n`);
  }
});

Deno.test("import adds the login of plain qwen after a question, after the keys", async () => {
  await using home = await homeWithKeys();
  await Deno.mkdir(`${home.path}/.qwen`, { mode: 0o700 });
  const path = `${home.path}/.qwen/oauth_creds.json`;
  await Deno.writeTextFile(path, credential("one", Date.UTC(2027, 0)));
  await Deno.remove(`${home.path}/project/.qwen/.env`);
  const dry = await runImport(home, ["--dry-run"]);
  assertStringIncludes(
    dry.stdout,
    "\nthe login in ~/.qwen/oauth_creds.json would be an account\n",
  );
  const without = await runImport(home);
  assertEquals(without.code, 1);
  assertStringIncludes(
    without.stdout,
    "the login in ~/.qwen/oauth_creds.json is not added yet: " +
      "account-qwen import --yes\n",
  );
  assertEquals((await Deno.lstat(path)).isFile, true);
  await using typist = await Typist.start(["import"], {
    home: home.path,
    cwd: `${home.path}/project`,
  });
  await typist.answer("Add it as an account? [Y/n]", "n\n");
  assertEquals(await typist.end(), 0);
  assertEquals((await Deno.lstat(path)).isFile, true);
  const { code, stdout } = await runImport(home, ["--yes"]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "the login of qwen is now qwen (account 2)\n");
  assertEquals(await Deno.readLink(path), "accounts/oauth_creds_2.json");
});

Deno.test("import --yes leaves a file of plain qwen that is not a login", async () => {
  await using home = await tempDir();
  await Deno.mkdir(`${home.path}/.qwen`, { mode: 0o700 });
  const path = `${home.path}/.qwen/oauth_creds.json`;
  await Deno.writeTextFile(path, "{}");
  const { code, stdout } = await runCli(["import", "--yes"], {
    home: home.path,
  });
  assertEquals(code, 1, stdout);
  assertEquals(await Deno.readTextFile(path), "{}");
});

Deno.test("import shows what to do about a key whose service it does not know, and exits with 1", async () => {
  await using home = await tempDir();
  const { code, stdout } = await runCli(["import"], {
    home: home.path,
    env: { DASHSCOPE_API_KEY: KEY },
  });
  assertEquals({ code, stdout }, {
    code: 1,
    stdout: "DASHSCOPE_API_KEY (sk-…cafe) in the environment does not say " +
      "where its API is. To add it:\n" +
      "  printenv DASHSCOPE_API_KEY | account-qwen add --api-key-stdin --preset dashscope\n" +
      "  printenv DASHSCOPE_API_KEY | account-qwen add --api-key-stdin --preset dashscope-intl\n",
  });
});

Deno.test("import adds a known key with another address as another account, as add does", async () => {
  await using home = await tempDir();
  const { path } = home;
  const args = ["add", "--preset", "dashscope", "--api-key-stdin"];
  await runCli(args, { home: path, stdin: `${KEY}\n` });
  const text = `OPENAI_API_KEY=${KEY}\nOPENAI_BASE_URL=${PLAN_URL}\n`;
  await Deno.writeTextFile(`${path}/.env`, text);
  const setup = await runCli(["setup"], { home: path });
  assertStringIncludes(setup.stdout, "Found, and not added yet:\n");
  const { code, stdout } = await runCli(["import"], { home: path });
  assertEquals(code, 0);
  assertStringIncludes(
    stdout,
    `is now coding-plan-intl (account 2), for ${new URL(PLAN_URL).host}; ` +
      "dashscope (account 1) has the same key",
  );
  const again = await runCli(["import"], { home: path });
  assertStringIncludes(again.stdout, "is already coding-plan-intl (account 2)");
});

Deno.test("import says where it has looked when there is nothing", async () => {
  await using home = await tempDir();
  const { code, stdout } = await runCli(["import"], { home: home.path });
  assertEquals(code, 0);
  assertStringIncludes(stdout, "found no keys or logins; looked at:\n");
  assertStringIncludes(
    stdout,
    "DASHSCOPE_API_KEY, BAILIAN_CODING_PLAN_API_KEY",
  );
  assertStringIncludes(stdout, ": ~/.qwen/settings.json\n");
  assertStringIncludes(stdout, "\nto add one: account-qwen setup\n");
});

const PLAN = "BAILIAN_CODING_PLAN_API_KEY";
const PLAN_URL = "https://coding-intl.dashscope.aliyuncs.com/v1";

Deno.test("import adds the key that /auth of qwen has stored in its settings", async () => {
  await using home = await tempDir();
  const path = await writeSettings(home.path, PLAN_URL);
  const { code, stdout } = await runCli(["import"], { home: home.path });
  assertEquals({ code, stdout }, {
    code: 0,
    stdout: `${PLAN} (sk-…cafe) in ${path}, for ` +
      "coding-intl.dashscope.aliyuncs.com, is now coding-plan-intl (account 1)\n",
  });
  const list = await runCli(["list", "--json"], { home: home.path });
  const [account] = JSON.parse(list.stdout).accounts;
  assertEquals([account.base_url, account.model], [PLAN_URL, "qwen3.5-plus"]);
});

Deno.test("import adds the key of security.auth", async () => {
  await using home = await tempDir();
  const auth = { apiKey: KEY, baseUrl: "https://openrouter.ai/api/v1" };
  await Deno.mkdir(`${home.path}/.qwen`, { mode: 0o700 });
  const path = `${home.path}/.qwen/settings.json`;
  await Deno.writeTextFile(path, JSON.stringify({ security: { auth } }));
  const { code, stdout } = await runCli(["import"], { home: home.path });
  assertEquals(code, 0);
  assertStringIncludes(
    stdout,
    `security.auth.apiKey (sk-…cafe) in ${path}, for`,
  );
  assertStringIncludes(stdout, "is now openrouter (account 1)\n");
});

Deno.test("import adds no key that the settings of a project send to an unknown host", async () => {
  await using home = await tempDir();
  const project = `${home.path}/project`;
  const path = await writeSettings(project, "https://elsewhere.example/v1");
  const options = { home: home.path, cwd: project };
  const { code, stdout, stderr } = await runCli(["import"], options);
  assertEquals([code, stdout], [2, ""]);
  assertStringIncludes(stderr, `${PLAN} (sk-…cafe) in ${path}: `);
  assertStringIncludes(stderr, "import --allow-host elsewhere.example\n");
  const args = ["import", "--allow-host", "elsewhere.example"];
  assertEquals((await runCli(args, options)).code, 0);
});

/** Writes settings as `/auth` of qwen 0.12.0 does. */
async function writeSettings(folder: string, baseUrl: string): Promise<string> {
  await Deno.mkdir(`${folder}/.qwen`, { recursive: true, mode: 0o700 });
  const path = `${folder}/.qwen/settings.json`;
  const openai = ["qwen3.5-plus", "qwen3-coder-plus"]
    .map((id) => ({ id, name: id, baseUrl, envKey: PLAN }));
  const settings = {
    env: { [PLAN]: KEY },
    modelProviders: { openai },
    security: { auth: { selectedType: "openai" } },
    model: { name: "qwen3.5-plus" },
  };
  await Deno.writeTextFile(path, JSON.stringify(settings));
  return path;
}

/** A home with a key, and a folder in it with another one. */
async function homeWithKeys(): Promise<TempDir> {
  const home = await tempDir();
  await Deno.mkdir(`${home.path}/project/.qwen`, { recursive: true });
  await Deno.writeTextFile(
    `${home.path}/project/.qwen/.env`,
    `OPENAI_API_KEY=${KEY}\nOPENAI_BASE_URL=https://api.example.com/v1\n` +
      "OPENAI_MODEL=m\n",
  );
  await Deno.writeTextFile(`${home.path}/.env`, "OPENROUTER_API_KEY=sk-2\n");
  return home;
}

async function runImport({ path }: TempDir, args: string[] = []) {
  const options = { home: path, cwd: `${path}/project` };
  return await runCli(["import", ...args], options);
}
