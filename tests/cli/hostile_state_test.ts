import { assert, assertEquals, assertMatch } from "@std/assert";
import { runCli, type RunResult } from "../support/cli.ts";
import { type TestHome, testHome } from "../support/home.ts";
import { makePipe } from "../support/pipe.ts";

const ACCOUNTS = { accounts: 2, baseUrl: "http://provider.invalid/v1" };

const HEAD = "current_index: 1\ntotal_accounts: 2\nswitches_total: 3\n";

/** Nine levels of nine: 387 million texts when expanded. */
function bomb(prefix = ""): string {
  const levels = Array.from({ length: 9 }, (_, at) => {
    const item = at === 0 ? "lol" : `*x${at - 1}`;
    return `${prefix}x${at}: &x${at} [${Array(9).fill(item).join(", ")}]`;
  });
  return `${levels.join("\n")}\n`;
}

const BOMBS: Record<string, string> = {
  "unknown keys": HEAD + bomb(),
  "unknown keys of the accounts": `${HEAD}accounts:\n${bomb("  ")}`,
  "unknown keys of an account":
    `${HEAD}accounts:\n  account1:\n    switches_count: 1\n${bomb("    ")}`,
  "the accounts": `${HEAD}${bomb()}accounts: *x8\n`,
  "a time": `${HEAD}${bomb()}last_switch: *x8\n`,
  "the keys of a mapping": `${HEAD}${bomb()}? *x8\n: 1\n`,
};

for (const [where, text] of Object.entries(BOMBS)) {
  for (const args of [["list"], ["switch", "2"]]) {
    Deno.test(`${args.join(" ")} ends quickly, in little memory, when ${where} are a YAML bomb`, async () => {
      await using home = await homeWithState(text);
      const { code, stderr } = await runBounded(args, home);
      assertEquals(code, 0, stderr.slice(0, 2_000));
      assert(stderr.length < 2_000, `it says ${stderr.length} characters`);
    });
  }
}

const NESTED: Record<string, string> = {
  "lists, 2,000 deep": nested(2_000),
  "lists, 100,000 deep": nested(100_000),
  "mappings, 100,000 deep": `deep: ${"{a: ".repeat(100_000)}`,
};

for (const [what, text] of Object.entries(NESTED)) {
  for (const args of [["list"], ["switch", "2"]]) {
    Deno.test(`${args.join(" ")} does its work when state.yaml is ${what}`, async () => {
      await using home = await homeWithState(`${HEAD}${text}\n`);
      const { code, stderr } = await runBounded(args, home);
      assertEquals(code, 0, stderr.slice(0, 2_000));
    });
  }
}

for (const args of [["list"], ["switch", "2"], ["doctor"]]) {
  Deno.test(`${args.join(" ")} ends quickly, in little memory, when state.yaml has 1 GB`, async () => {
    await using home = await homeWithState(HEAD);
    await Deno.truncate(`${home.dir}/state.yaml`, 2 ** 30);
    const { code, stdout, stderr } = await runBounded(args, home);
    assertEquals(code, args[0] === "doctor" ? 1 : 0);
    assertMatch(stdout + stderr, /state\.yaml is too large/);
  });
}

for (const file of ["rotation.log", "accounts/oauth_creds_1.json"]) {
  Deno.test(`switch ends quickly, in little memory, when ${file} has 1 GB`, async () => {
    await using home = await homeWithState(HEAD);
    await Deno.writeTextFile(`${home.dir}/${file}`, "", { mode: 0o600 });
    await Deno.truncate(`${home.dir}/${file}`, 2 ** 30);
    const { code, stderr } = await runBounded(["switch", "2"], home);
    assertEquals(code, 0, stderr);
  });
}

const FORMS: Record<string, string> = {
  "with CRLF": HEAD.replaceAll("\n", "\r\n"),
  "with a BOM": `\uFEFF${HEAD}`,
  "with both": `\uFEFF${HEAD.replaceAll("\n", "\r\n")}`,
};

