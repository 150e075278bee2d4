import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runCli } from "../../support/cli.ts";
import { startCli } from "../../support/cli_process.ts";
import { answers, FAKE_QWEN, fakeHome } from "../../support/fake_qwen.ts";
import { refreshToken, testHome } from "../../support/home.ts";
import { tokens, tokenServer } from "../../support/token_server.ts";
import { signalFor } from "../../support/deadline.ts";

const ACCOUNTS = { accounts: 2, baseUrl: "http://provider.invalid/v1" };

const outOfOrder = () => new Response("<html>", { status: 502 });

Deno.test("refresh names the account with its label and the next step when the service has failed", async () => {
  await using home = await testHome(ACCOUNTS);
  await using server = tokenServer({ answer: outOfOrder });
  const run = runnerIn(home.path, server.url);
  await run(["label", "2", "work"]);
  const problem = "the service reports an error (502, a web page)";
  const hint = "try again in a few minutes; what is stored has not changed";
  const { code, stderr } = await run(["refresh", "2"]);
  assertEquals({ code, stderr }, {
    code: 1,
    stderr:
      `account-qwen: error: Cannot refresh work (account 2): ${problem}\n` +
      `account-qwen: hint: ${hint}\n`,
  });
  const all = await run(["refresh", "--all"]);
  assertEquals(
    all.stderr,
    `account-qwen: Cannot refresh account 1: ${problem}: ${hint}\n` +
      `account-qwen: Cannot refresh work (account 2): ${problem}: ${hint}\n`,
  );
});

Deno.test("exec names the account and the next step when its refresh fails", async () => {
  await using home = await fakeHome({ 1: answers("the answer") });
  await using server = tokenServer({ answer: outOfOrder });
  const slot = JSON.parse(await Deno.readTextFile(home.slot(1)));
  const text = JSON.stringify({ ...slot, expiry_date: Date.now() + 10_000 });
  await Deno.writeTextFile(home.slot(1), text);
  const run = runnerIn(home.path, server.url);
  const args = ["exec", "--bin", FAKE_QWEN, "--", "hello"];
  const { code, stderr } = await run(args);
  assertEquals(code, 0, stderr);
  assertMatch(
    stderr,
    /^account-qwen: Cannot refresh account 1: .* \(502, a web page\): try again in/m,
  );
});

