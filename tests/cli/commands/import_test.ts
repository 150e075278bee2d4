import { assertEquals, assertStringIncludes } from "@std/assert";
import { runCli } from "../../support/cli.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";
import { credential } from "./folder.ts";

const KEY = "sk-0123456789abcdef0123cafe";

Deno.test("import takes in the key of the nearest file and says what it is now", async () => {
  await using home = await homeWithKeys();
  const path = `${home.path}/project/.qwen/.env`;
  const { code, stdout } = await runImport(home);
  assertEquals({ code, stdout }, {
    code: 0,
    stdout: `OPENAI_API_KEY (sk-…cafe) of ${path} is now account 1\n`,
  });
  const again = await runImport(home);
  assertEquals(
    again.stdout,
    `OPENAI_API_KEY (sk-…cafe) of ${path} is already account 1\n`,
  );
});

Deno.test("import looks past a folder that is called .env", async () => {
  await using home = await homeWithKeys();
  await Deno.remove(`${home.path}/project/.qwen/.env`);
  await Deno.mkdir(`${home.path}/project/.env`);
  const { code, stdout } = await runImport(home);
  const path = `${home.path}/.env`;
  assertEquals({ code, stdout }, {
    code: 0,
    stdout: `OPENROUTER_API_KEY (sk-…) of ${path} is now account 1\n`,
  });
});

Deno.test("import --dry-run only says what would come of it", async () => {
  await using home = await homeWithKeys();
  const path = `${home.path}/project/.qwen/.env`;
  const { code, stdout } = await runImport(home, ["--dry-run"]);
  assertEquals({ code, stdout }, {
    code: 0,
    stdout: `OPENAI_API_KEY (sk-…cafe) of ${path}, for api.example.com, ` +
      "would be a new account\n",
  });
  const list = await runCli(["list"], { home: home.path });
  assertEquals(list.stdout, "no accounts yet: account-qwen setup\n");
});

Deno.test("import takes in a credential of another program", async () => {
  await using home = await tempDir();
  const folder = `${home.path}/.agent/qwen`;
  await Deno.mkdir(folder, { recursive: true });
  const path = `${folder}/oauth_creds.json`;
  await Deno.writeTextFile(path, credential("one", Date.UTC(2027, 0)));
  const dry = await runCli(["import", "--dry-run"], { home: home.path });
  assertEquals(dry.stdout, `${path} would be a new account\n`);
  const first = await runCli(["import"], { home: home.path });
  assertEquals(first.stdout, `${path} is now account 1\n`);
  for (const args of [["import"], ["import", "--dry-run"]]) {
    const { stdout } = await runCli(args, { home: home.path });
    assertEquals(stdout, `${path} is already account 1\n`);
  }
});

Deno.test("import says what to do about a key whose service it does not know, and ends with 1", async () => {
  await using home = await tempDir();
  const { code, stdout } = await runCli(["import"], {
    home: home.path,
    env: { DASHSCOPE_API_KEY: KEY },
  });
  assertEquals({ code, stdout }, {
    code: 1,
    stdout: "DASHSCOPE_API_KEY (sk-…cafe) of the environment does not say " +
      "where its API is: account-qwen add --api-key-stdin --preset " +
      "dashscope or --preset dashscope-intl\n",
  });
});

Deno.test("import quotes an address that a shell would read otherwise", async () => {
  await using home = await tempDir();
  const url = "https://api.example.com/;touch${IFS}x;";
  const text = `OPENAI_API_KEY=${KEY}\nOPENAI_BASE_URL='${url}'\n`;
  await Deno.writeTextFile(`${home.path}/.env`, text);
  const { stdout } = await runCli(["import"], { home: home.path });
  assertStringIncludes(stdout, ` --base-url '${url}' --model NAME\n`);
});

Deno.test("import says that there is nothing", async () => {
  await using home = await tempDir();
  const { code, stdout } = await runCli(["import"], { home: home.path });
  assertEquals({ code, stdout }, {
    code: 0,
    stdout: "found no login to take in\n",
  });
});

/** A home with a key of its own, and a folder in it with another one. */
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
