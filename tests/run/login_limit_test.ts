/**
 * What happens when the login of a plan is at its limit, by a stand-in for
 * `codex` with two logins.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { accountQwen, runCli } from "../support/cli.ts";
import { type LoginScene, loginScene } from "../support/login_run_scene.ts";
import { runDenoFixture } from "../support/runtimes.ts";
import { readState } from "../support/state.ts";

/** Account 1 is out of quota; the others answer. */
const FIRST_IS_OUT = `
  echo "$CODEX_HOME" >>"$HOME/asked"
  case $CODEX_HOME in */1)
    echo "OpenAI Codex v0.171.0" >&2
    echo "ERROR: You’ve hit your usage limit. Try again later." >&2
    exit 1;;
  esac`;

/** The line of a call that would need the other login. */
const ONE_LINE =
  /^account-qwen: error: home \(account 1\) is out of quota, next try \d\d:\d\d \(our guess\); work \(account 2\) is ready: account-qwen --cli codex switch work\n$/;

Deno.test("exec --cli codex ends with one line when the login is at its limit", async () => {
  await using scene = await labeled();
  for (const from of ["the limit", "a login that rests"]) {
    const { code, stdout, stderr } = await scene.exec({ script: FIRST_IS_OUT });
    assertEquals([code, stdout], [75, ""], from);
    assertMatch(stderr, ONE_LINE, from);
  }
  assertEquals(await asked(scene), [1]);
  assertEquals((await stateOf(scene)).current_index, 1);
});

Deno.test("exec --cli codex --rotate-logins continues with the other login", async () => {
  await using scene = await labeled();
  const plain = await plainTarget(scene);
  const before = await stateOf(scene);
  const { code, stdout, stderr } = await scene.exec({
    options: ["--rotate-logins"],
    script: FIRST_IS_OUT,
  });
  assertEquals([code, stdout], [0, "Paris\n"], stderr);
  assertMatch(stderr, /home .* is out of quota.*: continuing with work/);
  assertEquals(await asked(scene), [1, 2]);
  const after = await stateOf(scene);
  assertEquals([after.current_index, after.plain], [2, 1]);
  assertEquals(Number(after.switches_total) - Number(before.switches_total), 1);
  assertEquals(await plainTarget(scene), plain);
});

Deno.test("exec --cli codex --rotate-logins uses one login until its limit, whatever the strategy", async () => {
  await using scene = await labeled();
  const script = 'echo "$CODEX_HOME" >>"$HOME/asked"';
  const options = ["--rotate-logins", "--strategy=least-recently-used"];
  for (const _ of [1, 2]) {
    assertEquals((await scene.exec({ options, script })).code, 0);
  }
  assertEquals(await asked(scene), [1, 1]);
});

const WAYS: Record<string, Parameters<LoginScene["exec"]>[0]> = {
  ACCOUNT_QWEN_ROTATE_LOGINS: { env: { ACCOUNT_QWEN_ROTATE_LOGINS: "1" } },
  "rotate_logins in account-qwen.yaml": {},
};

for (const [name, way] of Object.entries(WAYS)) {
  Deno.test(`exec --cli codex continues with the other login by ${name}, unless a flag says no`, async () => {
    await using scene = await labeled();
    if (!way?.env) {
      const set = await scene.cli(["config", "set", "rotate_logins", "true"]);
      assertEquals(set.stdout, "rotate_logins is true\n");
    }
    const options = ["--no-rotate-logins"];
    const off = await scene.exec({ ...way, options, script: FIRST_IS_OUT });
    assertEquals(off.code, 75);
    const on = await scene.exec({ ...way, script: FIRST_IS_OUT });
    assertEquals([on.code, on.stdout], [0, "Paris\n"], on.stderr);
  });
}

Deno.test("exec --cli codex --account leaves the login that was asked for to the user", async () => {
  await using scene = await labeled();
  await scene.cli(["switch", "2", "--json"]);
  const { code, stdout, stderr } = await scene.exec({
    options: ["--account=home"],
    script: FIRST_IS_OUT,
  });
  assertEquals([code, stdout], [75, ""]);
  assertMatch(stderr, ONE_LINE);
  assertEquals(await asked(scene), [1]);
  assertEquals((await stateOf(scene)).current_index, 2);
});

Deno.test("exec --cli codex says when the next login is ready if all are at their limit", async () => {
  await using scene = await labeled();
  await scene.cli(["cooldown", "set", "work", "6h"]);
  const { code, stderr } = await scene.exec({ script: FIRST_IS_OUT });
  assertEquals(code, 75);
  assertMatch(
    stderr,
    /; the next one is work \(account 2\), from \d\d:\d\d\n$/,
  );
});

Deno.test("exec --cli codex --wait waits for the login that is active", async () => {
  await using scene = await labeled();
  await scene.cli(["cooldown", "set", "home", "2s"]);
  const { code, stdout, stderr } = await scene.exec({ options: ["--wait=1m"] });
  assertEquals([code, stdout], [0, "Paris\n"], stderr);
  assertEquals((await stateOf(scene)).current_index, 1);
});