Deno.test("refresh keeps the old login when the new one is too large for a slot", async () => {
  await using home = await testHome(ACCOUNTS);
  const access_token = "A".repeat(70_000);
  await using server = tokenServer({
    answer: () => Response.json(tokens("x", { access_token })),
  });
  const before = await Deno.readTextFile(home.slot(1));
  const run = runnerIn(home.path, server.url);
  const { code, stderr } = await run(["refresh", "1"]);
  assertEquals(code, 1);
  assertMatch(stderr, /the service's answer has more than 64 KiB of tokens/);
  assertEquals(await Deno.readTextFile(home.slot(1)), before);
});

Deno.test("refresh sends one request when 8 processes refresh an account and the service fails", async () => {
  await using home = await testHome(ACCOUNTS);
  const allWait = signalFor("all others to wait");
  await using server = tokenServer({
    answer: async () => {
      await allWait.promise;
      return outOfOrder();
    },
  });
  let waiting = 0;
  const env = { ACCOUNT_QWEN_OAUTH_URL: server.url };
  const results = Array.from({ length: 8 }, async () => {
    const child = await startCli(["refresh", "1"], { home: home.path, env });
    let said = "";
    const read = async () => {
      for await (
        const it of child.stderr.pipeThrough(new TextDecoderStream())
      ) {
        said += it;
        if (/waiting/.test(it) && ++waiting === 7) allWait.resolve();
      }
    };
    await Promise.all([read(), child.stdout.cancel()]);
    return { said, code: (await child.status).code };
  });
  for (const { said, code } of await Promise.all(results)) {
    assertEquals(code, 1);
    assertMatch(
      said,
      /^(?:account-qwen: account 1: waiting until another process \(account-qwen \d+\) has refreshed its login\n)?account-qwen: error: Cannot refresh account 1: the service reports an error/,
    );
  }
  assertEquals(server.sent, [refreshToken(1)]);
});

Deno.test("refresh says what it waits for when it is interrupted", async () => {
  await using home = await testHome(ACCOUNTS);
  const held = signalFor("the first word on stderr");
  await using server = tokenServer({
    answer: async (sent) => {
      await held.promise;
      return Response.json(tokens(sent));
    },
  });
  const env = { ACCOUNT_QWEN_OAUTH_URL: server.url };
  const child = await startCli(["refresh", "1"], { home: home.path, env });
  await server.asked(1);
  child.kill("SIGINT");
  let said = "";
  for await (const it of child.stderr.pipeThrough(new TextDecoderStream())) {
    said += it;
    held.resolve();
  }
  const stdout = await new Response(child.stdout).text();
  assertEquals({ said, stdout, code: (await child.status).code }, {
    said:
      "account-qwen: account 1: stopping when the service has answered (at most " +
      "30 s)\n",
    stdout: "",
    code: 130,
  });
});

for (const args of [["--all"], ["--due"]]) {
  Deno.test(`refresh ${args} reports an account whose slot is damaged`, async () => {
    await using home = await testHome(ACCOUNTS);
    await using server = tokenServer();
    await Deno.writeTextFile(home.slot(2), "{trunc");
    const run = runnerIn(home.path, server.url);
    const { code, stderr } = await run(["refresh", ...args]);
    assertEquals(code, 1);
    assertMatch(
      stderr,
      /^account-qwen: account 2: Cannot use ".*_2\.json" as a credential: it is not valid JSON.*: account-qwen doctor\n$/,
    );
  });
}

Deno.test("refresh says that no account is active, and what to do, when there is no link", async () => {
  await using home = await testHome(ACCOUNTS);
  await using server = tokenServer();
  await Deno.remove(`${home.dir}/oauth_creds.json`);
  const { code, stderr } = await runnerIn(home.path, server.url)(["refresh"]);
  assertEquals({ code, stderr }, {
    code: 1,
    stderr: "account-qwen: error: Cannot choose an account: none is active\n" +
      "account-qwen: hint: name one, or activate one: account-qwen " +
      "switch 1\n",
  });
  assertEquals(server.sent, []);
});

Deno.test("refresh says where the new tokens are when somebody has removed the slot meanwhile", async () => {
  await using home = await testHome(ACCOUNTS);
  const removed = signalFor("the slot to be removed");
  await using server = tokenServer({
    answer: async (sent) => {
      await removed.promise;
      return Response.json(tokens(sent));
    },
  });
  const run = runnerIn(home.path, server.url);
  const refreshing = run(["refresh", "2"]);
  await server.asked(1);
  await Deno.remove(home.slot(2));
  removed.resolve();
  const { code, stdout, stderr } = await refreshing;
  assertEquals({ code, stdout }, { code: 1, stdout: "" });
  const [, name = ""] =
    /account 2 was removed meanwhile: its new tokens are in the stash as (\S+)\n/
      .exec(stderr) ?? [];
  assertStringIncludes(
    stderr,
    "account-qwen: error: Cannot use account 2: it was removed meanwhile " +
      "(have: 1)\naccount-qwen: hint: account-qwen list\n",
  );
  const kept = await Deno.readTextFile(`${home.dir}/accounts/stash/${name}`);
  assertEquals(
    JSON.parse(kept).refresh_token,
    `new-refresh-${refreshToken(2)}`,
  );
});

for (const args of [["remove", "2"], ["move", "2", "7"]]) {
  const [action = ""] = args;
  Deno.test(`${action} is refused while a process refreshes the account`, async () => {
    await using home = await testHome(ACCOUNTS);
    const refused = signalFor("the other command to end");
    await using server = tokenServer({
      answer: async (sent) => {
        await refused.promise;
        return Response.json(tokens(sent));
      },
    });
    const run = runnerIn(home.path, server.url);
    const refreshing = run(["refresh", "2"]);
    await server.asked(1);
    const { code, stderr } = await run(args);
    refused.resolve();
    assertEquals({ code, stderr }, {
      code: 75,
      stderr:
        `account-qwen: error: Cannot ${action} account 2: its tokens are being ` +
        "refreshed\naccount-qwen: hint: try again when that process has ended\n",
    });
    assertEquals((await refreshing).code, 0);
    assertEquals((await run(args)).code, 0);
  });
}

Deno.test("refresh sends nothing to a proxy when the service is on this machine", async () => {
  await using home = await testHome(ACCOUNTS);
  await using server = tokenServer();
  await using proxy = tokenServer();
  const { code, stderr } = await runCli(["refresh", "1"], {
    home: home.path,
    env: {
      ACCOUNT_QWEN_OAUTH_URL: server.url,
      HTTP_PROXY: proxy.url,
      http_proxy: proxy.url,
      ALL_PROXY: proxy.url,
    },
  });
  assertEquals(code, 0, stderr);
  assertEquals(server.paths.length, 1);
  assertEquals(proxy.paths, []);
});

function runnerIn(home: string, url: string) {
  const env = { ACCOUNT_QWEN_OAUTH_URL: url };
  return (args: readonly string[]) => runCli(args, { home, env });
}
