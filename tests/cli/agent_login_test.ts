/**
 * `login` for the agents that log in themselves, with a program in their place.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { AccountManager } from "../../lib/mod.ts";
import {
  AGENTS,
  loginFile,
  loginOfNobody,
  loginScene,
  STORES,
} from "../support/login_scene.ts";
import { until } from "../support/until.ts";

for (const agent of AGENTS) {
  const { file } = STORES[agent];
  const login = (user: string, token: string) => loginFile(agent, user, token);

  Deno.test(`login of ${agent} adds what the agent leaves in an empty folder`, async () => {
    await using scene = await loginScene(agent);
    const env = {
      CODEX_API_KEY: "foreign",
      ANTHROPIC_API_KEY: "foreign",
      CLAUDE_CODE_OAUTH_TOKEN: "foreign",
      CLAUDE_CODE_OAUTH_REFRESH_TOKEN: "wanted",
    };
    const { code, stdout, stderr } = await scene.cli(
      ["login", "--label", "work", "--", "--flag", "of-the-agent"],
      { login: login("ann", "token-1"), env },
    );
    assertEquals([code, stdout], [
      0,
      "work (account 1) is logged in and active\n",
    ]);
    assertEquals(await scene.logins(), {
      [`1/${file}`]: login("ann", "token-1"),
    });
    assertMatch(await scene.read("args") ?? "", /login --flag of-the-agent\n$/);
    assertEquals(await scene.read("cwd"), `${scene.agentHome}\n`);
    const seen = await scene.read("env") ?? "";
    const foreign = agent === "codex"
      ? /^CODEX_API_KEY=/m
      : /^(?:ANTHROPIC_API_KEY|CLAUDE_CODE_OAUTH_TOKEN)=/m;
    assert(!foreign.test(seen), seen);
    assert(agent === "codex" || /_REFRESH_TOKEN=wanted/.test(seen), seen);
    const path = `${scene.agentHome}/accounts/1`;
    const modes = [path, `${path}/${file}`].map((it) =>
      (Deno.statSync(it).mode ?? 0) & 0o777
    );
    assertEquals(modes, [0o700, 0o600]);
    assert(!/token-1/.test(stdout + stderr));
  });

  Deno.test(`login of ${agent} that is refused exits with 4 and leaves nothing`, async () => {
    await using scene = await loginScene(agent);
    const { code, stdout, stderr } = await scene.cli(["login"], { code: 3 });
    assertEquals([code, stdout], [4, ""]);
    assertMatch(
      stderr,
      new RegExp(
        `the login was refused or canceled \\(${agent} exited with 3\\); ` +
          "nothing has changed\n$",
      ),
    );
    const names = Array.from(
      Deno.readDirSync(`${scene.agentHome}/accounts`),
      (it) => it.name,
    );
    assert(!names.includes("1"));
    assertEquals(
      Array.from(Deno.readDirSync(`${scene.agentHome}/accounts/runs`)),
      [],
    );
    assertEquals((await scene.cli(["login"])).code, 4);
    await scene.cli(["login"], { login: login("ann", "token-1") });
    assertEquals((await scene.accounts()).map((it) => it.index), [1]);
  });

  Deno.test(`login of ${agent} again replaces the login of that owner only`, async () => {
    await using scene = await loginScene(agent);
    await scene.cli(["login", "--label", "ann"], {
      login: login("ann", "token-1"),
    });
    const again = await scene.cli(["login", "ann"], {
      login: login("ann", "token-2"),
    });
    assertEquals([again.code, again.stdout], [
      0,
      "ann (account 1) is logged in and active\n",
    ]);
    const other = await scene.cli(["login", "ann"], {
      login: login("bob", "token-3"),
    });
    assertEquals([other.code, other.stdout], [
      4,
      `${agent} (account 2) is logged in\n`,
    ]);
    assertMatch(
      other.stderr,
      /belongs to another user, who is now a new account/,
    );
    const same = await scene.cli(["login"], { login: login("bob", "token-4") });
    assertEquals(same.code, 0);
    assertMatch(same.stderr, /belongs to \w+ \(account 2\), which now uses it/);
    assertEquals(await scene.logins(), {
      [`1/${file}`]: login("ann", "token-2"),
      [`2/${file}`]: login("bob", "token-4"),
      "generations/oauth_creds_1": login("ann", "token-1"),
      "generations/oauth_creds_2": login("bob", "token-3"),
    });
    assertEquals(await scene.read("revoked"), undefined);
  });

  Deno.test(`login of ${agent} without an owner goes to the stash`, async () => {
    await using scene = await loginScene(agent);
    const { code, stderr } = await scene.cli(["login"], {
      login: loginOfNobody(agent),
    });
    assertEquals(code, 1);
    assertMatch(
      stderr,
      /it does not say whose login it is; it is in the stash/,
    );
    assertEquals(await scene.logins(), {
      "stash/oauth_creds": loginOfNobody(agent),
    });
    assertEquals(await scene.accounts(), []);
  });

  Deno.test(`login of ${agent}: a blanked one replaces no good one`, async () => {
    await using scene = await loginScene(agent);
    await scene.cli(["login"], { login: login("ann", "token-1") });
    const blank = agent === "codex"
      ? login("ann", "").replace(/("access_token":")[^"]+/, "$1")
      : login("ann", "x").replaceAll(/sk-ant-o[ar]t01-x/g, "");
    const { code, stderr } = await scene.cli(["login", "1"], { login: blank });
    assertEquals(code, 1);
    assertMatch(stderr, /it has no tokens; it is in the stash/);
    assertEquals((await scene.logins())[`1/${file}`], login("ann", "token-1"));
  });

  Deno.test(`login of ${agent} refuses a number without account before it begins`, async () => {
    await using scene = await loginScene(agent);
    const none = await scene.cli(["login", "7"], { login: login("ann", "t") });
    assertEquals(none.code, 2);
    const two = await scene.cli(["login", "work", "home"]);
    assertEquals(two.code, 2);
    assertMatch(
      two.stderr,
      /one account, and the arguments of the agent after --/,
    );
    assertEquals(await scene.read("args"), undefined);
  });

  Deno.test(`login of ${agent}, killed while the agent is running, is finished by the next command`, async () => {
    await using scene = await loginScene(agent);
    const killed = await scene.start(["login"], {
      login: login("ann", "token-1"),
      waits: "before",
    });
    await until(
      "the agent is logging in",
      async () => await scene.read("waiting") !== undefined,
    );
    killed.kill("SIGKILL");
    await killed.status;
    const pid = Number(await scene.read("waiting"));
    // The agent may still complete it, so its folder is not touched or reused.
    await scene.cli(["login"], { login: login("bob", "token-2") });
    assertEquals(Object.keys(await scene.logins()), [`2/${file}`]);
    await Deno.remove(`${scene.home}/waiting`);
    await ended(pid);
    const next = await scene.cli(["label", "2", "bob"]);
    assertMatch(
      next.stderr,
      new RegExp(`account 1 has the login of ${agent} that an earlier`),
    );
    assertEquals(await scene.logins(), {
      [`1/${file}`]: login("ann", "token-1"),
      [`2/${file}`]: login("bob", "token-2"),
    });
    const indexes = (await scene.accounts()).map((it) => it.index);
    assertEquals(indexes, [1, 2]);
  });

  Deno.test(`login of ${agent}, killed with the agent, is explained by the next command`, async () => {
    await using scene = await loginScene(agent);
    await scene.cli(["login"], { login: login("ann", "token-1") });
    for (const waits of ["before", "after"] as const) {
      const killed = await scene.start(["login", "1"], {
        login: login("ann", "token-2"),
        waits,
      });
      await until(
        "the agent is logging in",
        async () => await scene.read("waiting") !== undefined,
      );
      killed.kill("SIGKILL");
      const pid = Number(await scene.read("waiting"));
      Deno.kill(pid, "SIGKILL");
      await killed.status;
      await ended(pid);
      await Deno.remove(`${scene.home}/waiting`);
      const { stderr } = await scene.cli(["label", "1", waits]);
      assertMatch(
        stderr,
        waits === "before"
          ? new RegExp(`an interrupted login of ${agent} was canceled`)
          : /\(account 1\) has the login of \w+ that an earlier command began/,
      );
    }
    assertEquals(await scene.logins(), {
      [`1/${file}`]: login("ann", "token-2"),
      "generations/oauth_creds_1": login("ann", "token-1"),
    });
  });
}

for (const args of [["login"], ["login", "1"]]) {
  Deno.test(`${args.join(" ")} of codex replaces no login that a run uses, before that has ended`, async () => {
    await using scene = await loginScene("codex");
    await scene.cli(["login"], { login: loginFile("codex", "ann", "token-1") });
    const accounts = new AccountManager({
      agent: "codex",
      dir: `${scene.agentHome}/accounts`,
    });
    // The run begins while the agent is logging in.
    const login = scene.cli(args, {
      login: loginFile("codex", "ann", "token-2"),
      waits: "after",
    });
    await until(
      "the agent is logging in",
      async () => await scene.read("waiting") !== undefined,
    );
    const run = await accounts.beginRun({ account: 1 });
    await Deno.remove(`${scene.home}/waiting`);
    const { code, stderr } = await login;
    assertEquals(code, 75);
    assertMatch(
      stderr,
      /Cannot replace the login of codex \(account 1\): a run with codex \(account 1\) is under way\n.*hint: the new login is kept/,
    );
    const token = async () =>
      /"refresh_token":"([^"]*)"/.exec(
        await scene.read(".codex/accounts/1/auth.json") ?? "",
      )?.[1];
    assertEquals(await token(), "token-1");
    await accounts.endRun(run, { kind: "login" });
    assertEquals(await token(), "token-1");
    const next = await scene.cli(["list", "--json"]);
    assertEquals(JSON.parse(next.stdout).accounts.length, 1);
    const { stderr: said } = await scene.cli(["label", "1", "ann"]);
    assertMatch(said, /\(account 1\) has the login of codex that an earlier/);
    assertEquals(await token(), "token-2");
    assertEquals(await scene.logins(), {
      "1/auth.json": loginFile("codex", "ann", "token-2"),
      "generations/oauth_creds_1": loginFile("codex", "ann", "token-1"),
    });
    const [account] = await accounts.listAccounts();
    assertEquals(account?.blocked, undefined);
  });
}

Deno.test("login of codex without a browser asks for a code", async () => {
  await using scene = await loginScene("codex");
  await scene.cli(["login", "--no-browser"], { code: 1 });
  assertMatch(await scene.read("args") ?? "", / login --device-auth\n$/);
});

Deno.test("login of claude replaces the login that plain claude uses, and nothing else there", async () => {
  const old = loginFile("claude", "ann", "token-1")
    .replace(/}$/, ',"mcpOAuth":{"server":"s"}}');
  await using scene = await loginScene("claude", { plain: old });
  await scene.cli(["add", "--plain-login"]);
  const file = loginFile("claude", "ann", "token-2");
  const { code } = await scene.cli(["login", "1"], { login: file });
  assertEquals(code, 0);
  assertEquals(
    JSON.parse(await scene.read(".claude/.credentials.json") ?? ""),
    { ...JSON.parse(file), mcpOAuth: { server: "s" } },
  );
  assertEquals(await scene.logins(), {
    "generations/oauth_creds_1": loginFile("claude", "ann", "token-1"),
  });
});

/** Waits until a process has ended. */
async function ended(pid: number): Promise<void> {
  await until("the agent has ended", () => {
    try {
      Deno.kill(pid, "SIGCONT");
      return false;
    } catch {
      return true;
    }
  });
}
