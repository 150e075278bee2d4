import { assertEquals, assertMatch } from "@std/assert";
import { DEFAULT_QUOTA_PATTERNS } from "../../../lib/verdict/signal.ts";
import { runCli } from "../../support/cli.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";

const FILE = `# mine
strategy: fill-first
timeout: 90
quota_patterns:
  - no tokens
  - 429
`;

const ENV = { ACCOUNT_QWEN_WAIT: "600s", ACCOUNT_QWEN_TIMEOUT: "1.5s" };

const ARGS = ["config", "--max-retries", "0", "--rerun=never"];

Deno.test("config prints each setting and where it comes from", async () => {
  await using home = await homeWith(FILE);
  const path = `${home.path}/.qwen/account-qwen.yaml`;
  const { code, stdout, stderr } = await runCli(ARGS, {
    home: home.path,
    env: ENV,
  });
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertEquals(
    stdout,
    `\
setting             value                from
strategy            fill-first           ${path}:2
rotate_logins       false                default
max_in_flight       0                    default
mode                auto                 default
rerun               never                --rerun
max_retries         0                    --max-retries
timeout             1500ms               ACCOUNT_QWEN_TIMEOUT
wait                10m                  ACCOUNT_QWEN_WAIT
quota_patterns      ["no tokens","429"]  ${path}:4
max_cooldown_quota  24h                  default
max_cooldown        1h                   default
probe_every         30m                  default
short_pause         10s                  default
first_byte_timeout  5m                   default
backoff             none                 default
backoff_base        1s                   default
backoff_cap         30s                  default
backoff_attempts    3                    default
queue_timeout       100s                 default
refresh_before      30s                  default
lock_timeout        30s                  default
count_usage         auto                 default
rotate_at           off                  default
reserve             []                   default
for                 -                    default
cli                 qwen                 default
bin                 qwen                 default
`,
  );
});

Deno.test("config --json prints one JSON object", async () => {
  await using home = await homeWith(FILE);
  const path = `${home.path}/.qwen/account-qwen.yaml`;
  const { code, stdout, stderr } = await runCli([...ARGS, "--json"], {
    home: home.path,
    env: ENV,
  });
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  const { settings, ...others } = JSON.parse(stdout);
  assertEquals(others, { schema_version: 1, file: path });
  assertEquals(Object.keys(settings).length, 27);
  const { strategy, rerun, timeout, bin, quota_patterns } = settings;
  assertEquals({ strategy, rerun, timeout, bin, quota_patterns }, {
    strategy: { value: "fill-first", from: "file", path, line: 2 },
    rerun: { value: "never", from: "flag", flag: "--rerun" },
    timeout: {
      value: "1500ms",
      value_ms: 1_500,
      from: "environment",
      variable: "ACCOUNT_QWEN_TIMEOUT",
    },
    bin: { value: "qwen", from: "default" },
    quota_patterns: {
      value: ["no tokens", "429"],
      from: "file",
      path,
      line: 4,
    },
  });
});

Deno.test("config prints a dash and null for a setting without a value", async () => {
  await using home = await tempDir();
  const text = await runCli(["config"], { home: home.path });
  assertEquals(/^timeout .*$/m.exec(text.stdout)?.[0].split(/ +/), [
    "timeout",
    "-",
    "default",
  ]);
  const json = await runCli(["config", "--json"], { home: home.path });
  const { timeout, quota_patterns } = JSON.parse(json.stdout).settings;
  assertEquals({ timeout, quota_patterns }, {
    timeout: { value: null, value_ms: null, from: "default" },
    quota_patterns: { value: [...DEFAULT_QUOTA_PATTERNS], from: "default" },
  });
});

Deno.test("config writes nothing", async () => {
  await using home = await tempDir();
  await runCli(["config"], { home: home.path });
  assertEquals(await Array.fromAsync(Deno.readDir(home.path)), []);
});

Deno.test("config prints a time of 0 as 0s", async () => {
  await using home = await homeWith("short_pause: 0\n");
  const { stdout } = await runCli(["config"], { home: home.path });
  assertEquals(/^short_pause +(\S+)/m.exec(stdout)?.[1], "0s");
});

const MISTAKES: [file: string, env: Record<string, string>, string][] = [
  [
    "bin: qwen\nstategy: sticky\n",
    {},
    '"PATH": line 2, column 1: unknown key "stategy" (did you mean "strategy"?)',
  ],
  [
    "timeout: soon\n",
    {},
    '"PATH": line 1, column 10: timeout: "soon" is not a duration (examples: 45s, 2m, 1h30m)',
  ],
  [
    "",
    { ACCOUNT_QWEN_RERUN: "maybe" },
    'ACCOUNT_QWEN_RERUN: "maybe" is not one of safe, always, never',
  ],
];

for (const [file, env, problem] of MISTAKES) {
  Deno.test(`config exits with 2 and says ${problem}`, async () => {
    await using home = await homeWith(file);
    const path = `${home.path}/.qwen/account-qwen.yaml`;
    const { code, stdout, stderr } = await runCli(["config"], {
      home: home.path,
      env,
    });
    assertEquals({ code, stdout }, { code: 2, stdout: "" });
    assertEquals(
      stderr,
      `account-qwen: error: Cannot use ${problem.replace("PATH", path)}\n` +
        `account-qwen: hint: ${
          file ? "account-qwen config edit" : "unset ACCOUNT_QWEN_RERUN"
        }\n`,
    );
  });
}

Deno.test("config exits with 2 for a flag whose word is unknown", async () => {
  await using home = await tempDir();
  const args = ["config", "--backoff", "linear"];
  const { code, stdout, stderr } = await runCli(args, { home: home.path });
  assertEquals({ code, stdout }, { code: 2, stdout: "" });
  assertEquals(
    stderr,
    'account-qwen: error: Cannot use --backoff: "linear" is not one of none, ' +
      "constant, exponential\naccount-qwen: hint: for example: account-qwen config\n",
  );
});

async function homeWith(file: string): Promise<TempDir> {
  const home = await tempDir();
  await Deno.mkdir(`${home.path}/.qwen`, { mode: 0o700 });
  await Deno.writeTextFile(`${home.path}/.qwen/account-qwen.yaml`, file);
  return home;
}

Deno.test("config shows the settings with parts, and a flag overrides those of transient failures", async () => {
  await using home = await homeWith(`rules:
  - {status: 418, text: gone fishing, verdict: quota}
backoff: {transient: {first: 2s}, quota: {first: 1h}}
`);
  const path = `${home.path}/.qwen/account-qwen.yaml`;
  const rowsOf = async (...flags: string[]) => {
    const options = { home: home.path };
    const { stdout } = await runCli(["config", ...flags], options);
    return stdout.split("\n").filter((it) => it.includes(path))
      .map((it) => it.split(/ {2,}/));
  };
  const rules = [
    "rules",
    'status 418, text "gone fishing": quota',
    `${path}:1`,
  ];
  const key = "backoff_by_verdict";
  assertEquals(await rowsOf(), [
    rules,
    [key, "quota; transient", `${path}:3`],
  ]);
  assertEquals(await rowsOf("--backoff=none"), [
    rules,
    [key, "quota", `${path}:3`],
  ]);
});

Deno.test("config get rules names the command that shows them", async () => {
  await using home = await homeWith("");
  const args = ["config", "get", "rules"];
  const { code, stderr } = await runCli(args, { home: home.path });
  assertEquals(code, 2);
  assertMatch(stderr, /hint: account-qwen rules\n$/);
});
