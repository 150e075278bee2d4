import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runCli } from "../../support/cli.ts";
import { testWith } from "../../support/needs.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";
import { Typist } from "../../support/typist.ts";

const FILE = "# mine\n\nstrategy: sticky # for now\n";

Deno.test("config set, get and unset change one setting and keep the comments", async () => {
  await using home = await homeWith(FILE);
  const set = await config(home, ["set", "strategy", "fill-first"]);
  assertEquals(set, said("strategy is fill-first\n"));
  assertEquals(await textOf(home), FILE.replace("sticky", "fill-first"));
  const get = await config(home, ["get", "strategy"]);
  assertEquals(get, said("fill-first\n"));
  const unset = await config(home, ["unset", "strategy"]);
  assertEquals(unset, said("strategy is round-robin (default)\n"));
  assertEquals(await textOf(home), "# mine\n\n");
});

Deno.test("config set creates the folder and the file if they are missing", async () => {
  await using home = await tempDir();
  const { code } = await config(home, ["set", "quota-pattern", "a", "429"]);
  assertEquals(code, 0);
  assertEquals(await textOf(home), "quota_patterns:\n  - a\n  - '429'\n");
  const get = await config(home, ["get", "quota_patterns"]);
  assertEquals(get, said("a\n429\n"));
});

const REFUSED: Record<string, RegExp> = {
  "set strategy fill-frist":
    /Cannot set strategy: "fill-frist" is not one of .*did you mean "fill-first"/,
  "set timeout soon": /Cannot set timeout: "soon" is not a duration/,
  "set max_retries -1": /Unknown flag "-1"/,
  "set strategy sticky fill-first": /unexpected argument "fill-first"/,
  "set stategy sticky":
    /unknown setting "stategy" \(did you mean "strategy"\?\)/,
  "set strategy": /set needs KEY VALUE/,
  "get": /get needs KEY/,
  "get strategy mode": /unexpected argument "mode"/,
  "path x": /unexpected argument "x"/,
  "ste strategy sticky": /unknown action "ste" \(did you mean "set"\?\)/,
};

for (const [args, problem] of Object.entries(REFUSED)) {
  Deno.test(`config ${args} exits with 2 and changes nothing`, async () => {
    await using home = await homeWith(FILE);
    const { code, stderr } = await config(home, args.split(" "));
    assertEquals(code, 2);
    assertMatch(stderr, problem);
    assertMatch(stderr, /hint: .*account-qwen (?:config|help config)/);
    assertEquals(await textOf(home), FILE);
  });
}

const CORRECTED: Record<string, string> = {
  "strategy fill-frist": "strategy fill-first",
  "rerun maybe": "rerun always",
  "rotate_logins maybe": "rotate_logins true",
  "max_in_flight many": "max_in_flight 4",
  "max_retries many": "max_retries 5",
  "timeout soon": "timeout 90s",
  "max_cooldown_quota 33d": "max_cooldown_quota 24h",
  "rotate_at 100%": "rotate_at 90%",
  "reserve some": "reserve '20% for ci'",
  "mode": "mode gateway",
};

for (const [args, example] of Object.entries(CORRECTED)) {
  Deno.test(`config set ${args} is answered with an example that works`, async () => {
    await using home = await tempDir();
    const { code, stderr } = await config(home, ["set", ...args.split(" ")]);
    assertEquals(code, 2);
    const hint = /hint: for example: account-qwen config (.*)\n/.exec(stderr);
    assertEquals(hint?.[1], `set ${example}`, stderr);
    const words = example.match(/'[^']*'|\S+/g) ?? [];
    const again = words.map((it) => it.replaceAll("'", ""));
    assertEquals((await config(home, ["set", ...again])).code, 0);
  });
}

Deno.test("a cooldown or a pause of more than 32 days is refused, as a rule refuses it", async () => {
  await using home = await homeWith("max_cooldown: 33d\n");
  const { code, stderr } = await config(home, []);
  assertEquals(code, 2);
  assertMatch(stderr, /max_cooldown: "33d" is longer than 32d/);
  await using other = await tempDir();
  const keys = ["max_cooldown_quota", "probe_every", "backoff_cap"];
  for (const key of keys) {
    assertEquals((await config(other, ["set", key, "32d"])).code, 0);
  }
  // The other durations have no limit.
  assertEquals((await config(other, ["set", "wait", "365d"])).code, 0);
});

Deno.test("config set reserve and doctor warn of an account that does not exist", async () => {
  await using home = await tempDir();
  const add = ["add", "--preset", "dashscope", "--api-key-stdin"];
  const stdin = "sk-0123456789abcdef0123\n";
  await runCli([...add, "--label", "work"], { home: home.path, stdin });
  const set = (text: string) => config(home, ["set", "reserve", text]);
  assertEquals((await set("Work: 20% for ci")).stderr, "");
  assertEquals((await set("20% for ci")).stderr, "");
  const { code, stderr } = await set("werk: 20% for ci");
  assertEquals(code, 0);
  assertEquals(
    stderr,
    'account-qwen: reserve: no account is named "werk", so nothing is kept of ' +
      "it (have: work)\n",
  );
  const { stdout } = await runCli(["doctor"], { home: home.path });
  assertMatch(stdout, /settings: reserve: no account is named "werk"/);
  assertMatch(stdout, /fix: account-qwen config edit/);
});

Deno.test("config get exits with 1 for a setting that has no value", async () => {
  await using home = await tempDir();
  assertEquals(await config(home, ["get", "timeout"]), {
    code: 1,
    stdout: "",
    stderr: "account-qwen: timeout is not set\n",
  });
});

