import { assertEquals } from "@std/assert";
import { accountQwen, type RunResult } from "../support/cli.ts";
import { coveredDenoEnv } from "../support/deno_env.ts";
import { answers, FAKE_QWEN, fakeHome } from "../support/fake_qwen.ts";
import { runInNamespace } from "../support/namespace.ts";
import { testWith } from "../support/needs.ts";
import { fixtureCommand, testRuntimes } from "../support/runtimes.ts";
import { tempDir } from "../support/temp_dir.ts";

/**
 * Becomes the program in a system whose user database is `$1`. The real one
 * would lead to the home of the person who runs the tests.
 */
const ENTER = `mount --bind "$1" /etc/passwd || exit 99
  if [ "$2" = unset ]; then unset HOME; else HOME=; fi
  shift 2
  exec "$@"`;

/** Runs a program in such a system, where root's home is `home`. */
async function runWithoutHome(
  command: readonly string[],
  { home, how, env }: {
    home: string;
    how: string;
    env?: Readonly<Record<string, string>>;
  },
): Promise<RunResult> {
  await using dir = await tempDir();
  const passwd = `${dir.path}/passwd`;
  await Deno.writeTextFile(passwd, `root:x:0:0:root:${home}:/bin/sh\n`);
  return await runInNamespace(ENTER, [passwd, how, ...command], {
    home: dir.path,
    env: { ...await coveredDenoEnv(), ...env },
  });
}

const test = await testWith("namespace");

for (const how of ["unset", "empty"]) {
  for (const { name, command, env } of await testRuntimes()) {
    test(
      `the home comes from the user database when HOME is ${how}, with ${name}`,
      async () => {
        const fixture = fixtureCommand(
          { name, command, env },
          "print_home.ts",
          [],
        );
        const options = { home: "/somewhere", how, env };
        const { stdout, stderr } = await runWithoutHome(fixture, options);
        assertEquals(stdout, "/somewhere /somewhere\n", stderr);
      },
    );
  }

  test(
    `exec finds the accounts of the user database when HOME is ${how}`,
    async () => {
      await using home = await fakeHome({ 1: answers("from 1") });
      const args = ["exec", "--bin", FAKE_QWEN, "--", "hello"];
      const { code, stdout, stderr } = await runWithoutHome(
        [...accountQwen(), ...args],
        { home: home.path, how },
      );
      assertEquals({ code, stdout }, { code: 0, stdout: "from 1" }, stderr);
    },
  );
}
