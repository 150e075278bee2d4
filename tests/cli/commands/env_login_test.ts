/**
 * `env` and `which` for accounts with a login in a folder.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { accountQwen } from "../../support/cli.ts";
import { runInShell } from "../../support/cli_process.ts";
import { loginScene } from "../../support/login_run_scene.ts";

Deno.test("env --cli codex gives plain codex the folder of an account, whose shell still has all accounts", async () => {
  await using scene = await loginScene("codex", { version: "0.171.0" });
  await scene.exec(); // activates account 1
  await Deno.writeTextFile(`${scene.agentHome}/AGENTS.md`, "Speak");
  const script = 'eval "$("$@")"; printf "%s|%s|" "$CODEX_HOME" ' +
    '"${CODEX_API_KEY-none}"; cat "$CODEX_HOME/AGENTS.md"; ' +
    "echo; $ACCOUNT_QWEN --cli codex which; " +
    'eval "$($ACCOUNT_QWEN --cli codex env --unset --shell sh)"; ' +
    'echo "${CODEX_HOME-none}"';
  const { stdout, stderr } = await runInShell(
    script,
    ["--cli", "codex", "env", "2", "--shell", "sh"],
    {
      home: scene.home,
      env: { CODEX_API_KEY: "foreign", ACCOUNT_QWEN: accountQwen().join(" ") },
    },
  );
  assertEquals(
    stdout,
    `${scene.folder(2)}|none|Speak\naccount 1\nnone\n`,
    stderr,
  );
});

Deno.test("which --cli codex says how plain codex uses the login", async () => {
  await using scene = await loginScene("codex", { version: "0.171.0" });
  await scene.exec(); // activates account 1
  const { code, stdout, stderr } = await scene.cli(["which"]);
  assertEquals([code, stdout], [0, "account 1\n"], stderr);
  assertMatch(
    stderr,
    /plain codex does not use this login; .*eval "\$\(.*env 1\)"/,
  );
});
