/**
 * The output of a Deno that has no packages yet: that of `account-qwen`, and
 * nothing about downloads from npm.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { CHECKOUT } from "../support/checkout.ts";
import { run, type RunResult } from "../support/cli.ts";
import { tempDir } from "../support/temp_dir.ts";

const LIST = "no accounts yet: account-qwen setup\n";

Deno.test("the alias of the README says nothing about downloads", async () => {
  const readme = await Deno.readTextFile(`${CHECKOUT}/README.md`);
  const [alias] = readme.match(/^alias account-qwen=.*$/m) ?? [];
  assert(alias);
  await using home = await tempDir();
  const script = `shopt -s expand_aliases\n${alias}\naccount-qwen list`;
  assertIsQuiet(await runFresh(home.path, "bash", ["-c", script]));
});

Deno.test("the command of the README installs a program that says nothing about downloads", async () => {
  const readme = await Deno.readTextFile(`${CHECKOUT}/README.md`);
  const [, command = ""] = readme.match(/^(deno install .* main\.ts)/m) ?? [];
  assert(command);
  await using home = await tempDir();
  const script = `${command} >&2 && .deno/bin/account-qwen list`
    .replace("--config ", `--root "$HOME/.deno" --config `)
    .replace("&& ", '&& "$HOME"/');
  assertIsQuiet(await runFresh(home.path, "sh", ["-c", script]));
});

Deno.test("the shim says nothing about downloads", async () => {
  await using home = await tempDir();
  const main = [Deno.execPath(), "run", "-qA", `${CHECKOUT}/main.ts`];
  const script = `"$@" shim install --into "$HOME/shims" >&2
    rm -rf "$DENO_DIR"; "$HOME"/shims/qwen --version`;
  const { code, stdout, stderr } = await runFresh(home.path, "sh", [
    ...["-c", script, "sh"],
    ...main,
  ]);
  assertEquals({ code, stdout }, { code: 127, stdout: "" });
  assertStringIncludes(stderr, 'Cannot run "qwen": there is no such program');
  assertEquals(stderr.includes("Download"), false, stderr);
});

Deno.test("the demo says nothing about downloads of Deno", async () => {
  await using home = await tempDir();
  const readme = await Deno.readTextFile(`${CHECKOUT}/README.md`);
  const [, args = ""] = readme.match(/npx -y deno@\S+ (task.* demo)/) ?? [];
  const { code, stdout, stderr } = await runFresh(home.path, "sh", [
    ...["-c", `deno ${args} --stand-in`],
  ]);
  assertEquals(code, 0, stderr);
  assertEquals(stdout.includes("The capital of France is Paris."), true);
  assertEquals(stderr.includes("Download"), false, stderr);
  assertEquals(stdout.includes("Download"), false, stdout);
});

function assertIsQuiet({ code, stdout, stderr }: RunResult): void {
  assertEquals({ code, stdout, stderr }, { code: 0, stdout: LIST, stderr: "" });
}

/** Runs a program in the checkout, with a Deno whose cache is empty. */
async function runFresh(
  home: string,
  program: string,
  args: readonly string[],
): Promise<RunResult> {
  const folder = Deno.execPath().replace(/\/[^/]*$/, "");
  return await run(program, args, {
    home,
    cwd: CHECKOUT,
    env: {
      ...Deno.env.toObject(), // says how to reach npm, by which proxy
      HOME: home,
      PATH: `${folder}:${Deno.env.get("PATH")}`,
      DENO_DIR: `${home}/deno`,
    },
  });
}