Deno.test("config set says that the environment overrides the file", async () => {
  await using home = await homeWith(FILE);
  const env = { ACCOUNT_QWEN_STRATEGY: "round-robin" };
  const args = ["set", "strategy", "fill-first"];
  assertEquals(await config(home, args, env), {
    code: 0,
    stdout: "strategy is round-robin\n",
    stderr: "account-qwen: ACCOUNT_QWEN_STRATEGY overrides the file\n",
  });
});

Deno.test("config set fixes one entry even if another one is wrong", async () => {
  await using home = await homeWith("strategy: best\nwait: soon\n");
  const first = await config(home, ["set", "strategy", "sticky"]);
  const file = `${home.path}/.qwen/account-qwen.yaml`;
  assertEquals([first.code, first.stdout], [
    0,
    `strategy is saved in ${file}\n`,
  ]);
  assertStringIncludes(first.stderr, "line 2, column 7: wait: ");
  const second = await config(home, ["unset", "wait"]);
  assertEquals(second, said("wait is not set\n"));
});

Deno.test("config path prints where the file is, or would be", async () => {
  await using home = await tempDir();
  const path = `${home.path}/.qwen/account-qwen.yaml`;
  assertEquals(await config(home, ["path"]), said(`${path}\n`));
});

Deno.test("config edit saves what the editor has written", async () => {
  await using home = await homeWith(FILE);
  const env = { VISUAL: "sed -i s/sticky/fill-first/", EDITOR: "false" };
  const { code, stdout } = await config(home, ["edit"], env);
  assertEquals([code, /is saved\n$/.test(stdout)], [0, true]);
  assertEquals(await textOf(home), FILE.replace("sticky", "fill-first"));
  assertEquals(await namesIn(`${home.path}/tmp`), []);
});

Deno.test("config edit begins a missing file with every setting as a comment", async () => {
  await using home = await tempDir();
  const env = { EDITOR: "sed -i 's/^# mode: auto/mode: link/'" };
  assertEquals((await config(home, ["edit"], env)).code, 0);
  const text = await textOf(home);
  assertStringIncludes(text, "# strategy: round-robin\n");
  assertStringIncludes(text, "\nmode: link\n");
  const get = await config(home, ["get", "mode"]);
  assertEquals(get, said("link\n"));
});

const UNSAVED: Record<string, [editor: string, code: number, RegExp]> = {
  "the text is wrong": [
    "sed -i s/sticky/best/",
    2,
    /line 3, column 11: strategy: "best" is not one of/,
  ],
  "the editor fails": ["false", 1, /"false" ended with code 1/],
  "there is no such editor": ["no-such-editor", 1, /ended with code 127/],
  "the editor removes the file": ["rm", 1, /^$/],
};

for (const [when, [editor, code, problem]] of Object.entries(UNSAVED)) {
  Deno.test(`config edit saves nothing when ${when}`, async () => {
    await using home = await homeWith(FILE);
    const result = await config(home, ["edit"], { EDITOR: editor });
    assertEquals(result.code, code);
    assertMatch(result.stderr, problem);
    assertEquals(await textOf(home), FILE);
    assertEquals(await namesIn(`${home.path}/tmp`), []);
  });
}

Deno.test("config edit keeps the text when the file has changed meanwhile", async () => {
  await using home = await homeWith(FILE);
  const path = `${home.path}/.qwen/account-qwen.yaml`;
  const env = { EDITOR: `echo 'mode: link' >>${path}; echo '# x' >>` };
  const { code, stderr } = await config(home, ["edit"], env);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "has changed in the meantime");
  assertEquals(await textOf(home), `${FILE}mode: link\n`);
  const [copy = ""] = await namesIn(`${home.path}/tmp`);
  const kept = await Deno.readTextFile(`${home.path}/tmp/${copy}`);
  assertEquals(kept, `${FILE}# x\n`);
});

const terminal = await testWith("script");

terminal(
  "config edit opens the editor again on a terminal, until the user gives up",
  async () => {
    await using home = await homeWith(FILE);
    const env = { EDITOR: `printf x >>"$HOME/edits"; sed -i s/sticky/best/` };
    await using typist = await Typist.start(["config", "edit"], {
      home: home.path,
      env,
    });
    await typist.answer("edit it again? [Y/n]", "\n");
    await typist.answer("edit it again? [Y/n]", "n\n");
    assertEquals(await typist.end(), 1);
    assertStringIncludes(typist.seen, "is not saved");
    assertEquals(await Deno.readTextFile(`${home.path}/edits`), "xx");
    assertEquals(await textOf(home), FILE);
  },
);

function said(stdout: string) {
  return { code: 0, stdout, stderr: "" };
}

async function config(
  home: TempDir,
  args: readonly string[],
  env: Record<string, string> = {},
) {
  const TMPDIR = `${home.path}/tmp`;
  await Deno.mkdir(TMPDIR, { recursive: true });
  const { code, stdout, stderr } = await runCli(["config", ...args], {
    home: home.path,
    env: { TMPDIR, ...env },
  });
  return { code, stdout, stderr };
}

async function homeWith(text: string): Promise<TempDir> {
  const home = await tempDir();
  await Deno.mkdir(`${home.path}/.qwen`, { mode: 0o700 });
  await Deno.writeTextFile(`${home.path}/.qwen/account-qwen.yaml`, text);
  return home;
}

async function textOf(home: TempDir): Promise<string> {
  return await Deno.readTextFile(`${home.path}/.qwen/account-qwen.yaml`);
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map((it) => it.name);
}
