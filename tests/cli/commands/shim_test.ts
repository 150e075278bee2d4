import { assertEquals, assertStringIncludes } from "@std/assert";
import { shimText } from "../../../lib/cli/shim/shim_file.ts";
import { modeOf, namesIn } from "../../support/account_folder.ts";
import { run, runCli, type RunResult } from "../../support/cli.ts";
import { denoEnv } from "../../support/deno_env.ts";
import { tempDir } from "../../support/temp_dir.ts";

const SHIMS = ".local/share/account-qwen/shims";

/** A home in which the real `qwen` prints how it was called. */
async function homeWithQwen() {
  const home = await tempDir();
  const bin = `${home.path}/bin`;
  await Deno.mkdir(bin);
  await writeProgram(`${bin}/qwen`, 'echo "real $*"; exit 7');
  const path = Deno.env.get("PATH");
  return {
    path: home.path,
    shims: `${home.path}/${SHIMS}`,
    env: {
      PATH: `${bin}:${path}`,
      SHELL: "/bin/bash",
      ...await denoEnv(),
    },
    withShim: { PATH: `${home.path}/${SHIMS}:${bin}:${path}` },
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

type Home = Awaited<ReturnType<typeof homeWithQwen>>;

Deno.test("shim install creates a qwen at the named path and prints the line to add", async () => {
  await using home = await homeWithQwen();
  const { code, stdout, stderr } = await shim(home, "install");
  assertEquals({ code, stdout, stderr }, {
    code: 0,
    stdout: `the shim is installed: ${home.shims}/qwen\n` +
      "put this line at the end of ~/.bashrc and open a new shell:\n" +
      `export PATH='${home.shims}':"$PATH"\n`,
    stderr: "",
  });
  assertEquals(await modeOf(`${home.shims}/qwen`), "0755");
  const line = stdout.trimEnd().split("\n").at(-1) ?? "";
  const found = await run("bash", ["-c", `${line}; type -p qwen`], {
    home: home.path,
    env: home.env,
  });
  assertEquals(found.stdout, `${home.shims}/qwen\n`);
});

Deno.test("shim install changes nothing the second time", async () => {
  await using home = await homeWithQwen();
  await shim(home, "install");
  const before = await Deno.lstat(`${home.shims}/qwen`);
  const { code, stdout } = await shim(home, "install");
  assertEquals(code, 0);
  assertStringIncludes(stdout, "the shim is already installed");
  const after = await Deno.lstat(`${home.shims}/qwen`);
  assertEquals([after.ino, after.mtime], [before.ino, before.mtime]);
});

Deno.test("shim install needs no line when the shim is already what runs as qwen", async () => {
  await using home = await homeWithQwen();
  await shim(home, "install");
  const { stdout } = await shim(home, "install", home.withShim);
  assertStringIncludes(stdout, "qwen now starts the shim");
  assertEquals(stdout.includes("export PATH"), false);
});

Deno.test("shim install replaces an older shim", async () => {
  await using home = await homeWithQwen();
  await Deno.mkdir(home.shims, { recursive: true });
  const older = "# account-qwen shim: an older one\nexit 1";
  await writeProgram(`${home.shims}/qwen`, older);
  const { stdout } = await shim(home, "install");
  assertStringIncludes(stdout, "the shim is installed");
  const text = await Deno.readTextFile(`${home.shims}/qwen`);
  assertStringIncludes(text, "'shim' 'run'");
  assertEquals(await namesIn(home.shims), ["qwen"]);
});

const FOREIGN: Record<string, (path: string) => Promise<void>> = {
  "another program": (path) => writeProgram(path, "echo mine"),
  "a link to another program": (path) => Deno.symlink("../../bin/qwen", path),
  "a broken link": (path) => Deno.symlink("nowhere", path),
  "a folder": (path) => Deno.mkdir(path),
};

for (const [what, put] of Object.entries(FOREIGN)) {
  for (const action of ["install", "remove"]) {
    Deno.test(`shim ${action} leaves ${what} alone`, async () => {
      await using home = await homeWithQwen();
      const folder = `${home.path}/a/b`;
      await Deno.mkdir(folder, { recursive: true });
      await put(`${folder}/qwen`);
      const before = await Deno.lstat(`${folder}/qwen`);
      const { code, stdout, stderr } = await cli(
        home,
        ["shim", action, "--into", folder],
      );
      assertEquals({ code, stdout }, { code: 1, stdout: "" });
      assertStringIncludes(
        stderr,
        `Cannot use "${folder}/qwen": it is not a shim of account-qwen`,
      );
      const after = await Deno.lstat(`${folder}/qwen`);
      assertEquals([after.ino, after.mtime], [before.ino, before.mtime]);
    });
  }
}

Deno.test("shim install says so when there is no qwen to run", async () => {
  await using home = await homeWithQwen();
  await Deno.remove(`${home.path}/bin/qwen`);
  const { code, stderr } = await shim(home, "install", { PATH: "/bin" });
  assertEquals(code, 0);
  assertStringIncludes(stderr, "qwen itself is not found: npm install");
});

Deno.test("shim remove removes the shim and its folder, and says so once", async () => {
  await using home = await homeWithQwen();
  await shim(home, "install");
  const first = await shim(home, "remove");
  const second = await shim(home, "remove");
  assertEquals([first.code, second.code], [0, 0]);
  assertStringIncludes(first.stdout, "removed the shim");
  assertStringIncludes(second.stdout, "there is no shim");
  assertEquals(await namesIn(`${home.path}/.local/share/account-qwen`), []);
});

Deno.test("shim --into accepts a folder with spaces and quotes", async () => {
  await using home = await homeWithQwen();
  const folder = `${home.path}/it's a "folder" $HOME`;
  const { stdout } = await cli(home, ["shim", "install", "--into", folder]);
  const line = stdout.trimEnd().split("\n").at(-1) ?? "";
  const { stdout: found } = await run(
    "bash",
    ["-c", `${line}; qwen --version`],
    { home: home.path, env: home.env },
  );
  assertEquals(found, "real --version\n");
});

Deno.test("shim install uses XDG_DATA_HOME if that is an absolute path", async () => {
  await using home = await homeWithQwen();
  const data = `${home.path}/data`;
  await shim(home, "install", { ...home.env, XDG_DATA_HOME: data });
  assertEquals(await namesIn(`${data}/account-qwen/shims`), ["qwen"]);
  await shim(home, "install", { ...home.env, XDG_DATA_HOME: "relative" });
  assertEquals(await namesIn(home.shims), ["qwen"]);
});

Deno.test("shim status fails until the shim is in use", async () => {
  await using home = await homeWithQwen();
  const seen: unknown[] = [];
  const look = async (env?: Record<string, string>) => {
    const { code, stdout } = await cli(home, ["shim", "status", "--json"], env);
    const { state, in_use, first_on_path, qwen } = JSON.parse(stdout);
    seen.push([code, state, in_use]);
    return { first_on_path, qwen };
  };
  const real = `${home.path}/bin/qwen`;
  assertEquals(await look(), { first_on_path: real, qwen: real });
  await shim(home, "install");
  assertEquals(await look(), { first_on_path: real, qwen: real });
  assertEquals(await look(home.withShim), {
    first_on_path: `${home.shims}/qwen`,
    qwen: real,
  });
  assertEquals(seen, [
    [1, "absent", false],
    [1, "installed", false],
    [0, "installed", true],
  ]);
});

Deno.test("shim shows what to do when account-qwen was moved away", async () => {
  await using home = await homeWithQwen();
  await shim(home, "install");
  const path = `${home.shims}/qwen`;
  const text = await Deno.readTextFile(path);
  const gone = text.replaceAll(/main\.ts|account-qwen\.js/g, "gone.ts");
  await Deno.writeTextFile(path, gone);
  const { code, stderr } = await run(path, [], { home: home.path });
  assertEquals(code, 127);
  assertEquals(
    stderr,
    "account-qwen: error: Cannot run qwen: account-qwen has been moved away\n" +
      `account-qwen: hint: account-qwen shim install, or: rm '${path}'\n`,
  );
});

for (const args of [[], ["stop"], ["install", "more"]]) {
  Deno.test(`shim ${args.join(" ")} is a usage error`, async () => {
    await using home = await homeWithQwen();
    const { code } = await cli(home, ["shim", ...args]);
    assertEquals(code, 2);
  });
}

async function shim(
  home: Home,
  action: string,
  env: Record<string, string> = home.env,
): Promise<RunResult> {
  return await cli(home, ["shim", action], env);
}

async function cli(
  home: Home,
  args: readonly string[],
  env: Record<string, string> = home.env,
): Promise<RunResult> {
  return await runCli(args, { home: home.path, env });
}

async function writeProgram(path: string, script: string): Promise<void> {
  await Deno.writeTextFile(path, `#!/bin/sh\n${script}\n`);
  await Deno.chmod(path, 0o755);
}

Deno.test("shim status fails when the program that the shim starts is gone, and says so", async () => {
  await using home = await homeWithQwen();
  const program = `${home.path}/it's gone`;
  await Deno.writeTextFile(program, "");
  await Deno.mkdir(home.shims, { recursive: true });
  const shim = `${home.shims}/qwen`;
  await Deno.writeTextFile(shim, shimText([program]), { mode: 0o755 });
  const look = () => cli(home, ["shim", "status", "--json"], home.withShim);
  const before = await look();
  assertEquals(before.code, 0, before.stderr);
  await Deno.remove(program);
  const { code, stdout, stderr } = await look();
  assertEquals(code, 1);
  assertEquals(JSON.parse(stdout).missing, program);
  assertStringIncludes(stderr, "which is gone: account-qwen shim install");
});
