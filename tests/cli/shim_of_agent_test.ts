import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { writeAlias } from "../../lib/cli/shim/shim_file.ts";
import { namesIn } from "../support/account_folder.ts";
import { CHECKOUT } from "../support/checkout.ts";
import { run } from "../support/cli.ts";
import { denoEnv } from "../support/deno_env.ts";
import { exists } from "../support/exists.ts";
import { tempDir } from "../support/temp_dir.ts";
import { addKey, call } from "./more_agents.ts";

/** Installs the shim of `nest`, whose real program is on the `PATH`. */
async function installed() {
  const home = await tempDir();
  const { path } = home;
  const shims = `${path}/.local/share/account-qwen/shims`;
  await Deno.mkdir(`${path}/bin`);
  await Deno.symlink(
    `${CHECKOUT}/tests/agents/tiny/tiny.sh`,
    `${path}/bin/nest`,
  );
  await addKey("nest", path);
  const env = {
    PATH: `${shims}:${path}/bin:${Deno.env.get("PATH")}`,
    SHELL: "/bin/bash",
    ...await denoEnv(),
  };
  const { code, stdout, stderr } = await call(
    ["shim", "install", "--cli", "nest"],
    { home: path, env },
  );
  assertEquals(code, 0, stderr);
  return {
    path,
    shims,
    env,
    stdout,
    [Symbol.asyncDispose]: home[Symbol.asyncDispose].bind(home),
  };
}

Deno.test("shim install --cli nest makes a nest and an account-nest", async () => {
  await using home = await installed();
  assertEquals(await namesIn(home.shims), ["account-nest", "nest"]);
  assertStringIncludes(
    home.stdout,
    `account-nest is installed: ${home.shims}/account-nest\n`,
  );
});

Deno.test("the shim of an agent runs that agent, whatever the environment chooses", async () => {
  await using home = await installed();
  const { code, stdout, stderr } = await run("nest", ["--ask=Hi"], {
    home: home.path,
    env: { ...home.env, ACCOUNT_QWEN_CLI: "tiny" },
  });
  assertEquals(code, 0, stderr);
  assertMatch(stdout, /: Hi\n$/); // with the key of the run, at the gateway
});

Deno.test("account-nest works with the accounts of nest", async () => {
  await using home = await installed();
  const { code, stdout, stderr } = await run(
    "account-nest",
    ["list", "--json"],
    { home: home.path, env: home.env },
  );
  assertEquals(code, 0, stderr);
  assertEquals(JSON.parse(stdout).accounts.length, 1);
});

Deno.test("shim status --cli nest shows both", async () => {
  await using home = await installed();
  const look = (...args: string[]) =>
    call(["shim", "status", "--cli", "nest", ...args], {
      home: home.path,
      env: home.env,
    });
  const text = await look();
  assertEquals(text.code, 0, text.stderr);
  assertStringIncludes(text.stdout, `${home.shims}/account-nest (installed)`);
  const { alias, alias_state, state } = JSON.parse(
    (await look("--json")).stdout,
  );
  assertEquals([alias, alias_state, state], [
    `${home.shims}/account-nest`,
    "installed",
    "installed",
  ]);
});

for (
  const args of [["shim", "remove", "--cli", "nest"], ["uninstall", "--yes"]]
) {
  Deno.test(`${args.join(" ")} removes both`, async () => {
    await using home = await installed();
    const { code, stderr } = await call(args, {
      home: home.path,
      env: home.env,
    });
    assertEquals(code, 0, stderr);
    assertEquals(await exists(home.shims), false);
  });
}

Deno.test("writeAlias() makes a link when one word starts the program", async () => {
  await using dir = await tempDir();
  const program = `${dir.path}/account-qwen`;
  await Deno.writeTextFile(program, "");
  const path = `${dir.path}/bin/account-nest`;
  await writeAlias(path, [program]);
  assertEquals(await Deno.readLink(path), program);
});
