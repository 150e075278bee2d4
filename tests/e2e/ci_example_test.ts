import { assert, assertEquals, assertMatch } from "@std/assert";
import { writeKeySlot } from "../support/account_folder.ts";
import { CHECKOUT } from "../support/checkout.ts";
import { run, type RunResult } from "../support/cli.ts";
import { denoEnv } from "../support/deno_env.ts";
import {
  FAKE_QWEN,
  type FakeHome,
  fakeHome,
  OUT_OF_QUOTA,
} from "../support/fake_qwen.ts";

const SCRIPT = `${CHECKOUT}/scripts/examples/ci.ts`;

Deno.test("scripts/examples/ci.ts prints an answer with the permissions of its first line", async () => {
  await using home = await fakeHome({
    1: OUT_OF_QUOTA,
    2: 'cat >/dev/null; printf "one line"',
  });
  await Deno.mkdir(`${home.path}/bin`);
  await Deno.symlink(FAKE_QWEN, `${home.path}/bin/qwen`);
  await Deno.symlink(Deno.execPath(), `${home.path}/bin/deno`);
  const { code, stdout, stderr } = await runHere(home, SCRIPT);
  assertEquals({ code, stdout }, { code: 0, stdout: "one line\n" }, stderr);
  assertEquals(await home.asked(), [1, 2]);
  assertEquals(await home.link(), "accounts/oauth_creds_2.json");
});

Deno.test("scripts/examples/ci.ts may serve the gateway of an account with a key", async () => {
  await using home = await fakeHome({});
  await Deno.mkdir(`${home.dir}/accounts`, { recursive: true });
  await writeKeySlot(home.dir, 1);
  await Deno.mkdir(`${home.path}/bin`);
  await Deno.writeTextFile(
    `${home.path}/bin/qwen`,
    '#!/bin/sh\ncat >/dev/null\nprintf %s "$OPENAI_BASE_URL"\n',
    { mode: 0o755 },
  );
  const { code, stdout, stderr } = await runHere(home, SCRIPT);
  assertEquals(code, 0, stderr);
  assertMatch(stdout, /^http:\/\/127\.0\.0\.1:\d+\//);
});

Deno.test("scripts/examples/ci.ts asks about a change of 400 KiB", async () => {
  await using home = await fakeHome({
    1: 'printf "%s arguments, " $#; wc -c | tr -d " "',
  });
  await Deno.mkdir(`${home.path}/bin`);
  await Deno.symlink(FAKE_QWEN, `${home.path}/bin/qwen`);
  await Deno.symlink(Deno.execPath(), `${home.path}/bin/deno`);
  const change = "é".repeat(204_800);
  const { stdout, stderr } = await runHere(home, SCRIPT, { stdin: change });
  const [, bytes] = /^0 arguments, (\d+)$/m.exec(stdout) ?? [];
  assert(Number(bytes) > 409_600, `${stdout}${stderr}`);
});

for (const name of ["env", "read", "write", "run", "sys"]) {
  Deno.test(`scripts/examples/ci.ts needs the permission ${name}`, async () => {
    await using home = await fakeHome({ 1: 'printf "one line"' });
    await Deno.mkdir(`${home.path}/bin`);
    await Deno.symlink(FAKE_QWEN, `${home.path}/bin/qwen`);
    const [line = ""] = (await Deno.readTextFile(SCRIPT)).split("\n");
    const flags = line.split(" run ")[1]?.split(" ") ?? [];
    const fewer = flags.filter((it) => !it.startsWith(`--allow-${name}`));
    assertEquals(fewer.length, flags.length - 1);
    const args = ["run", "--cached-only", ...fewer, SCRIPT];
    const { stdout } = await runHere(home, Deno.execPath(), { args });
    assertEquals(stdout.includes("one line"), false, "is not needed");
  });
}

/** Runs a program in the checkout, with the programs of the home and a change. */
async function runHere(
  { path }: FakeHome,
  program: string,
  { args = [], stdin = "the change\n" }: {
    args?: readonly string[];
    stdin?: string;
  } = {},
): Promise<RunResult> {
  const PATH = `${path}/bin:${Deno.env.get("PATH")}`;
  return await run(program, args, {
    home: path,
    cwd: CHECKOUT,
    env: { PATH, ...await denoEnv() },
    stdin,
  });
}
