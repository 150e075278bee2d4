/**
 * The ways to use the package that JSR offers, with a registry on loopback: as
 * a command, as a library, and inside another program.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { bunFor } from "../../scripts/bun_package.ts";
import { targetHere } from "../../scripts/targets.ts";
import { CHECKOUT } from "../support/checkout.ts";
import { run, type RunResult } from "../support/cli.ts";
import {
  answers,
  FAKE_QWEN,
  fakeHome,
  OUT_OF_QUOTA,
} from "../support/fake_qwen.ts";
import { publishToRegistry } from "../support/jsr_registry.ts";
import { tempDir } from "../support/temp_dir.ts";

const NAME = `jsr:${config.name}`;

/** Uses the library, and prints one line. */
const USER_PROGRAM = `
import { QwenWrapper } from "@x/qwen-rotate";
console.log("mine:", typeof QwenWrapper);
`;
const SAYS = { code: 0, stdout: "mine: function\n", stderr: "" };

const registry = await publishToRegistry();
// Empty at first: the first test downloads everything.
const denoDir = await Deno.makeTempDir({ prefix: "account-qwen-test-" });
globalThis.addEventListener("unload", () => {
  Deno.removeSync(denoDir, { recursive: true });
});

const PATH = `${Deno.execPath().replace(/\/[^/]*$/, "")}:${
  Deno.env.get("PATH")
}`;

/** Runs a program that finds Deno, the registry and the downloads. */
function runWithRegistry(
  program: string,
  args: readonly string[],
  options: { home: string; env?: Record<string, string>; stdin?: string },
): Promise<RunResult> {
  const env = { PATH, ...registry.env, DENO_DIR: denoDir, ...options.env };
  return run(program, args, { ...options, env });
}

Deno.test("deno run -qA jsr: runs the command with nothing downloaded before", async () => {
  await using home = await fakeHome({ 1: OUT_OF_QUOTA, 2: answers("Paris") });
  assertEquals(await Array.fromAsync(Deno.readDir(denoDir)), []);
  const { code, stdout, stderr } = await runWithRegistry("deno", [
    ...["run", "-qA", NAME],
    ...["exec", "--bin", FAKE_QWEN, "--", "Which city?"],
  ], { home: home.path });
  assertEquals({ code, stdout }, { code: 0, stdout: "Paris" }, stderr);
  assertMatch(stderr, /^account-qwen: account 1 is out of quota.* account 2/);
  assertEquals(await home.asked(), [1, 2]);
});

for (const path of ["", "/cli"]) {
  Deno.test(`deno run -qA jsr:${config.name}${path} keeps the exit code of a mistake`, async () => {
    await using home = await tempDir();
    const args = ["run", "-qA", `${NAME}${path}`, "lst"];
    const { code, stdout, stderr } = await runWithRegistry("deno", args, {
      home: home.path,
    });
    assertEquals({ code, stdout }, { code: 2, stdout: "" });
    assertMatch(stderr, /^account-qwen: error: /);
  });
}

Deno.test("importing jsr: provides the library and does not start the command", async () => {
  await using home = await userHome();
  const args = ["run", "-qA", "user.ts", "list"];
  const { code, stdout, stderr } = await runWithRegistry("deno", args, home);
  assertEquals({ code, stdout, stderr }, SAYS);
});

for (
  const [name, flags] of [["account-qwen", ["-n", "account-qwen"]], [
    "qwen-rotate",
    [],
  ]] as const
) {
  Deno.test(`deno install -g installs the command ${name}, also for its shim`, async () => {
    await using home = await fakeHome({ 1: OUT_OF_QUOTA, 2: answers("Paris") });
    const options = { home: home.path, env: { SHELL: "/bin/sh" } };
    const args = ["install", "-g", "-qA", ...flags, NAME];
    const installed = await runWithRegistry("deno", args, options);
    assertEquals(installed.code, 0, installed.stderr);
    const program = `${home.path}/.deno/bin/${name}`;
    const version = await runWithRegistry(program, ["--version"], options);
    assertEquals(version.stdout, `${config.version}\n`, version.stderr);

    await Deno.mkdir(`${home.path}/bin`);
    await Deno.symlink(FAKE_QWEN, `${home.path}/bin/qwen`);
    const shims = `${home.path}/shims`;
    const env = { PATH: `${shims}:${home.path}/bin:${PATH}` };
    const into = ["shim", "install", "--into", shims];
    const shim = await runWithRegistry(program, into, { ...options, env });
    assertEquals(shim.code, 0, shim.stderr);
    const { code, stdout, stderr } = await runWithRegistry(
      `${shims}/qwen`,
      ["Which city?"],
      { ...options, env },
    );
    assertEquals({ code, stdout }, { code: 0, stdout: "Paris" }, stderr);
  });
}

Deno.test("scripts/examples/ci.ts is a standalone script that needs no checkout", async () => {
  await using home = await fakeHome({
    1: OUT_OF_QUOTA,
    2: 'cat >/dev/null; printf "one line"',
  });
  await Deno.mkdir(`${home.path}/bin`);
  await Deno.symlink(FAKE_QWEN, `${home.path}/bin/qwen`);
  const script = `${home.path}/ci.ts`;
  await Deno.copyFile(`${CHECKOUT}/scripts/examples/ci.ts`, script);
  const { code, stdout, stderr } = await runWithRegistry(script, [], {
    home: home.path,
    env: { PATH: `${home.path}/bin:${PATH}` },
    stdin: "the change\n",
  });
  assertEquals({ code, stdout }, { code: 0, stdout: "one line\n" }, stderr);
  assertEquals(await home.asked(), [1, 2]);
});

