import { assertEquals, assertMatch } from "@std/assert";
import { VERSION } from "../../lib/cli/version.ts";
import { runCli } from "../support/cli.ts";
import { testHome } from "../support/home.ts";
import { tempDir } from "../support/temp_dir.ts";

for (const args of [["--version"], ["list", "--version"]]) {
  Deno.test(`${args.join(" ")} prints the version`, async () => {
    await using home = await tempDir();
    const { code, stdout, stderr } = await runCli(args, { home: home.path });
    assertEquals({ code, stdout, stderr }, {
      code: 0,
      stdout: `${VERSION}\n`,
      stderr: "",
    });
  });
}

const FAILURES: [string[], number][] = [
  [["--no-such-flag"], 2],
  [["no-such-command"], 2],
  [["switch"], 2],
  [["switch", "9"], 1],
  [["exec", "--timeout", "soon", "--", "hello"], 2],
  [["exec", "--bin", "/no/such/qwen", "--", "hello"], 127],
];

for (const [args, expected] of FAILURES) {
  Deno.test(`${args.join(" ")} ends with ${expected}, an empty stdout, an error and a hint`, async () => {
    await using home = await testHome({ accounts: 2, baseUrl: "" });
    const { code, stdout, stderr } = await runCli(args, { home: home.path });
    assertEquals({ code, stdout }, { code: expected, stdout: "" });
    assertMatch(stderr, /^account-qwen: error: .+\naccount-qwen: hint: .+\n$/);
  });
}

Deno.test("every line of stderr begins with the name when account-qwen.yaml is no YAML", async () => {
  await using home = await testHome({ accounts: 2, baseUrl: "" });
  await Deno.writeTextFile(`${home.dir}/account-qwen.yaml`, 'a: "b\n');
  const args = ["exec", "--bin", "/no/such/qwen", "--", "hello"];
  const { code, stderr } = await runCli(args, { home: home.path });
  assertEquals(code, 1);
  assertMatch(stderr, /^(?:account-qwen: .+\n)+$/);
});

for (const args of [["list"], ["exec", "--", "hello"]]) {
  Deno.test(`${args.join(" ")} ends with 1 when HOME is not set`, async () => {
    await using home = await tempDir();
    const { code, stdout, stderr } = await runCli(args, {
      home: home.path,
      env: { HOME: "" },
    });
    assertEquals({ code, stdout }, { code: 1, stdout: "" });
    assertMatch(stderr, /error: Cannot find the accounts: HOME is not set\n/);
    assertMatch(stderr, /hint: .*--dir/);
  });
}
