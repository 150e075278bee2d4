import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { DEFAULT_AGENT } from "../../../lib/agents/registry.ts";
import "../../support/load_libc.ts";
import { AccountManager } from "../../../lib/mod.ts";
import { parseApiKey } from "../../../lib/agents/api_key.ts";
import { runCli } from "../../support/cli.ts";
import { Typist } from "../../support/typist.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { credential } from "./folder.ts";
import { testWith } from "../../support/needs.ts";

const terminalTest = await testWith("script");

const KEY = "sk-0123456789abcdef0123cafe";

const DASHSCOPE = ["--preset", "dashscope", "--api-key-stdin"];

Deno.test("add reads the key from stdin and the rest from the preset", async () => {
  await using home = await tempDir();
  const { code, stdout, stderr } = await runCli(
    ["add", ...DASHSCOPE, "--label", "仕事用"],
    { home: home.path, stdin: `  ${KEY}\r\nand more\n` },
  );
  assertEquals({ code, stdout, stderr }, {
    code: 0,
    stdout: "the key is now 仕事用 (account 1)\n",
    stderr: "",
  });
  const slot = `${home.path}/.qwen/accounts/api_key_1.env`;
  const { apiKey, baseUrl, model } = await parseApiKey(
    await Deno.readFile(slot),
    DEFAULT_AGENT.keys.names,
  );
  assertEquals([apiKey, baseUrl, model], [
    KEY,
    "https://dashscope.aliyuncs.com/compatible-mode/v1",
    "qwen3-coder-plus",
  ]);
  const list = await runCli(["list", "--json"], { home: home.path });
  assertEquals(JSON.parse(list.stdout).accounts[0].label, "仕事用");
});

Deno.test("add accepts any base URL and a model", async () => {
  await using home = await tempDir();
  const args = ["--base-url", "https://api.example.com/v1", "--model", "m"];
  const { code } = await runCli(["add", "--api-key-stdin", ...args], {
    home: home.path,
    stdin: KEY,
  });
  assertEquals(code, 0);
  const { stdout } = await runCli(["list", "--json"], { home: home.path });
  const [account] = JSON.parse(stdout).accounts;
  assertEquals([account.base_url, account.model], [
    "https://api.example.com/v1",
    "m",
  ]);
});

Deno.test("add stores the names of models that the service calls differently", async () => {
  await using home = await tempDir();
  const args = ["--map-model", "qwen3-max=Qwen/Max", "--map-model", "a=b"];
  const { code } = await runCli(["add", ...DASHSCOPE, ...args], {
    home: home.path,
    stdin: KEY,
  });
  assertEquals(code, 0);
  const slot = `${home.path}/.qwen/accounts/api_key_1.env`;
  const { others } = await parseApiKey(
    await Deno.readFile(slot),
    DEFAULT_AGENT.keys.names,
  );
  assertEquals(others, { ACCOUNT_QWEN_MODELS: "qwen3-max=Qwen/Max,a=b" });
});

for (const text of ["qwen3-max", "a=b,c=d", "=b"]) {
  Deno.test(`add exits with 2 when --map-model is ${text}`, async () => {
    await using home = await tempDir();
    const { code, stderr } = await runCli(
      ["add", ...DASHSCOPE, "--map-model", text],
      { home: home.path, stdin: KEY },
    );
    assertEquals(code, 2);
    assertStringIncludes(stderr, "Cannot use --map-model: it is not FROM=TO");
  });
}

Deno.test("add says which account already has the key", async () => {
  await using home = await tempDir();
  const options = { home: home.path, stdin: KEY };
  await runCli(["add", ...DASHSCOPE], options);
  const { code, stdout } = await runCli(["add", ...DASHSCOPE], options);
  assertEquals({ code, stdout }, {
    code: 0,
    stdout: "the key is already dashscope (account 1): " +
      "dashscope.aliyuncs.com, qwen3-coder-plus\n",
  });
});

Deno.test("add keeps the model of a known key unless --model is given", async () => {
  await using home = await tempDir();
  const add = async (...args: string[]) => {
    const options = { home: home.path, stdin: KEY };
    return (await runCli(["add", ...DASHSCOPE, ...args], options)).stdout;
  };
  await add("--model", "mine");
  assertEquals(
    await add(),
    "the key is already dashscope (account 1): dashscope.aliyuncs.com, mine\n",
  );
  assertEquals(
    await add("--model", "other"),
    "dashscope (account 1) now uses another address or model: " +
      "dashscope.aliyuncs.com, other\n",
  );
});