Deno.test("the package contains the program and the library, and nothing else", () => {
  const others = registry.files.filter((it) => !it.startsWith("/lib/"));
  assertEquals(others, [
    "/LICENSE",
    "/README.md",
    "/deno.json",
    "/main.ts",
  ]);
});

/** The bundlers by name, each with the file that it makes. */
const BUNDLERS: Record<string, (home: string) => Promise<string>> = {
  async "deno bundle"(home) {
    await bundleWithDeno(home, ["--output", "out.js", "user.ts"]);
    return "out.js";
  },
  async "deno bundle --code-splitting"(home) {
    const flags = ["--code-splitting", "--outdir", "out"];
    await bundleWithDeno(home, [...flags, "user.ts"]);
    return "out/user.js";
  },
  async "bun build"(home) {
    await bundleWithBun(home, ["--target=bun", "--outfile=out.js"]);
    return "out.js";
  },
  async "bun build --format=cjs"(home) {
    await bundleWithBun(home, [
      "--target=bun",
      "--format=cjs",
      "--outfile=out.cjs",
    ]);
    return "out.cjs";
  },
};

for (const [bundler, bundle] of Object.entries(BUNDLERS)) {
  Deno.test(`a program made by ${bundler} does not start the command`, async () => {
    await using home = await userHome();
    const file = await bundle(home.home);
    const bun = await bunFor(targetHere());
    // Deno cannot run a bundle in Bun's form of CommonJS.
    const runtimes = file.endsWith(".cjs")
      ? [[bun]]
      : [[bun], ["deno", "run", "-A"]];
    for (const [program = "", ...args] of runtimes) {
      const { code, stdout, stderr } = await runWithRegistry(
        program,
        [...args, file, "list"],
        home,
      );
      assertEquals({ code, stdout, stderr }, SAYS, program);
    }
  });
}

Deno.test("a program made by bun build --compile does not start the command", async () => {
  await using home = await userHome();
  await bundleWithBun(home.home, ["--compile", "--outfile=out"]);
  const { code, stdout, stderr } = await run(
    `${home.home}/out`,
    ["list"],
    home,
  );
  assertEquals({ code, stdout, stderr }, SAYS);
});

Deno.test("a bundle whose import.meta.main is true does not start the command", async () => {
  await using home = await userHome();
  // As esbuild writes it in a user's program; the other bundlers write false.
  const output = `${home.home}/out.js`;
  await bundleWithDeno(home.home, ["--output", output, NAME]);
  assert((await Deno.readTextFile(output)).includes("import.meta.main &&"));
  const args = ["run", "-A", output, "list"];
  const { code, stdout, stderr } = await runWithRegistry("deno", args, home);
  assertEquals({ code, stdout, stderr }, { code: 0, stdout: "", stderr: "" });
});

/** Makes a home with a user's program that imports the package by its name. */
async function userHome(): Promise<{ home: string } & AsyncDisposable> {
  const dir = await tempDir();
  const imports = { [config.name]: NAME };
  await Deno.writeTextFile(`${dir.path}/user.ts`, USER_PROGRAM);
  await Deno.writeTextFile(
    `${dir.path}/deno.json`,
    JSON.stringify({ imports }),
  );
  return {
    home: dir.path,
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

async function bundleWithDeno(
  home: string,
  args: readonly string[],
): Promise<void> {
  const bundled = await runWithRegistry("deno", ["bundle", "-q", ...args], {
    home,
  });
  assertEquals(bundled.code, 0, bundled.stderr);
}

/**
 * Bun has no JSR: it gets our sources and the packages that Deno downloaded.
 */
async function bundleWithBun(
  home: string,
  args: readonly string[],
): Promise<void> {
  const { stdout } = await runWithRegistry("deno", [
    ...["info", "--json", NAME],
  ], { home });
  const { npmPackages }: {
    npmPackages: Record<string, { registryUrl: string }>;
  } = JSON.parse(stdout);
  const [{ registryUrl } = { registryUrl: "" }] = Object.values(npmPackages);
  const packages = `${denoDir}/npm/${new URL(registryUrl).host}`;
  const paths = Object.entries(config.imports).map(([name, it]) => [
    name,
    [`${packages}/${it.replace(/^npm:([^@]+)@/, "$1/")}`],
  ]);
  const compilerOptions = {
    paths: {
      ...Object.fromEntries(paths),
      [config.name]: [`${CHECKOUT}/lib/entry.ts`],
    },
  };
  await Deno.writeTextFile(
    `${home}/tsconfig.json`,
    JSON.stringify({ compilerOptions }),
  );
  const bundled = await run(await bunFor(targetHere()), [
    ...["build", "--tsconfig-override=tsconfig.json", ...args, "user.ts"],
  ], { home });
  assertEquals(bundled.code, 0, bundled.stderr);
}
