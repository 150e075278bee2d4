import { assertEquals, assertMatch } from "@std/assert";
import { VERSION } from "../../lib/cli/version.ts";
import { runtime } from "../../lib/system/mod.ts";
import { runCli } from "../support/cli.ts";
import { testHome } from "../support/home.ts";
import { tempDir } from "../support/temp_dir.ts";

for (const args of [["--version"], ["list", "--version"]]) {
  Deno.test(`${args.join(" ")} prints the version`, async () => {
    await using home = await tempDir();
    const { code, stdout, stderr } = await runCli(args, { home: home.path });
    assertEquals({ code, stdout, stderr }, {
      code: 0,
      stdout: `${VERSION}\n`,
      stderr: "",
    });
  });
}

const FAILURES: [string[], number][] = [
  [["--no-such-flag"], 2],
  [["no-such-command"], 2],
  [["switch"], 2],
  [["switch", "9"], 2],
  [["switch", "nobody"], 2],
  [["exec", "--account", "9", "--", "hello"], 2],
  [["exec", "--account", "nobody", "--", "hello"], 2],
  [["exec", "--timeout", "soon", "--", "hello"], 2],
  [["exec", "--max-retries", "-1", "--", "hello"], 2],
  [["list", "--dir", "/dev/null"], 2],
  [["list", "--dir", "/dev/null/x"], 2],
  [["stats", "--dir", "/dev/null/x"], 2],
  [["switch", "1", "--dir", "/dev/null"], 2],
  [["exec", "--dir", "/dev/null/x", "--", "hello"], 2],
  [["doctor", "--dir", "/dev/null"], 2],
  [["doctor", "--dir", "/dev/null/x"], 2],
  [["exec", "--bin", "/no/such/qwen", "--", "hello"], 127],
  [["--", "hello"], 2],
  [["completion"], 2],
  [["status", "--short", "--json"], 2],
  [["add", "--update", "1"], 2],
];

for (const [args, expected] of FAILURES) {
  Deno.test(`${args.join(" ")} exits with ${expected}, an empty stdout, an error and a hint`, async () => {
    await using home = await testHome({ accounts: 2, baseUrl: "" });
    const { code, stdout, stderr } = await runCli(args, { home: home.path });
    assertEquals({ code, stdout }, { code: expected, stdout: "" });
    assertMatch(stderr, /^account-qwen: error: .+\naccount-qwen: hint: .+\n$/);
  });
}

const WORDS: [string[], error: string, hint: string][] = [
  [
    ["--", "What is the capital of France?"],
    'There is no command before "--"',
    'for example: account-qwen exec -- "What is the capital of France?"',
  ],
  [
    ["completion"],
    "Cannot run completion: it needs <bash | zsh | fish>",
    "for example: account-qwen completion bash",
  ],
  [["-x"], 'Unknown flag "-x"', "account-qwen help"],
  [
    ["exec", "--bin", "/no/such/qwen", "--", "hello"],
    'Cannot run "/no/such/qwen": there is no such program',
    "correct --bin, or the setting bin",
  ],
  [
    ["exec", "--bin", "/dev/null", "--", "hello"],
    'Cannot run "/dev/null": it is not executable',
    "make it executable, or correct --bin or the setting bin",
  ],
  [
    ["env", "1", "--shell", "csh"],
    'Cannot use --shell: "csh" is not one of sh, fish, powershell (did you mean "sh"?)',
    'for example: eval "$(account-qwen env --shell sh 4)"',
  ],
  [
    ["shim", "install", "--into", "/dev/null/x"],
    'Cannot read "/dev/null/x/qwen": a part of that path is not a directory',
    "name another folder: account-qwen shim install --into ~/bin",
  ],
  [
    ["exec", "--report", "/dev/null/x/report.json", "--", "hello"],
    'Cannot use --report: cannot read "/dev/null/x/": a part of that path is not a directory',
    "for example: account-qwen exec --report report.json -- 'Say hello'",
  ],
  [
    ["status", "--short", "--json"],
    "Cannot use --short together with --watch or --json",
    "for example: account-qwen status --short",
  ],
];

for (const [args, error, hint] of WORDS) {
  Deno.test(`${args.join(" ")} says what is wrong and what to type instead`, async () => {
    await using home = await testHome({ accounts: 2, baseUrl: "" });
    const { stdout, stderr } = await runCli(args, { home: home.path });
    assertEquals({ stdout, stderr }, {
      stdout: "",
      stderr: `account-qwen: error: ${error}\naccount-qwen: hint: ${hint}\n`,
    });
  });
}

Deno.test("list says what is wrong when the folder is a file", async () => {
  await using home = await tempDir();
  const args = ["list", "--dir", "/dev/null"];
  const { stderr } = await runCli(args, { home: home.path });
  assertEquals(stderr.split("\n").slice(0, 2), [
    'account-qwen: error: Cannot use --dir: "/dev/null" is not a directory',
    "account-qwen: hint: name the accounts folder",
  ]);
});

Deno.test("every line of stderr begins with the program name when account-qwen.yaml is not YAML", async () => {
  await using home = await testHome({ accounts: 2, baseUrl: "" });
  await Deno.writeTextFile(`${home.dir}/account-qwen.yaml`, 'a: "b\n');
  const args = ["exec", "--bin", "/no/such/qwen", "--", "hello"];
  const { code, stderr } = await runCli(args, { home: home.path });
  assertEquals(code, 2);
  assertMatch(stderr, /^(?:account-qwen: .+\n)+$/);
});

for (const args of [["switch", "2"], ["next"], ["cooldown", "clear"]]) {
  Deno.test(`${args.join(" ")} waits for the lock as long as the settings say`, async () => {
    await using home = await testHome({ accounts: 2, baseUrl: "" });
    const lock = `${home.dir}/state.yaml.lock`;
    using _lock = await runtime.files.tryLock(lock, 0o600);
    const { code, stderr } = await runCli(args, {
      home: home.path,
      env: { ACCOUNT_QWEN_LOCK_TIMEOUT: "20ms" },
    });
    assertEquals(code, 75);
    assertMatch(stderr, /Cannot lock .* within 20 ms/);
  });
}

Deno.test("switch works when account-qwen.yaml is not YAML", async () => {
  await using home = await testHome({ accounts: 2, baseUrl: "" });
  await Deno.writeTextFile(`${home.dir}/account-qwen.yaml`, 'a: "b\n');
  const { code } = await runCli(["switch", "2"], { home: home.path });
  assertEquals(code, 0);
});

const EXAMPLES: Record<string, string> = {
  "list --jsn": "for example: account-qwen list --json",
  "switch": "for example: account-qwen switch work",
  "--switch": "for example: account-qwen --switch 3",
  "--lsit": "account-qwen help",
  "--cli x list": "account-qwen help",
};

for (const [line, hint] of Object.entries(EXAMPLES)) {
  Deno.test(`account-qwen ${line} fails with the hint "${hint}"`, async () => {
    await using home = await tempDir();
    const { code, stderr } = await runCli(line.split(" "), { home: home.path });
    assertEquals(code, 2);
    assertEquals(stderr.split("\n")[1], `account-qwen: hint: ${hint}`);
  });
}