Deno.test("add of a known key for another address makes a second account and says so", async () => {
  await using home = await tempDir();
  const options = { home: home.path, stdin: KEY };
  await runCli(["add", ...DASHSCOPE], options);
  const args = ["--preset", "openrouter", "--api-key-stdin"];
  const { code, stdout, stderr } = await runCli(["add", ...args], options);
  assertEquals({ code, stdout, stderr }, {
    code: 0,
    stdout: "the key is now openrouter (account 2), for openrouter.ai; " +
      "dashscope (account 1) has the same key for another address\n",
    stderr:
      "account-qwen: to change dashscope (account 1) instead: account-qwen remove 2 && " +
      "account-qwen add --update 1 --base-url https://openrouter.ai/api/v1\n",
  });
  assertEquals(await services(home), [
    ["dashscope", "dashscope.aliyuncs.com", "qwen3-coder-plus"],
    ["openrouter", "openrouter.ai", "qwen/qwen3-coder"],
  ]);
});

for (const hasKey of [true, false]) {
  Deno.test(
    `add --update changes the address of an account ${
      hasKey ? "that has the key" : "without its key"
    }`,
    async () => {
      await using home = await tempDir();
      const options = { home: home.path, stdin: KEY };
      await runCli(["add", ...DASHSCOPE], options);
      const args = ["--update", "dash", "--preset", "openrouter"];
      const { code, stdout } = await runCli(
        ["add", ...args, ...(hasKey ? ["--api-key-stdin"] : [])],
        hasKey ? options : { home: home.path },
      );
      assertEquals({ code, stdout }, {
        code: 0,
        stdout: "dashscope (account 1) now uses another address or model: " +
          "openrouter.ai, qwen/qwen3-coder\n",
      });
      assertEquals(await services(home), [
        ["dashscope", "openrouter.ai", "qwen/qwen3-coder"],
      ]);
    },
  );
}

Deno.test("add --update exits with 2 when the key differs, and names the command for that", async () => {
  await using home = await tempDir();
  await runCli(["add", ...DASHSCOPE], { home: home.path, stdin: KEY });
  const { code, stderr } = await runCli(
    ["add", "--update", "1", "--api-key-stdin", "--model", "m"],
    { home: home.path, stdin: `${KEY}2` },
  );
  assertEquals(code, 2);
  assertStringIncludes(stderr, "add --replace 1 --api-key-stdin\n");
  const [[, , model] = []] = await services(home);
  assertEquals(model, "qwen3-coder-plus");
});

Deno.test("add --update exits with 2 when no flag says what to change", async () => {
  await using home = await tempDir();
  const options = { home: home.path, stdin: KEY };
  await runCli(["add", ...DASHSCOPE], options);
  const { code, stdout, stderr } = await runCli(
    ["add", "--update", "1"],
    options,
  );
  assertEquals({ code, stdout }, { code: 2, stdout: "" });
  assertMatch(
    stderr,
    /--update needs --preset, --base-url, --model or --map-model/,
  );
  assertMatch(stderr, /hint: for example: account-qwen add --update work/);
});

Deno.test("add --update keeps what no flag names", async () => {
  await using home = await tempDir();
  await runCli(["add", ...DASHSCOPE], { home: home.path, stdin: KEY });
  const update = (...args: string[]) =>
    runCli(["add", "--update", "1", ...args], { home: home.path });
  await update("--model", "mine");
  await update("--base-url", "https://api.example.com/v1");
  await update("--label", "work");
  assertEquals(await services(home), [["work", "api.example.com", "mine"]]);
});

Deno.test("add refuses a label that another account has, and adds nothing", async () => {
  await using home = await tempDir();
  const options = { home: home.path, stdin: KEY };
  await runCli(["add", ...DASHSCOPE, "--label", "work"], options);
  const path = `${home.path}/creds.json`;
  await Deno.writeTextFile(path, credential("one", Date.UTC(2027, 0)));
  for (const args of [["--oauth-file", path], DASHSCOPE]) {
    const { code, stderr } = await runCli(
      ["add", ...args, "--label", "WORK"],
      { home: home.path, stdin: `${KEY}2` },
    );
    assertEquals(code, 2);
    assertStringIncludes(stderr, "it is the label of account 1");
  }
  assertEquals((await services(home)).length, 1);
});

