import { assert, assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { writeKeySlot } from "../support/account_folder.ts";
import { run, runCli } from "../support/cli.ts";
import { denoEnv } from "../support/deno_env.ts";
import {
  answers,
  FAKE_QWEN,
  fakeHome,
  OUT_OF_QUOTA,
} from "../support/fake_qwen.ts";
import { testHome } from "../support/home.ts";
import { processesOf } from "../support/processes.ts";
import { QUOTA_EXCEEDED_FAST } from "../support/service.ts";
import { setScene } from "../support/scene.ts";
import { tempDir } from "../support/temp_dir.ts";
import { ANSWER, NETWORK_CASES, type ProgramCase } from "./network_cases.ts";

/** The cases for each form of `account-qwen`, by the end of a test's name. */
export const PROGRAM_CASES: Readonly<Record<string, ProgramCase>> = {
  ...NETWORK_CASES,

  async "prints its version"(command) {
    await using home = await tempDir();
    const options = { home: home.path, command };
    const { code, stdout, stderr } = await runCli(["--version"], options);
    const expected = { code: 0, stdout: `${config.version}\n`, stderr: "" };
    assertEquals({ code, stdout, stderr }, expected);
  },

  async "lists the accounts and reads no .env"(command) {
    await using home = await testHome({ accounts: 2, baseUrl: "" });
    const env = "ACCOUNT_QWEN_DIR=/nowhere\nOPENAI_API_KEY=wrong\n";
    await Deno.writeTextFile(`${home.path}/.env`, env);
    const options = { home: home.path, command };
    const { stdout } = await runCli(["list", "--json"], options);
    const { accounts } = JSON.parse(stdout);
    const active = accounts.map((it: { active: boolean }) => it.active);
    assertEquals(active, [true, false]);
  },

  async "adds a login and a key, and makes the next account the active one"(
    command,
  ) {
    await using home = await testHome({ accounts: 1, baseUrl: "" });
    const file = `${home.path}/backup.json`;
    const text = await Deno.readTextFile(home.slot(1));
    await Deno.writeTextFile(file, text.replaceAll("token-1", "token-9"));
    const options = { home: home.path, command };
    const login = await runCli(["add", "--oauth-file", file], options);
    assertEquals(login.code, 0, login.stderr);
    const key = ["add", "--preset=dashscope", "--api-key-stdin"];
    const stdin = "sk-secret-key-of-account-3\n";
    const added = await runCli(key, { ...options, stdin });
    assertEquals(added.code, 0, added.stderr);
    const next = await runCli(["next"], options);
    assertEquals(next.code, 0, next.stderr);
    assertEquals(await home.link(), "accounts/oauth_creds_2.json");
    const { stdout } = await runCli(["list", "--json"], options);
    const { accounts } = JSON.parse(stdout);
    const shown = accounts.map(
      (it: { index: number; active: boolean }) => [it.index, it.active],
    );
    assertEquals(shown, [[1, false], [2, true], [3, false]]);
  },

  async "exits with 2 for a mistake, and names what is similar"(command) {
    await using home = await tempDir();
    const options = { home: home.path, command };
    const { code, stdout, stderr } = await runCli(["lst"], options);
    assertEquals({ code, stdout }, { code: 2, stdout: "" });
    assertMatch(stderr, /Unknown command "lst" \(did you mean "list"\?\)/);
  },

  async "continues with the next account, and holds no lock meanwhile"(
    command,
  ) {
    await using home = await fakeHome({
      1: OUT_OF_QUOTA,
      2: `flock --nonblock "$HOME/.qwen/state.yaml.lock" printf %s "${ANSWER}"`,
    });
    const args = ["exec", "--bin", FAKE_QWEN, "--", "hello"];
    const options = { home: home.path, command };
    const { code, stdout, stderr } = await runCli(args, options);
    assertEquals({ code, stdout }, { code: 0, stdout: ANSWER }, stderr);
    assertMatch(stderr, /account 1 is out of quota.* account 2/);
    assertEquals(await home.asked(), [1, 2]);
    assertEquals(await home.link(), "accounts/oauth_creds_2.json");
  },

  async "passes stdin to the real qwen, with each account"(command) {
    const answer = { answer: ANSWER };
    await using scene = await setScene([QUOTA_EXCEEDED_FAST, answer]);
    const stdin = "line of a file\n".repeat(20_000);
    const { code, stdout, stderr } = await scene.exec(["--", "Which city?"], {
      command,
      stdin,
    });
    assertEquals({ code, stdout }, { code: 0, stdout: ANSWER }, stderr);
    assertEquals(scene.askedAccounts().at(-1), 2);
    for (const { prompt } of scene.service.requests) {
      assert(prompt.includes(stdin.trim()), "all of stdin");
    }
    assertEquals(await processesOf(scene.home.path), []);
  },

  async "passes the key of an account to a program"(command) {
    await using home = await tempDir();
    const dir = `${home.path}/.qwen`;
    await Deno.mkdir(`${dir}/accounts`, { recursive: true, mode: 0o700 });
    await writeKeySlot(dir, 1, "https://provider.invalid/v1");
    const program = `${home.path}/qwen`;
    const script = '#!/bin/sh\nprintf %s "$OPENAI_BASE_URL"\n';
    await Deno.writeTextFile(program, script, { mode: 0o755 });
    const flags = ["--mode=link", "--bin", program];
    const args = ["exec", ...flags, "--", "hello"];
    const { stdout } = await runCli(args, { home: home.path, command });
    assertEquals(stdout, "https://provider.invalid/v1");
  },

  async "exits with 124 when the time is up, and ends all processes"(command) {
    await using home = await fakeHome({ 1: "sleep 60 & sleep 60" });
    const flags = ["--bin", FAKE_QWEN, "--timeout", "1s"];
    const options = { home: home.path, command };
    const { code } = await runCli(["exec", ...flags, "--", "x"], options);
    assertEquals(code, 124);
    assertEquals(await processesOf(home.path), []);
  },

  async "passes a signal on, and exits with its code"(command) {
    await using home = await fakeHome({
      1: 'kill -TERM "$PPID"; sleep 60',
    });
    const args = ["exec", "--bin", FAKE_QWEN, "--", "hello"];
    const options = { home: home.path, command };
    const { code, stdout } = await runCli(args, options);
    assertEquals({ code, stdout }, { code: 143, stdout: "" });
    assertEquals(await processesOf(home.path), []);
  },

  async "acts as qwen by its shim, and reads no .env"(command) {
    await using home = await fakeHome({ 1: OUT_OF_QUOTA, 2: answers(ANSWER) });
    const bin = await linkTo(FAKE_QWEN, `${home.path}/bin`);
    const shims = `${home.path}/shims`;
    const options = { home: home.path, command };
    await runCli(["shim", "install", "--into", shims], options);
    const shim = `${shims}/qwen`;
    // As in runCli(): otherwise Deno could ask npm for packages that it has.
    const text = (await Deno.readTextFile(shim))
      .replace("'run' '--quiet'", "'run' '--cached-only' '--quiet'");
    await Deno.writeTextFile(shim, text);
    await Deno.writeTextFile(`${home.path}/.env`, "ACCOUNT_QWEN_DIR=/nowhere");
    const { code, stdout, stderr } = await run(shim, ["Which city?"], {
      home: home.path,
      env: {
        PATH: `${shims}:${bin}:${Deno.env.get("PATH")}`,
        ...await denoEnv(),
      },
    });
    assertEquals({ code, stdout }, { code: 0, stdout: ANSWER }, stderr);
    assertEquals(await home.asked(), [1, 2]);
  },

  async "ends quietly when nobody reads its output"(command) {
    await using home = await testHome({ accounts: 2, baseUrl: "" });
    const script = '{ "$@"; echo "code $?" >&2; } | true';
    const { stderr } = await run(
      "sh",
      ["-c", script, "sh", ...command, "list"],
      {
        home: home.path,
        env: await denoEnv(),
      },
    );
    assertMatch(stderr, /^code (141|0)\n$/); // 0 where it was quicker
  },
};

/** Makes the link `qwen` in a new folder, and returns the folder. */
export async function linkTo(program: string, folder: string): Promise<string> {
  await Deno.mkdir(folder);
  await Deno.symlink(program, `${folder}/qwen`);
  return folder;
}
