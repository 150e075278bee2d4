/**
 * How the login of the plain agent becomes an account: `add`, `import`, `setup`.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  AGENTS,
  loginFile,
  loginOfNobody,
  loginScene,
  STORES,
} from "../support/login_scene.ts";
import { testWith } from "../support/needs.ts";
import { Typist } from "../support/typist.ts";

const testOnTerminal = await testWith("script");

for (const agent of AGENTS) {
  const { file } = STORES[agent];
  const plain = loginFile(agent, "ann", "token-1");

  Deno.test(`add --plain-login of ${agent} makes the login an account, in one place`, async () => {
    await using scene = await loginScene(agent, { plain });
    const { code, stdout, stderr } = await scene.cli(
      ["add", "--plain-login", "--label", "ann", "--json"],
    );
    assertEquals(code, 0, stderr);
    const { index, label, kind, added } = JSON.parse(stdout);
    assertEquals([index, label, kind, added], [1, "ann", "oauth", true]);
    assertEquals(stderr, "");
    assertEquals(await scene.read(`.${agent}/${file}`), plain);
    const path = `${scene.agentHome}/${file}`;
    if (agent === "codex") {
      assertEquals(await Deno.readLink(path), "accounts/1/auth.json");
      assertEquals(await scene.logins(), { [`1/${file}`]: plain });
    } else {
      assert((await Deno.lstat(path)).isFile);
      assertEquals(await scene.logins(), {});
      assertMatch(
        await scene.read(".claude/accounts/state.yaml") ?? "",
        /^plain: 1$/m,
      );
    }
    const [account] = await scene.accounts();
    assertEquals([account?.active, account?.state], [true, "ready"]);
    const again = await scene.cli(["add", "--plain-login"]);
    assertEquals(
      [again.code, again.stdout],
      [0, "the login of plain " + agent + " is already ann (account 1)\n"],
    );
  });

  Deno.test(`add --plain-login of ${agent} refuses while plain ${agent} is running`, async () => {
    await using scene = await loginScene(agent, { plain });
    {
      await using process = await scene.startPlain();
      for (const args of [["add", "--plain-login"], ["import", "--yes"]]) {
        const { code, stdout, stderr } = await scene.cli(args);
        assertEquals(code, args[0] === "add" ? 75 : 1);
        assertMatch(
          stdout + stderr,
          new RegExp(`plain ${agent} is running \\(process ${process.pid}\\)`),
        );
        assertMatch(stdout + stderr, /end it, or use --force/);
      }
      assertEquals(await scene.accounts(), []);
      const forced = await scene.cli(["import", "--yes", "--force"]);
      assertEquals(forced.code, 0, forced.stderr);
    }
    assertEquals((await scene.accounts()).length, 1);
  });

  Deno.test(`add --plain-login of ${agent} without such a login says how to log in`, async () => {
    await using scene = await loginScene(agent);
    const { code, stderr } = await scene.cli(["add", "--plain-login"]);
    assertEquals([code, stderr], [
      1,
      `account-qwen: error: Cannot use "${scene.agentHome}/${file}" as a ` +
      "credential: it is not there\n" +
      `account-qwen: hint: to log in: account-qwen --cli ${agent} login\n`,
    ]);
  });

  testOnTerminal(
    `setup of ${agent} on a terminal tests no login, which only ${agent} refreshes`,
    async () => {
      await using scene = await loginScene(agent, { plain });
      assertEquals((await scene.cli(["import", "--yes"])).code, 0);
      await using typist = await Typist.start(["--cli", agent, "setup"], {
        home: scene.home,
        env: scene.environment(),
      });
      const ANSWER = "Type a word or its first letter";
      await typist.answer(ANSWER, "test\n");
      await typist.answer("Type key, login,", "");
      await typist.answer(ANSWER, "key\n");
      await typist.answer("Paste the key", "sk-0123456789\n");
      await typist.answer(ANSWER, "url\n");
      await typist.answer("ddress", "http://127.0.0.1:9/v1\n");
      await typist.answer("Model", "m\n");
      await typist.answer("Label", "\n");
      await typist.answer(`${ANSWER} [test]:`, "\n");
      await typist.answer("127.0.0.1:9 cannot be reached", "");
      await typist.answer(`${ANSWER} [done]:`, "\n");
      assertEquals(await typist.end(), 0);
      assert(!typist.seen.includes("Refresh the logins"), typist.seen);
    },
  );

  Deno.test(`import of ${agent} without a terminal adds the login only with --yes`, async () => {
    await using scene = await loginScene(agent, { plain });
    const dry = await scene.cli(["import", "--dry-run"]);
    assertEquals(dry.code, 0);
    assertMatch(
      dry.stdout,
      /^the login.* in ~\/\.\w+\/.*json would be an account\n/,
    );
    const without = await scene.cli(["import"]);
    assertEquals(without.code, 1);
    assertMatch(
      without.stdout,
      new RegExp(
        `is not added yet: account-qwen --cli ${agent} import --yes\n`,
      ),
    );
    const setup = await scene.cli(["setup"]);
    assertEquals(setup.code, 4);
    assertMatch(setup.stdout, /Found, and not added yet:\n {2}the login/);
    assertEquals(await scene.accounts(), []);
    const { code, stdout } = await scene.cli(["import", "--yes"]);
    assertEquals(
      [code, stdout],
      [0, `the login of plain ${agent} is now ${agent} (account 1)\n`],
    );
  });

  Deno.test(`import of ${agent} leaves a login without an owner, and a blanked one, where it is`, async () => {
    const blank = agent === "codex"
      ? loginFile(agent, "ann", "").replace(/("access_token":")[^"]+/, "$1")
      : loginFile(agent, "ann", "x").replaceAll(/sk-ant-o[ar]t01-x/g, "");
    for (
      const [text, problem] of [
        [loginOfNobody(agent), /does not say whose login it is\n/],
        [blank, /has a login that has ended\n/],
      ] as const
    ) {
      await using scene = await loginScene(agent, { plain: text });
      const { code, stdout } = await scene.cli(["import", "--yes"]);
      assertEquals(code, 1);
      assertMatch(stdout, problem);
      assertEquals((await scene.cli(["add", "--plain-login"])).code, 1);
      assertEquals(await scene.read(`.${agent}/${file}`), text);
      assertEquals(await scene.accounts(), []);
    }
  });

  testOnTerminal(
    `setup of ${agent} on a terminal offers the login of plain ${agent}`,
    async () => {
      await using scene = await loginScene(agent, { plain });
      await using typist = await Typist.start(["--cli", agent, "setup"], {
        home: scene.home,
        env: scene.environment({ login: loginFile(agent, "bob", "token-2") }),
      });
      await typist.answer("Found the login", "");
      await typist.answer("Add it as an account? [Y/n]", "\n");
      await typist.answer(`the login of plain ${agent} is now`, "");
      await typist.answer("Label", "ann\n");
      await typist.answer("Type a word or its first letter", "login\n");
      await typist.answer("account 2) is logged in", "");
      await typist.answer("Label", "bob\n");
      await typist.answer("plan logins automatically? [y/N]", "\n");
      await typist.answer("Type a word or its first letter", "done\n");
      assertEquals(await typist.end(), 0);
      const labels = (await scene.accounts()).map((it) => it.label);
      assertEquals(labels, ["ann", "bob"]);
    },
  );

  testOnTerminal(
    `import of ${agent} on a terminal asks about the login`,
    async () => {
      await using scene = await loginScene(agent, { plain });
      for (const answer of ["n", "y"]) {
        await using typist = await Typist.start(["--cli", agent, "import"], {
          home: scene.home,
          env: scene.environment(),
        });
        await typist.answer("Add it as an account? [Y/n]", `${answer}\n`);
        assertEquals(await typist.end(), 0);
        const { length } = await scene.accounts();
        assertEquals(length, answer === "y" ? 1 : 0);
      }
    },
  );
}

Deno.test("import of codex says what to do with a key of plain codex", async () => {
  const plain = '{"auth_mode":"apikey","OPENAI_API_KEY":"sk-proj-0123456789"}';
  await using scene = await loginScene("codex", { plain });
  const { code, stdout, stderr } = await scene.cli(["import", "--yes"]);
  assertEquals(code, 1);
  assertEquals(
    stdout,
    "~/.codex/auth.json has an API key, not a login; to add the key as an " +
      "account: account-qwen --cli codex add --api-key-stdin --preset openai\n",
  );
  assert(!/sk-proj/.test(stdout + stderr));
  assertEquals(await scene.read(".codex/auth.json"), plain);
});
