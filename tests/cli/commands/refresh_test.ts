import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runCli } from "../../support/cli.ts";
import { startCli } from "../../support/cli_process.ts";
import { namesIn } from "../../support/account_folder.ts";
import { refreshToken, type TestHome, testHome } from "../../support/home.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { tokenServer } from "../../support/token_server.ts";
import { signalFor } from "../../support/deadline.ts";

const ACCOUNTS = { accounts: 2, baseUrl: "http://provider.invalid/v1" };

/** The message of a process that waits for longer than a second. */
const WAITING =
  /^account-qwen: account 1: waiting until another process \(account-qwen \d+\) has refreshed its login\n$/;

Deno.test("refresh gets new tokens for the active account and keeps the other fields of its slot", async () => {
  await using home = await dueHome({ note: "kept" });
  await using server = tokenServer();
  const { code, stdout, stderr } = await refresh([], home, server.url);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertMatch(stdout, /^account 1 is refreshed: its token expires \d{4}-/);
  assertEquals(server.sent, [refreshToken(1)]);
  const slot = await slotOf(home, 1);
  assertEquals(slot.refresh_token, `new-refresh-${refreshToken(1)}`);
  assertEquals(slot.note, "kept");
  assertEquals(slot.resource_url, ACCOUNTS.baseUrl);
  assertEquals(await home.link(), "accounts/oauth_creds_1.json");
});

Deno.test("refresh sends one request when 16 processes refresh the same due account", async () => {
  await using home = await dueHome();
  await using server = tokenServer({ delayMs: 300 });
  const results = await Promise.all(
    Array.from({ length: 16 }, () => refresh(["1"], home, server.url)),
  );
  const said = results.map(({ stderr }) => stderr.replace(WAITING, ""));
  assertEquals(said, results.map(() => ""));
  assertEquals(results.map((it) => it.code), results.map(() => 0));
  assertEquals(server.sent, [refreshToken(1)]);
  const refreshed = results.filter((it) => / is refreshed: /.test(it.stdout));
  assertEquals(refreshed.length, 1);
});

Deno.test("refresh takes over when the process that was refreshing is killed", async () => {
  await using home = await dueHome();
  let isFirst = true;
  const held = signalFor("the end of the test");
  await using server = tokenServer({
    answer: async (sent) => {
      if (isFirst) {
        isFirst = false;
        await held.promise;
      }
      return Response.json({ access_token: `a-${sent}`, refresh_token: "r" });
    },
  });
  const killed = await startCli(["refresh", "1"], {
    home: home.path,
    env: { ACCOUNT_QWEN_OAUTH_URL: server.url },
  });
  await server.asked(1);
  killed.kill("SIGKILL");
  await Promise.all([killed.stdout.cancel(), killed.stderr.cancel()]);
  await killed.status;
  const { code, stderr } = await refresh(["1"], home, server.url);
  held.resolve();
  // Its lock of the agent was left behind, and the refresh waits for it.
  assertEquals(code, 0, stderr);
  assertEquals(server.sent, [refreshToken(1), refreshToken(1)]);
  assertEquals((await slotOf(home, 1)).refresh_token, "r");
});

Deno.test("refresh puts the new tokens on the disk before it ends when it is interrupted", async () => {
  await using home = await dueHome();
  await using server = tokenServer({ delayMs: 500 });
  const child = await startCli(["refresh"], {
    home: home.path,
    env: { ACCOUNT_QWEN_OAUTH_URL: server.url },
  });
  await server.asked(1);
  child.kill("SIGINT");
  await Promise.all([child.stdout.cancel(), child.stderr.cancel()]);
  assertEquals((await child.status).code, 130);
  const { refresh_token } = await slotOf(home, 1);
  assertEquals(refresh_token, `new-refresh-${refreshToken(1)}`);
});

Deno.test("refresh says that a login is needed when the service refuses the token", async () => {
  await using home = await dueHome();
  await using server = tokenServer({
    answer: () => Response.json({ error: "invalid_grant" }, { status: 400 }),
  });
  const before = await Deno.readTextFile(home.slot(1));
  const { code, stdout, stderr } = await refresh(["1"], home, server.url);
  assertEquals({ code, stdout }, { code: 4, stdout: "" });
  assertEquals(
    stderr,
    "account-qwen: error: Cannot refresh account 1: the service no " +
      "longer accepts its login\n" +
      "account-qwen: hint: log in again: account-qwen login 1\n",
  );
  assertEquals(await Deno.readTextFile(home.slot(1)), before);
  const state = await Deno.readTextFile(`${home.dir}/state.yaml`);
  assertStringIncludes(state, "blocked: login needed");
  const due = await refresh(["--due"], home, server.url);
  assertEquals(due.code, 0);
  assertEquals(server.sent.length, 1);
});