Deno.test("add imports a credential file and labels it", async () => {
  await using home = await tempDir();
  const path = `${home.path}/creds.json`;
  await Deno.writeTextFile(path, credential("one", Date.UTC(2027, 0)));
  const args = ["add", "--oauth-file", path, "--label", "home"];
  const { code, stdout } = await runCli(args, { home: home.path });
  assertEquals({ code, stdout }, {
    code: 0,
    stdout: `${path} is now home (account 1)\n`,
  });
  const list = await runCli(["list", "--json"], { home: home.path });
  const [account] = JSON.parse(list.stdout).accounts;
  assertEquals([account.kind, account.label], ["oauth", "home"]);
});

terminalTest(
  "add asks for a key on a terminal, and does not show it",
  async () => {
    await using home = await tempDir();
    const { path } = home;
    await using typist = await Typist.start(["add", ...DASHSCOPE], {
      home: path,
    });
    await typist.answer("API key", `${KEY}\n`);
    assertEquals(await typist.end(), 0);
    assertEquals(typist.seen.includes(KEY), false);
  },
);

terminalTest("add --replace asks for the new key on a terminal", async () => {
  await using home = await tempDir();
  const { path } = home;
  await runCli(["add", ...DASHSCOPE], { home: path, stdin: `${KEY}\n` });
  const args = ["add", "--replace", "1"];
  await using typist = await Typist.start(args, { home: path });
  await typist.answer("API key", `${KEY}2\n`);
  assertEquals(await typist.end(), 0);
  const slot = `${path}/.qwen/accounts/api_key_1.env`;
  assertStringIncludes(await Deno.readTextFile(slot), `'${KEY}2'`);
});

const REFUSED: [string[], string, string][] = [
  [[], KEY, "it needs --oauth-file or --api-key-stdin"],
  [
    ["--oauth-file", "login.json", "--api-key-stdin"],
    KEY,
    "--oauth-file and --api-key-stdin cannot be used together",
  ],
  [
    ["--oauth-file", "login.json", "--update", "1"],
    KEY,
    "--oauth-file and --update cannot be used together",
  ],
  [["--api-key-stdin"], KEY, "it needs --preset or --base-url"],
  [
    ["--api-key-stdin", "--base-url", "https://a.example/v1"],
    KEY,
    "--base-url https://a.example/v1 --model ",
  ],
  [
    [...DASHSCOPE, "--base-url", "https://a.example/v1"],
    KEY,
    "--preset and --base-url cannot be used together",
  ],
  [
    ["--api-key-stdin", "--base-url", "http://a.example/v1", "--model", "m"],
    KEY,
    "Cannot use --base-url: it is not https",
  ],
  [
    ["--api-key-stdin", "--base-url", "a.example"],
    KEY,
    "Cannot use --base-url: it is not a URL",
  ],
  [
    ["--oauth-file", "x", "--model", "m"],
    KEY,
    "--model only applies to API keys",
  ],
  [[...DASHSCOPE], "", "the key is empty"],
  [[...DASHSCOPE], "sk-1 2\n", "the key has a character that no key has"],
  [[...DASHSCOPE], "k".repeat(9_000), "its first line is too long"],
];

for (const [args, stdin, problem] of REFUSED) {
  Deno.test(`add ${args.join(" ")} exits with 2 and says: ${problem}`, async () => {
    await using home = await tempDir();
    const { code, stdout, stderr } = await runCli(["add", ...args], {
      home: home.path,
      stdin,
    });
    assertEquals({ code, stdout }, { code: 2, stdout: "" });
    assertStringIncludes(stderr, problem);
    assertEquals(stdin !== "" && stderr.includes(stdin.trim()), false);
    assertEquals(await Array.fromAsync(Deno.readDir(home.path)), []);
  });
}

/** A home with two keys; account 2 has a label, and its key was refused. */
async function homeWithRefusedKey() {
  const home = await tempDir();
  const add = (key: string, ...args: string[]) =>
    runCli(["add", "--api-key-stdin", ...args], {
      home: home.path,
      stdin: key,
    });
  const service = ["--base-url", "https://api.example.com/v1", "--model", "m"];
  await add("sk-first-0123456789", ...service);
  await add("sk-second-0123456789", ...service, "--label", "work");
  const accounts = new AccountManager({ dir: `${home.path}/.qwen` });
  const run = await accounts.beginRun({ account: 2 });
  await accounts.endRun(run, { kind: "auth" });
  return { home, accounts, add };
}

