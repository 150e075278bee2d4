/**
 * The same cases with each form of `account-qwen`: the sources, the bundle with
 * two runtimes, and the binary.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { run } from "../support/cli.ts";
import { FAKE_QWEN, fakeHome, OUT_OF_QUOTA } from "../support/fake_qwen.ts";
import { makePrograms } from "../support/programs.ts";
import { linkTo, PROGRAM_CASES } from "./program_cases.ts";

const programs = await makePrograms();
globalThis.addEventListener("unload", () => programs[Symbol.dispose]());

for (const [program, command] of Object.entries(programs.commands)) {
  for (const [what, test] of Object.entries(PROGRAM_CASES)) {
    Deno.test(`${program} ${what}`, () => test(command));
  }
}

Deno.test("the binary acts as qwen through a link ahead on the PATH, even within a run", async () => {
  await using home = await fakeHome({
    1: OUT_OF_QUOTA,
    2: `case "$*" in *inner) printf in ;; *) qwen inner; printf out ;; esac`,
  });
  const real = await linkTo(FAKE_QWEN, `${home.path}/real`);
  const [binary = ""] = programs.commands["the binary"] ?? [];
  const ours = await linkTo(binary, `${home.path}/ours`);
  const PATH = `${ours}:${real}:${Deno.env.get("PATH")}`;
  const options = { home: home.path, env: { PATH } };
  const version = await run("qwen", ["--version"], options);
  assertEquals(version.code, 1, "of the fake, with account 1");
  const { code, stdout, stderr } = await run("qwen", ["hello"], options);
  assertEquals({ code, stdout }, { code: 0, stdout: "inout" }, stderr);
  assertEquals(await home.asked(), [1, 1, 2, 2]);
});

Deno.test("the binary names itself as the user has called it", async () => {
  await using home = await fakeHome({});
  const [binary = ""] = programs.commands["the binary"] ?? [];
  const renamed = `${home.path}/rotate`;
  await Deno.symlink(binary, renamed);
  const options = { home: home.path };
  const { code, stderr } = await run(renamed, ["switch", "1"], options);
  assertEquals(code, 2, stderr);
  assertMatch(stderr, /^rotate: hint: rotate setup$/m);
  assertEquals(stderr.includes("account-qwen"), false, stderr);
  const { stdout } = await run(renamed, ["switch", "--help"], options);
  assertMatch(stdout, /^Usage: rotate switch /m);
  assertMatch(stdout, /^ {2}rotate switch work$/m);
});
