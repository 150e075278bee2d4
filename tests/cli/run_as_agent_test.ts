import { assertEquals, assertStringIncludes } from "@std/assert";
import { CHECKOUT } from "../support/checkout.ts";
import {
  run,
  runCli,
  type RunOptions,
  type RunResult,
} from "../support/cli.ts";
import { denoEnv } from "../support/deno_env.ts";
import {
  answers,
  FAKE_QWEN,
  fakeHome,
  OUT_OF_QUOTA,
} from "../support/fake_qwen.ts";
import { tempDir } from "../support/temp_dir.ts";
import { spawn } from "../support/deadline.ts";
import { lineReader } from "../process/programs.ts";

const SHIMS = ".local/share/account-qwen/shims";

/** Prints its arguments and its stdin, and exits with a code of its own. */
const PRINTS = 'printf "%s|" "$@"; cat; echo said >&2; exit 7';

/** Puts the shim, and a `qwen` that runs `script`, on the `PATH` of a home. */
async function installShim(path: string, script?: string) {
  await Deno.mkdir(`${path}/bin`);
  const real = `${path}/bin/qwen`;
  if (script === undefined) await Deno.symlink(FAKE_QWEN, real);
  else {
    await Deno.writeTextFile(real, `#!/bin/sh\n${script}\n`);
    await Deno.chmod(real, 0o755);
  }
  const PATH = `${path}/bin:${Deno.env.get("PATH")}`;
  const { code } = await runCli(["shim", "install"], { home: path });
  assertEquals(code, 0);
  // As in runCli(): otherwise Deno could ask npm for packages that it has.
  const shim = `${path}/${SHIMS}/qwen`;
  const text = await Deno.readTextFile(shim);
  await Deno.writeTextFile(
    shim,
    text.replace("'run'", "'run' '--cached-only'"),
  );
  return {
    PATH: `${path}/${SHIMS}:${PATH}`,
    ...await denoEnv(),
  };
}

async function qwen(
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  return await run(`${options.home}/${SHIMS}/qwen`, args, options);
}

const UNTOUCHED: string[][] = [
  ["--version"],
  ["-v"],
  ["--help"],
  ["auth", "qwen-oauth"],
  ["mcp", "list"],
  ["--debug", "mcp", "list"],
  ["-m", "some", "extensions", "install", "--source=a b"],
];

for (const args of UNTOUCHED) {
  Deno.test(`qwen ${args.join(" ")} passes through the shim unchanged`, async () => {
    await using home = await fakeHome({ 1: answers("no") });
    const env = await installShim(home.path, PRINTS);
    const stdin = "some input";
    const { code, stdout, stderr } = await qwen(args, {
      home: home.path,
      env,
      stdin,
    });
    assertEquals({ code, stdout, stderr }, {
      code: 7,
      stdout: `${args.join("|")}|${stdin}`,
      stderr: "said\n",
    });
  });
}

Deno.test("qwen runs normally through the shim when no account is set up", async () => {
  await using home = await tempDir();
  const env = await installShim(home.path, PRINTS);
  const { code, stdout, stderr } = await qwen(["hello", "-y"], {
    home: home.path,
    env,
  });
  assertEquals({ code, stdout, stderr }, {
    code: 7,
    stdout: "hello|-y|",
    stderr: "said\n",
  });
});

Deno.test("qwen through the shim continues with the next account", async () => {
  await using home = await fakeHome({ 1: OUT_OF_QUOTA, 2: answers("Paris") });
  const env = await installShim(home.path);
  const { code, stdout } = await qwen(["hello"], { home: home.path, env });
  assertEquals({ code, stdout }, { code: 0, stdout: "Paris" });
  assertEquals(await home.asked(), [1, 2]);
});

Deno.test("exec does not start the shim that is ahead on the PATH", async () => {
  await using home = await fakeHome({
    1: 'tr "\\0" " " </proc/$PPID/cmdline',
  });
  const env = await installShim(home.path);
  const { stdout } = await runCli(["exec", "--", "hello"], {
    home: home.path,
    env,
  });
  assertStringIncludes(stdout, "exec -- hello");
});

for (const inner of ["qwen inner", "account-qwen exec -- inner"]) {
  Deno.test(`${inner} within a run does not rotate a second time`, async () => {
    await using home = await fakeHome({
      1: `case "$*" in
            *inner) ${OUT_OF_QUOTA} ;;
            *) ${inner} >&2; echo "inner ended with $?" >&2; printf outer ;;
          esac`,
      2: answers("no"),
    });
    const env = await installShim(home.path);
    await installAccountQwen(`${home.path}/bin`);
    const { code, stdout, stderr } = await qwen(["hello"], {
      home: home.path,
      env,
    });
    assertEquals({ code, stdout }, { code: 0, stdout: "outer" });
    assertEquals(await home.asked(), [1, 1]);
    assertEquals(await home.link(), "accounts/oauth_creds_1.json");
    const expected = inner.startsWith("qwen") ? 1 : 75;
    assertStringIncludes(stderr, `inner ended with ${expected}\n`);
  });
}

Deno.test("account-qwen acts as the shim when it is called qwen", async () => {
  await using home = await fakeHome({ 1: answers("Paris") });
  const env = await installShim(home.path);
  const script = 'exec -a qwen "$@"';
  const program = [Deno.execPath(), "run", "--cached-only", "-A"];
  const call = (args: readonly string[]) =>
    run(
      "bash",
      ["-c", script, "bash", ...program, `${CHECKOUT}/main.ts`, ...args],
      { home: home.path, env },
    );
  const { stdout } = await call(["--list"]);
  assertEquals(stdout, "Paris");
  assertEquals(await home.asked(), [1]);
});

Deno.test("qwen through the shim is not found when there is no other", async () => {
  await using home = await tempDir();
  const { DENO_DIR } = await installShim(home.path, PRINTS);
  const env = { DENO_DIR, PATH: `${home.path}/${SHIMS}:/bin` };
  const { code, stderr } = await qwen(["hello"], { home: home.path, env });
  assertEquals(code, 127);
  assertStringIncludes(stderr, "npm install -g @qwen-code/qwen-code");
});

Deno.test("a qwen script that starts account-qwen does not loop", async () => {
  await using home = await tempDir();
  const env = await installShim(home.path, `exec "$HOME/${SHIMS}/qwen" "$@"`);
  const { code, stderr } = await qwen(["hello"], { home: home.path, env });
  assertEquals(code, 1);
  assertStringIncludes(stderr, "the one on the PATH starts account-qwen again");
});

Deno.test("qwen --acp answers line by line through the shim", async () => {
  await using home = await fakeHome({
    1: 'while read -r line; do echo "got $line"; done',
  });
  const env = await installShim(home.path);
  const child = spawn(`${home.path}/${SHIMS}/qwen`, {
    args: ["--acp"],
    clearEnv: true,
    env: { ...env, HOME: home.path },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  });
  const keys = child.stdin.getWriter();
  const output = lineReader(child.stdout);
  for (const line of ["one", "two"]) {
    await keys.write(new TextEncoder().encode(`${line}\n`));
    assertEquals(await output.next(), `got ${line}`);
  }
  await keys.close();
  assertEquals(await output.next(), "");
  assertEquals((await child.status).code, 0);
});

async function installAccountQwen(folder: string): Promise<void> {
  const main =
    `'${Deno.execPath()}' run --cached-only -A '${CHECKOUT}/main.ts'`;
  const path = `${folder}/account-qwen`;
  await Deno.writeTextFile(path, `#!/bin/sh\nexec ${main} "$@"\n`);
  await Deno.chmod(path, 0o755);
}