Deno.test("add --replace gives an account a new key, and keeps its number, label and service", async () => {
  const { home, accounts, add } = await homeWithRefusedKey();
  await using _home = home;
  const { code, stdout, stderr } = await add(KEY, "--replace", "2");
  assertEquals({ code, stdout, stderr }, {
    code: 0,
    stdout: "work (account 2) now has the new key: api.example.com, m\n",
    stderr: "",
  });
  const { apiKey, baseUrl, model } = await accounts.readKey(2);
  assertEquals([apiKey, baseUrl, model], [
    KEY,
    "https://api.example.com/v1",
    "m",
  ]);
  const all = await accounts.listAccounts();
  assertEquals(all.map((it) => [it.index, it.label, it.state]), [
    [1, "example", "ready"],
    [2, "work", "ready"],
  ]);
});

Deno.test("add --replace accepts another service and label with the key", async () => {
  const { home, accounts, add } = await homeWithRefusedKey();
  await using _home = home;
  const flags = ["--preset", "openrouter", "--label", "new"];
  assertEquals((await add(KEY, "--replace", "2", ...flags)).code, 0);
  const [, second] = await accounts.listAccounts();
  assertEquals([second?.label, second?.baseUrl], [
    "new",
    "https://openrouter.ai/api/v1",
  ]);
});

Deno.test("add --replace changes nothing when the account is missing, or another one has the key", async () => {
  const { home, accounts, add } = await homeWithRefusedKey();
  await using _home = home;
  const missing = await add(KEY, "--replace", "7");
  assertEquals(missing.code, 2);
  assertStringIncludes(missing.stderr, "Cannot use account 7");
  const twice = await add("sk-first-0123456789", "--replace", "2");
  assertEquals(twice.code, 1);
  assertStringIncludes(
    twice.stderr,
    "already has this key for this address",
  );
  assertEquals((await accounts.readKey(2)).apiKey, "sk-second-0123456789");
});

Deno.test("add --oauth-file names the missing file, and a way to log in", async () => {
  await using home = await tempDir();
  const { code, stderr } = await runCli(["add", "--oauth-file", "/nope"], {
    home: home.path,
  });
  assertEquals({ code, stderr }, {
    code: 1,
    stderr:
      'account-qwen: error: Cannot use "/nope" as a credential: it is not there\n' +
      "account-qwen: hint: name a credential file of qwen, such as " +
      "oauth_creds.json, or log in: account-qwen login\n",
  });
});

Deno.test("add cleans a pasted key and its address, and says so", async () => {
  await using home = await tempDir();
  const url = "https://openrouter.ai/api/v1/chat/completions";
  const args = ["add", "--api-key-stdin", "--base-url", url];
  const { code, stderr } = await runCli(args, {
    home: home.path,
    stdin: `export OPENAI_API_KEY='sk-0123'\n`,
  });
  assertEquals(code, 0, stderr);
  assertStringIncludes(
    stderr,
    "removed quotes and a variable's name from the key\n",
  );
  assertStringIncludes(
    stderr,
    "from the base URL: https://openrouter.ai/api/v1\n",
  );
  const slot = `${home.path}/.qwen/accounts/api_key_1.env`;
  assertEquals(
    await Deno.readTextFile(slot),
    "OPENAI_API_KEY='sk-0123'\n" +
      "OPENAI_BASE_URL='https://openrouter.ai/api/v1'\n" +
      "OPENAI_MODEL='qwen/qwen3-coder'\n",
  );
});

for (const text of ["your-api-key-here", "https://a.example/v1"]) {
  Deno.test(`add refuses ${text} as a key`, async () => {
    await using home = await tempDir();
    const args = ["add", "--api-key-stdin", "--preset", "openrouter"];
    const { code, stderr } = await runCli(args, {
      home: home.path,
      stdin: text,
    });
    assertEquals(code, 2);
    assertStringIncludes(
      stderr,
      "Cannot read the key from stdin: the key is a",
    );
    assertStringIncludes(stderr, ", not a key\n");
  });
}

/** The label, the host and the model of each account. */
async function services({ path }: { path: string }): Promise<string[][]> {
  const { stdout } = await runCli(["list", "--json"], { home: path });
  return JSON.parse(stdout).accounts.map((
    it: { label: string; base_url: string; model: string },
  ) => [it.label, new URL(it.base_url).host, it.model]);
}