for (const [which, text] of Object.entries(FORMS)) {
  Deno.test(`switch continues to count when state.yaml is ${which}`, async () => {
    await using home = await homeWithState(text);
    const { code, stderr } = await runCli(["switch", "2"], { home: home.path });
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    const state = await Deno.readTextFile(`${home.dir}/state.yaml`);
    assertMatch(state, /^switches_total: 4$/m);
  });
}

Deno.test("switch sets a state.yaml with NUL in it aside and says so", async () => {
  await using home = await homeWithState(`${HEAD}label: "a\0b"\n`);
  const { code, stderr } = await runCli(["switch", "2"], { home: home.path });
  assertEquals(code, 0);
  assertMatch(
    stderr,
    /^account-qwen: state\.yaml is not valid YAML .* kept as /,
  );
});

Deno.test("unknown keys with the names of prototypes survive a switch and change nothing", async () => {
  const keys = "__proto__: {polluted: 1}\nconstructor: {prototype: 2}\n";
  await using home = await homeWithState(HEAD + keys);
  const { code } = await runCli(["switch", "2"], { home: home.path });
  assertEquals(code, 0);
  const state = await Deno.readTextFile(`${home.dir}/state.yaml`);
  assertMatch(state, /^__proto__:\n {2}polluted: 1$/m);
  assertMatch(state, /^constructor:\n {2}prototype: 2$/m);
});

const NO_FILES: Record<string, (path: string) => Promise<unknown>> = {
  "a pipe": makePipe,
  "a link to itself": (path) => Deno.symlink("state.yaml", path),
  "a link to a device": (path) => Deno.symlink("/dev/zero", path),
};

for (const [what, make] of Object.entries(NO_FILES)) {
  Deno.test(`doctor says how to fix it when state.yaml is ${what}`, async () => {
    await using home = await testHome(ACCOUNTS);
    const path = `${home.dir}/state.yaml`;
    await make(path);
    const { code, stdout } = await runBounded(["doctor"], home);
    assertEquals(code, 1);
    assertMatch(stdout, /^modes: .*\/state\.yaml is a .*, not a file/m);
    assert(stdout.includes(`  fix: mv ${path} ${path}.away\n`), stdout);
  });

  Deno.test(`list lists the accounts when state.yaml is ${what}`, async () => {
    await using home = await testHome(ACCOUNTS);
    await make(`${home.dir}/state.yaml`);
    const { code, stdout } = await runBounded(["list"], home);
    assertEquals(code, 0);
    assertEquals(stdout.trimEnd().split("\n").length, 3);
  });
}

for (const what of ["a pipe", "a link to itself"]) {
  Deno.test(`list lists the accounts when a slot is ${what}`, async () => {
    await using home = await testHome(ACCOUNTS);
    const path = home.slot(2);
    await Deno.remove(path);
    if (what === "a link to itself") await Deno.symlink(path, path);
    else await makePipe(path);
    const { code, stdout } = await runBounded(["list"], home);
    assertEquals(code, 0);
    assertMatch(stdout, /^ +2 +oauth +qwen-login +login needed: slot is /m);
  });
}

async function homeWithState(text: string): Promise<TestHome> {
  const home = await testHome(ACCOUNTS);
  await Deno.writeTextFile(`${home.dir}/state.yaml`, text, { mode: 0o600 });
  return home;
}

function nested(depth: number): string {
  return `deep: ${"[".repeat(depth)}${"]".repeat(depth)}`;
}

/** Runs within 10 s and 96 MB of objects. */
async function runBounded(
  args: readonly string[],
  home: TestHome,
): Promise<RunResult> {
  return await runCli(args, {
    home: home.path,
    env: { DENO_V8_FLAGS: "--max-old-space-size=96" },
    timeoutMs: 10_000,
  });
}