Deno.test("status says how to use the other login, and how to turn rotation on", async () => {
  await using scene = await labeled();
  await scene.exec({ script: FIRST_IS_OUT });
  const { stdout } = await scene.cli(["status"]);
  const [next = ""] = stdout.split("\n\n");
  assertMatch(
    next.replaceAll(/\n */g, " "),
    /^next: none \(home will be tried again at \d\d:\d\d; work is ready: account-qwen --cli codex switch work\)$/,
  );
  assertEquals(
    stdout.match(
      /rotation between plan logins is off:\s+account-qwen --cli codex config set rotate_logins true\n/g,
    )
      ?.length,
    1,
  );
  const doctor = await scene.cli(["doctor"]);
  assertMatch(
    doctor.stdout.replaceAll(/\n */g, " "),
    /^home will be tried again in [\w ]+ \(our guess\); work is ready: account-qwen --cli codex switch work /,
  );
  const json = JSON.parse((await scene.cli(["status", "--json"])).stdout);
  assertEquals([json.next, json.alternative], [null, {
    index: 2,
    label: "work",
  }]);
  await scene.cli(["config", "set", "rotate_logins", "true"]);
  const on = await scene.cli(["status"]);
  assertMatch(on.stdout, /^next: work /);
  assert(!on.stdout.includes("rotation between plan logins"), on.stdout);
});

Deno.test("next switches between logins, as the user asks for it", async () => {
  await using scene = await labeled();
  const preview = await scene.cli(["next", "--dry-run"]);
  assertMatch(
    preview.stdout,
    /^work \(account 2\): ready now, would become active$/m,
  );
  assertEquals((await scene.cli(["next"])).code, 0);
  const { current_index, plain } = await stateOf(scene);
  assertEquals([current_index, plain], [2, 2]);
});

Deno.test("exec --cli codex never goes from a key to a login by itself", async () => {
  await using scene = await labeled();
  const add = ["add", "--preset=openai", "--api-key-stdin", "--label=key"];
  const { code, stderr } = await runCli(["--cli=codex", ...add], {
    home: scene.home,
    command: accountQwen(),
    stdin: "sk-test-1\n",
  });
  assertEquals(code, 0, stderr);
  await scene.cli(["switch", "key"]);
  await scene.cli(["cooldown", "set", "key", "6h"]);
  const off = await scene.cli(["exec", `--bin=${scene.bin}`, "--", "hi"]);
  assertEquals([off.code, off.stdout], [75, ""]);
  assertMatch(
    off.stderr,
    /^account-qwen: work \(account 2\): ready, and used only if you switch to it \(account-qwen --cli codex switch work\)$/m,
  );
  assertEquals(await asked(scene), []);
  const on = await scene.exec({
    options: ["--rotate-logins"],
    script: FIRST_IS_OUT,
  });
  assertEquals(on.stdout, "Paris\n", on.stderr);
});

Deno.test("AgentWrapper.call() names the other login when one is at its limit", async () => {
  await using scene = await labeled();
  const bin = `${scene.home}/codex`;
  await Deno.writeTextFile(bin, `#!/bin/sh\n${FIRST_IS_OUT}\necho Paris\n`, {
    mode: 0o700,
  });
  const call = async (...args: string[]) => {
    const { stdout, stderr } = await runDenoFixture(
      "call_agent.ts",
      ["codex", bin, ...args],
      { home: scene.home },
    );
    assertEquals(stderr, "");
    return JSON.parse(stdout);
  };
  for (const attempts of [1, 0]) {
    const { error, ...result } = await call();
    assertEquals([result.success, result.verdict], [false, "quota"]);
    assertEquals([result.attempts, result.alternatives], [attempts, [2]]);
    assertMatch(
      error,
      /^home \(account 1\) is out of quota, next try [\d-]+T.*; work \(account 2\) is ready: .* switch work$/,
    );
  }
  const { output, error } = await call("rotate");
  assertEquals(output, "Paris\n", error);
});

/** Sets a scene with the accounts `home`, whose login plain codex uses, and `work`. */
async function labeled(): Promise<LoginScene> {
  const scene = await loginScene("codex", { version: "0.171.0" });
  await Deno.symlink("accounts/1/auth.json", `${scene.agentHome}/auth.json`);
  for (const [index, label] of [["1", "home"], ["2", "work"]]) {
    const { code, stderr } = await scene.cli(["label", `${index}`, `${label}`]);
    assertEquals(code, 0, stderr);
  }
  assertEquals((await scene.cli(["switch", "1"])).code, 0);
  return scene;
}

async function plainTarget({ agentHome }: LoginScene): Promise<string> {
  return await Deno.readLink(`${agentHome}/auth.json`);
}

async function stateOf({ agentHome }: LoginScene) {
  return await readState(`${agentHome}/accounts/state.yaml`) as Record<
    string,
    unknown
  >;
}

/** Returns the accounts that the stand-in was started with. */
async function asked({ home }: LoginScene): Promise<number[]> {
  const text = await Deno.readTextFile(`${home}/asked`).catch(() => "");
  return text.split("\n").filter((it) => it !== "")
    .map((it) => Number(it.slice(-1)));
}
