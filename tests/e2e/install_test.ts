import { assertEquals, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { CHECKOUT } from "../support/checkout.ts";
import { run } from "../support/cli.ts";
import { denoEnv } from "../support/deno_env.ts";
import { testHome } from "../support/home.ts";

Deno.test("deno install -g installs a program from a checkout, and deno uninstall -g removes it", async () => {
  await using home = await testHome({
    accounts: 2,
    baseUrl: "http://provider.invalid/v1",
  });
  const env = await denoEnv();
  const root = `${home.path}/.deno`;
  const checkout = `${home.path}/a checkout`;
  await Deno.symlink(CHECKOUT, checkout);
  const deno = async (...args: string[]) => {
    const options = { home: home.path, env, cwd: CHECKOUT };
    const { code, stderr } = await run(Deno.execPath(), args, options);
    assertEquals(code, 0, stderr);
  };
  await deno(
    ...["install", "--global", "--allow-all", "--root", root],
    ...["--config", `${checkout}/deno.json`, "--name", "account-qwen"],
    `${checkout}/main.ts`,
  );
  const program = `${root}/bin/account-qwen`;
  const PATH = `${root}/bin:${Deno.execPath().replace(/\/[^/]*$/, "")}:/bin`;
  const options = { home: home.path, env: { ...env, PATH } };
  const version = await run(program, ["--version"], options);
  assertEquals(version.stdout, `${config.version}\n`, version.stderr);
  const list = await run(program, ["list", "--json"], options);
  assertEquals(JSON.parse(list.stdout).accounts.length, 2);
  const upgrade = await run(program, ["upgrade"], options);
  assertStringIncludes(
    upgrade.stdout,
    `  git -C '${checkout}' pull\n  deno install -gfqA -n account-qwen ` +
      `--config '${checkout}/deno.json' '${checkout}/main.ts'\n`,
  );
  const rest = await run(program, ["uninstall"], options);
  assertStringIncludes(rest.stdout, "  deno uninstall -g account-qwen\n");
  await deno("uninstall", "--global", "--root", root, "account-qwen");
  const left = await Array.fromAsync(Deno.readDir(`${root}/bin`));
  assertEquals(left.map((it) => it.name), []);
});
