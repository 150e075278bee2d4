import { assertEquals, assertStringIncludes } from "@std/assert";
import { runCli, type RunResult } from "../support/cli.ts";
import { FAKE_QWEN, type FakeHome, fakeHome } from "../support/fake_qwen.ts";

/** Clears the screen, in seven and in eight bits, and changes the direction. */
const EVIL = "\x1b[2J\x9b2J\u202e";

// deno-lint-ignore no-control-regex
const CONTROLS = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/;

const HEAD = "current_index: 1\ntotal_accounts: 2\nswitches_total: 3\n";

interface Source {
  /** Puts the characters there. */
  plant: (home: FakeHome) => Promise<unknown>;
  /** The command that reads them. */
  commands: string[][];
}

const SOURCES: Record<string, Source> = {
  "the reason of a block": {
    plant: (home) =>
      writeState(home, `accounts: {account2: {blocked: ${quoted()}}}`),
    commands: [["list"], ["doctor"]],
  },
  "the time of the last switch": {
    plant: (home) => writeState(home, `last_switch: ${quoted()}`),
    commands: [["stats"], ["doctor"]],
  },
  "the version of the state": {
    plant: (home) => writeState(home, `version: ${quoted()}`),
    commands: [["list"], ["switch", "2"]],
  },
  "a tag of the state": {
    plant: (home) => writeState(home, `label: !${EVIL} 1`),
    commands: [["list"], ["switch", "2"]],
  },
  "an alias of the state": {
    plant: (home) => writeState(home, "label: *\u009b2J"),
    commands: [["list"], ["switch", "2"]],
  },
  "an unknown key of the settings": {
    plant: (home) =>
      Deno.writeTextFile(`${home.dir}/account-qwen.yaml`, `${quoted()}: 1`),
    commands: [["exec", "--bin", FAKE_QWEN, "--", "hello"]],
  },
  "a name in the stash": {
    plant: async (home) => {
      const stash = `${home.dir}/accounts/stash`;
      await Deno.mkdir(stash, { mode: 0o700 });
      await Deno.copyFile(home.slot(2), `${stash}/${EVIL}.json`);
    },
    commands: [["doctor"], ["doctor", "--fix"]],
  },
  "a temporary name": {
    plant: (home) =>
      Deno.writeTextFile(`${home.dir}/.${EVIL}.0123456789abcdef.tmp`, ""),
    commands: [["doctor"], ["switch", "2"]],
  },
  "the version of qwen": {
    plant: (home) => writePlay(home, `echo '1.2.3${EVIL}'`),
    commands: [["doctor", "--bin", FAKE_QWEN]],
  },
  "an error of qwen": {
    plant: (home) =>
      writePlay(
        home,
        `echo '[API Error: 429 ${EVIL} quota exceeded]' >&2; exit 1`,
      ),
    commands: [["exec", "--bin", FAKE_QWEN, "--", "hello"]],
  },
  "a word of the command line": {
    plant: () => Promise.resolve(),
    commands: [["switch", EVIL], [EVIL], ["restore", "1", "--stash", EVIL]],
  },
};

for (const [what, { plant, commands }] of Object.entries(SOURCES)) {
  for (const args of commands) {
    const command = args.map((it) => it === EVIL ? "..." : it).join(" ")
      .replace(FAKE_QWEN, "qwen");
    Deno.test(`${command} shows no control characters of ${what}`, async () => {
      await using home = await fakeHome({ 1: "exit 9", 2: "exit 9" });
      await plant(home);
      const { stdout, stderr } = await runCli(args, { home: home.path });
      assertEquals(CONTROLS.exec(stdout + stderr)?.[0], undefined);
      const log = await Deno.readTextFile(`${home.dir}/rotation.log`)
        .catch(() => "");
      assertEquals(CONTROLS.exec(log)?.[0], undefined);
    });
  }
}

for (const args of [["list"], ["doctor"], ["switch", "2"], ["stats"]]) {
  Deno.test(`${args.join(" ")} begins no line with a value that has a line break`, async () => {
    await using home = await fakeHome({ 1: "exit 9", 2: "exit 9" });
    const forged = '"x\\nFORGED"';
    await writeState(
      home,
      `last_switch: ${forged}\naccounts: {account2: {blocked: ${forged}}}`,
    );
    const { stdout, stderr } = await runCli(args, { home: home.path });
    assertEquals(/^FORGED/m.test(stdout + stderr), false);
  });
}

Deno.test("exec does not change the control characters of an answer", async () => {
  await using home = await fakeHome({ 1: `printf '${EVIL}Paris'` });
  const { stdout }: RunResult = await runCli(
    ["exec", "--bin", FAKE_QWEN, "--", "hello"],
    { home: home.path },
  );
  assertStringIncludes(stdout, `${EVIL}Paris`);
});

function quoted(): string {
  return '"\\e[2J\\x9b2J\\u202e"';
}

async function writeState({ dir }: FakeHome, line: string): Promise<void> {
  const path = `${dir}/state.yaml`;
  await Deno.writeTextFile(path, `${HEAD}${line}\n`, { mode: 0o600 });
}

async function writePlay({ path }: FakeHome, script: string): Promise<void> {
  for (const account of ["1", "2"]) {
    await Deno.writeTextFile(`${path}/plays/${account}`, script);
  }
}
