import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parse } from "@std/yaml";
import { QwenWrapper } from "../../lib/mod.ts";
import { runCli } from "../support/cli.ts";
import { exec } from "../support/fake_exec.ts";
import {
  answers,
  FAKE_QWEN,
  type FakeHome,
  fakeHome,
} from "../support/fake_qwen.ts";

/** Prints a message and exits with 1, as any program might. */
const NAIVE = 'echo "quota exhausted" >&2; exit 1';

const PLAYS = { 1: NAIVE, 2: answers("Paris"), 3: answers("no") };

/** What the files and the commands say after a move from account 1 to 2. */
async function assertMoved(home: FakeHome, reason: string) {
  assertEquals(await home.link(), "accounts/oauth_creds_2.json");
  const [change, ...others] = await home.events("account_switch");
  assertEquals(others, []);
  assertEquals(
    { from: change?.from, to: change?.to, reason: change?.reason },
    { from: 1, to: 2, reason },
  );
  const text = await Deno.readTextFile(`${home.dir}/state.yaml`);
  const state = Object(parse(text));
  assertEquals(
    [state.current_index, state.total_accounts, state.switches_total],
    [2, 3, 1],
  );
  assertEquals(state.accounts.account2.switches_count, 1);
  const { stdout } = await runCli(["--stats", "--json"], { home: home.path });
  const stats = JSON.parse(stdout);
  assertEquals(
    [stats.current_index, stats.total_accounts, stats.switches_total],
    [2, 3, 1],
  );
  assertEquals(stats.last_switch, state.last_switch);
  const list = await runCli(["--list"], { home: home.path });
  assertMatch(list.stdout, /^\* {2}2 /m);
}

Deno.test("exec continues with account 2 when account 1 is out, and every record agrees", async () => {
  await using home = await fakeHome(PLAYS);
  const { code, stdout, stderr } = await exec(home, ["--", "hello"]);
  assertEquals({ code, stdout }, { code: 0, stdout: "Paris" });
  assertStringIncludes(stderr, "account 1 is out of quota");
  assertStringIncludes(stderr, "continuing with account 2");
  assertEquals(await home.asked(), [1, 2]);
  await assertMoved(home, "quota");
});

Deno.test("the library continues with account 2 when account 1 is out, and every record agrees", async () => {
  await using home = await fakeHome(PLAYS);
  const wrapper = new QwenWrapper({ dir: home.dir, bin: FAKE_QWEN });
  const { success, output, accountsTried } = await wrapper.call("hello");
  assertEquals({ success, output, accountsTried }, {
    success: true,
    output: "Paris",
    accountsTried: [1, 2],
  });
  await assertMoved(home, "quota");
});

Deno.test("--switch-next moves to account 2 silently, and every record agrees", async () => {
  await using home = await fakeHome(PLAYS);
  const { code, stdout, stderr } = await runCli(["--switch-next"], {
    home: home.path,
  });
  assertEquals({ code, stdout, stderr }, { code: 0, stdout: "", stderr: "" });
  await assertMoved(home, "asked for");
});