Deno.test("refresh --due refreshes a disabled account too, and does not enable it", async () => {
  await using home = await dueHome();
  await using server = tokenServer();
  await runCli(["disable", "1"], { home: home.path });
  const { code, stderr } = await refresh(["--due"], home, server.url);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertEquals(server.sent, [refreshToken(1)]);
  const { stdout } = await runCli(["list", "--json"], { home: home.path });
  assertEquals(JSON.parse(stdout).accounts[0].state, "disabled");
  assertEquals(await home.link(), "accounts/oauth_creds_2.json");
});

Deno.test("refresh leaves everything as it is when the service has failed", async () => {
  await using home = await dueHome();
  await using server = tokenServer({
    answer: () => new Response("<html>", { status: 502 }),
  });
  const before = await Deno.readTextFile(home.slot(1));
  const { code, stderr } = await refresh(["1"], home, server.url);
  assertEquals(code, 1);
  assertMatch(stderr, /service reports an error .*\n.*hint: try again/);
  assertEquals(await Deno.readTextFile(home.slot(1)), before);
  const state = await Deno.readTextFile(`${home.dir}/state.yaml`);
  assertEquals(state.includes("blocked"), false);
  const left = await Deno.readTextFile(`${home.dir}/accounts/runs/refresh_1`);
  assertEquals(JSON.parse(left).code, "unavailable"); // and no lease
  assertEquals((await namesIn(home.dir)).includes("oauth_creds.lock"), false);
});

Deno.test("refresh --due refreshes only what expires within --refresh-before", async () => {
  await using home = await dueHome({}, { 1: 3_600, 2: 90 });
  await using server = tokenServer();
  const args = ["--due", "--refresh-before", "2m", "--json"];
  const { code, stdout } = await refresh(args, home, server.url);
  assertEquals(code, 0);
  const { accounts } = JSON.parse(stdout);
  assertEquals(accounts.length, 1);
  assertEquals(accounts[0].index, 2);
  assertEquals(accounts[0].refreshed, true);
  assertEquals(server.sent, [refreshToken(2)]);
});

Deno.test("refresh --all continues with the others when one is refused", async () => {
  await using home = await dueHome({}, { 1: 3_600, 2: 3_600 });
  await using server = tokenServer({
    answer: (sent) =>
      sent === refreshToken(1)
        ? Response.json({ error: "invalid_grant" }, { status: 400 })
        : Response.json({ access_token: "a", refresh_token: "r" }),
  });
  const { code, stdout, stderr } = await refresh(["--all"], home, server.url);
  assertEquals(code, 4);
  assertMatch(stdout, /^account 2 is refreshed: /);
  assertMatch(stderr, /Cannot refresh account 1: .*: account-qwen login 1\n/);
});

Deno.test("refresh --all says that there are no logins", async () => {
  await using home = await tempDir();
  const options = { home: home.path, stdin: "sk-0123456789abcdef0123\n" };
  await runCli(["add", "--preset", "dashscope", "--api-key-stdin"], options);
  const { code, stdout, stderr } = await runCli(["refresh", "--all"], options);
  assertEquals({ code, stdout, stderr }, {
    code: 0,
    stdout: "there are no logins to refresh\n",
    stderr: "",
  });
});

Deno.test("refresh exits with 2 for contradictory arguments", async () => {
  await using home = await dueHome();
  const { code } = await refresh(["1", "--all"], home, "http://127.0.0.1:9");
  assertEquals(code, 2);
});

Deno.test("refresh writes an event without a secret", async () => {
  await using home = await dueHome();
  await using server = tokenServer();
  await refresh([], home, server.url);
  const log = await Deno.readTextFile(`${home.dir}/rotation.log`);
  assertMatch(log, /"event":"refreshed"/);
  assertEquals(/secret|new-/.test(log), false, log);
});

async function refresh(
  args: readonly string[],
  home: TestHome,
  url: string,
) {
  const env = { ACCOUNT_QWEN_OAUTH_URL: url };
  return await runCli(["refresh", ...args], { home: home.path, env });
}

/**
 * A home whose tokens expire in these numbers of seconds; the first one has
 * expired.
 */
async function dueHome(
  more: Record<string, unknown> = {},
  ends: Record<number, number> = { 1: -60, 2: 3_600 },
): Promise<TestHome> {
  const home = await testHome(ACCOUNTS);
  for (const [index, seconds] of Object.entries(ends)) {
    const content = await slotOf(home, Number(index));
    const expiry_date = Date.now() + seconds * 1_000;
    const text = JSON.stringify({ ...content, ...more, expiry_date });
    await Deno.writeTextFile(home.slot(Number(index)), text);
  }
  return home;
}

async function slotOf(home: TestHome, index: number) {
  return JSON.parse(await Deno.readTextFile(home.slot(index)));
}
