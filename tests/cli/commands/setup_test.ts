import { assertEquals, assertStringIncludes } from "@std/assert";
import { runCli } from "../../support/cli.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { credential, fixedHome } from "./folder.ts";

const EXPIRES_AT = Date.UTC(2027, 0, 1);

for (const args of [["setup"], ["--setup"]]) {
  Deno.test(`${args} adds the login of qwen as account 1`, async () => {
    await using home = await tempDir();
    const live = `${home.path}/.qwen/oauth_creds.json`;
    const text = credential("old", EXPIRES_AT);
    await Deno.mkdir(`${home.path}/.qwen`, { mode: 0o700 });
    await Deno.writeTextFile(live, text, { mode: 0o600 });
    const { code, stdout } = await runCli(args, { home: home.path });
    assertEquals(code, 0);
    assertStringIncludes(stdout, "the login of qwen is now qwen (account 1)\n");
    assertStringIncludes(stdout, "accounts: qwen\nactive: qwen (account 1)\n");
    assertEquals(await Deno.readLink(live), "accounts/oauth_creds_1.json");
    assertEquals(await Deno.readTextFile(live), text);
  });
}

Deno.test("setup without a terminal says how to add the next account", async () => {
  await using home = await fixedHome();
  const { code, stdout, stderr } = await runCli(["setup"], {
    home: home.path,
  });
  assertEquals(code, 0);
  assertStringIncludes(
    stdout,
    "accounts: 1, 2, 10\nactive: account 1\n\n",
  );
  const ways = [
    "login",
    "add --oauth-file FILE",
    "add --api-key-stdin --preset NAME",
    "add --api-key-stdin --base-url URL --model NAME",
  ];
  for (const it of ways) {
    assertStringIncludes(stdout, `\n  account-qwen ${it}\n`);
  }
  assertEquals(stderr, "");
});

Deno.test("setup imports files, each once, and leaves them where they are", async () => {
  await using home = await fixedHome();
  const path = `${home.path}/backup.json`;
  await Deno.writeTextFile(path, credential("new", EXPIRES_AT));
  const { code, stdout } = await runCli(["setup", path, path], {
    home: home.path,
  });
  assertEquals(code, 0);
  assertStringIncludes(
    stdout,
    `${path} is now qwen (account 11)\n${path} is already qwen (account 11)\n`,
  );
  assertStringIncludes(stdout, "accounts: 1, 2, 10, qwen\nactive: account 1\n");
  assertEquals((await Deno.stat(path)).isFile, true);
});

Deno.test("setup says so when an account now has the newer login of a file", async () => {
  await using home = await fixedHome();
  const [old, newer] = ["old", "newer"].map((it) => `${home.path}/${it}.json`);
  const text = credential("new", EXPIRES_AT);
  await Deno.writeTextFile(old ?? "", text);
  const login = { ...JSON.parse(text), access_token: "next" };
  await Deno.writeTextFile(newer ?? "", JSON.stringify(login));
  await runCli(["setup", old ?? ""], { home: home.path });
  const { stdout } = await runCli(["setup", newer ?? ""], { home: home.path });
  assertStringIncludes(
    stdout,
    `qwen (account 11) now has the newer login of ${newer}\n`,
  );
});

Deno.test("setup exits with 1 and stashes the login of qwen when it may belong to an existing account", async () => {
  await using home = await fixedHome();
  const live = `${home.dir}/oauth_creds.json`;
  await Deno.remove(live);
  await Deno.writeTextFile(live, credential("new", EXPIRES_AT));
  await Deno.remove(`${home.dir}/state.yaml`);
  const { code, stdout, stderr } = await runCli(["setup"], { home: home.path });
  assertEquals(code, 1);
  assertStringIncludes(stdout, "accounts: 1, 2, 10\n");
  assertStringIncludes(
    stderr,
    "Cannot add the login of qwen as a new account: it may belong to account " +
      "1 or 2 or 10: account-qwen doctor shows what to do\n",
  );
});

Deno.test("setup exits with 4 when there is still no account", async () => {
  await using home = await tempDir();
  const { code, stdout } = await runCli(["setup"], { home: home.path });
  assertEquals(code, 4);
  assertStringIncludes(stdout, "accounts: none yet\n");
  assertStringIncludes(stdout, "Found no keys or logins. Looked at:\n");
});

Deno.test("setup without a terminal shows which keys import would add, and adds none", async () => {
  await using home = await tempDir();
  const key = "sk-0123456789abcdef0123cafe";
  const { code, stdout } = await runCli(["setup"], {
    home: home.path,
    env: { OPENROUTER_API_KEY: key },
  });
  assertEquals(code, 4);
  assertStringIncludes(
    stdout,
    "accounts: none yet\n\nFound, and not added yet:\n" +
      "  OPENROUTER_API_KEY (sk-…cafe) in the environment\n" +
      "To add what was found: account-qwen import\n",
  );
  assertEquals(stdout.includes(key), false);
});

const INVALID: Record<string, [string | undefined, string]> = {
  "a missing file": [undefined, "it is not there"],
  "an empty file": ["", "it is empty"],
  "a text": ["secret-token", "it is not valid JSON"],
  "a credential without an expiry date": ["{}", "it has no access_token"],
};

for (const [what, [text, problem]] of Object.entries(INVALID)) {
  Deno.test(`setup exits with 1 and leaves ${what} alone`, async () => {
    await using home = await fixedHome();
    const path = `${home.path}/backup.json`;
    if (text !== undefined) await Deno.writeTextFile(path, text);
    const { code, stdout, stderr } = await runCli(["setup", path], {
      home: home.path,
    });
    assertEquals(code, 1);
    assertStringIncludes(stdout, "accounts: 1, 2, 10\n");
    assertEquals(
      stderr,
      `account-qwen: Cannot use "${path}" as a credential: ${problem}\n`,
    );
  });
}

Deno.test("setup exits with 1 and imports the rest when one is a folder", async () => {
  await using home = await fixedHome();
  const path = `${home.path}/backup.json`;
  await Deno.writeTextFile(path, credential("new", EXPIRES_AT));
  const { code, stdout, stderr } = await runCli(["setup", home.path, path], {
    home: home.path,
  });
  assertEquals(code, 1);
  assertStringIncludes(stdout, "accounts: 1, 2, 10, qwen\n");
  assertStringIncludes(stderr, `Cannot use "${home.path}" as a credential: `);
});
