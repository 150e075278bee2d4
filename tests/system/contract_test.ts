/**
 * Compares Bun with Deno; the other tests of this folder check that Deno is
 * right.
 *
 * @module
 */

import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { CASES } from "../fixtures/runtime_contract.ts";
import {
  fixtureCommand,
  runFixtureWith,
  type TestRuntime,
  testRuntimes,
} from "../support/runtimes.ts";
import { run } from "../support/cli.ts";
import { tempDir } from "../support/temp_dir.ts";
import { testWith } from "../support/needs.ts";
import { spawn } from "../support/deadline.ts";

const terminalTest = await testWith("script");

const [DENO, BUN] = await testRuntimes();
if (!DENO || !BUN) throw new TypeError("Cannot test: a runtime is missing");

const [OF_DENO, OF_BUN] = await Promise.all([DENO, BUN].map(contractOf));

for (const name of Object.keys(CASES)) {
  Deno.test(`${name}, with Bun as with Deno`, () => {
    assertNotEquals(OF_DENO?.get(name), undefined);
    assertEquals(OF_BUN?.get(name), OF_DENO?.get(name));
  });
}

const ZONES = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "America/St_Johns",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "Etc/GMT+5",
  "EST5EDT",
  "Nowhere/Town",
  "../../../etc/localtime",
];

for (const zone of ZONES) {
  Deno.test(`host.utcOffset() with TZ=${zone}, with Bun as with Deno`, async () => {
    await using dir = await tempDir();
    const options = { home: dir.path, env: { TZ: zone } };
    const [ofDeno, ofBun] = await Promise.all(
      [DENO, BUN].map((it) => runFixtureWith(it, "utc_offset.ts", [], options)),
    );
    assertMatch(ofBun?.stdout ?? "", /^(?:-?\d+(?:\.5)? ){32}-?\d+\n$/);
    assertEquals(ofBun?.stdout, ofDeno?.stdout);
  });
}

for (const runtime of [DENO, BUN]) {
  const { name } = runtime;

  Deno.test(`host.onSignal() of ${name} is called when the signal arrives`, async () => {
    const { stdout } = await signal(runtime, "SIGHUP", "listening");
    assertEquals(stdout, "called\nlives\n");
  });

  Deno.test(`host.onSignal() of ${name} keeps a signal ignored that was ignored at the start`, async () => {
    const before = 'trap "" HUP';
    const { stdout } = await signal(runtime, "SIGHUP", "listening", before);
    assertEquals(stdout, "lives\n");
  });

  Deno.test(`files.scratch() of ${name} names the file when the disk is full`, async () => {
    const { stdout } = await limited(runtime, "write_scratch.ts", (limit) => [
      String(limit),
    ]);
    assertMatch(
      stdout,
      /^Cannot write ".*\/account-qwen-.+": file too large\n$/,
    );
  });

  Deno.test(`files.appendLine() of ${name} adds nothing when only a part fits`, async () => {
    await using dir = await tempDir();
    const path = `${dir.path}/log`;
    await Deno.writeTextFile(path, "");
    await Deno.truncate(path, LIMIT - 5);
    await Deno.writeTextFile(path, "\n", { append: true });
    const { stdout } = await limited(runtime, "append_line.ts", () => [
      path,
      "more than four bytes",
    ]);
    assertEquals(stdout, "ENOSPC\n");
    assertEquals((await Deno.stat(path)).size, LIMIT - 4);
  });

  terminalTest(
    `host.hideInput() of ${name} gives keys that are not shown, and Ctrl-C as a signal`,
    async () => {
      await using home = await tempDir();
      const command = fixtureCommand(runtime, "keys.ts", []);
      const line = `stty columns 91 rows 37; exec ${command.join(" ")}`;
      await using child = spawn("script", {
        args: ["-qec", line, "/dev/null"],
        clearEnv: true,
        env: {
          PATH: Deno.env.get("PATH") ?? "",
          HOME: home.path,
          ...runtime.env,
        },
        cwd: home.path,
        stdin: "piped",
        stdout: "piped",
        stderr: "null",
      });
      const keys = child.stdin.getWriter();
      const type = (text: string) => keys.write(new TextEncoder().encode(text));
      const answers: Record<string, string> = {
        "?": "ab",
        "6162": "\r",
        "0d": "\x03",
        "signal": "shown\r",
      };
      let seen = "";
      for await (
        const it of child.stdout.pipeThrough(new TextDecoderStream())
      ) {
        seen += it;
        for (const [said, answer] of Object.entries(answers)) {
          if (!seen.includes(`${said}\r\n`)) continue;
          delete answers[said];
          await type(answer);
        }
      }
      await keys.close();
      assertEquals((await child.status).code, 0);
      assertEquals(
        seen.slice(seen.indexOf("91x")), // Deno clears the line first
        "91x37 true,true,true\r\n?\r\n6162\r\n0d\r\nsignal\r\nshown\r\n",
      );
    },
  );
}

/**
 * The offset at which tests write; files of the runtime itself are smaller,
 * bytes.
 */
const LIMIT = 2 ** 31;

/** Runs a fixture with a limit on the size of files. */
async function limited(
  runtime: TestRuntime,
  name: string,
  argsFor: (limit: number) => string[],
) {
  await using home = await tempDir();
  return await runFixtureWith(runtime, name, argsFor(LIMIT), {
    home: home.path,
    before: `trap "" XFSZ; ulimit -f ${LIMIT / 512}`,
  });
}

async function signal(
  runtime: TestRuntime,
  name: string,
  how: string,
  before?: string,
) {
  await using home = await tempDir();
  return await runFixtureWith(runtime, "own_signals.ts", [name, how], {
    home: home.path,
    ...(before === undefined ? {} : { before }),
  });
}

/** Runs every case; returns the results by name. */
async function contractOf(runtime: TestRuntime): Promise<Map<string, unknown>> {
  await using home = await tempDir();
  for (const name of ["root", "tmp"]) await Deno.mkdir(`${home.path}/${name}`);
  const root = await Deno.realPath(`${home.path}/root`);
  const [program = "", ...args] = fixtureCommand(
    runtime,
    "runtime_contract.ts",
    [root],
  );
  const { code, stdout, stderr } = await run(program, args, {
    home: home.path,
    cwd: root,
    env: {
      ...runtime.env,
      MARK: "mark",
      HOME: "/no/home",
      TMPDIR: `${home.path}/tmp`,
    },
    stdin: "y".repeat(200_000),
  });
  assertEquals(code, 0, stderr.slice(0, 1_000));
  return new Map(stdout.trim().split("\n").map((line) => JSON.parse(line)));
}
