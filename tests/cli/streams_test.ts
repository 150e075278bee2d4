import { assert, assertEquals, assertMatch } from "@std/assert";
import { runInShell, startCli } from "../support/cli_process.ts";
import {
  answers,
  FAKE_QWEN,
  fakeHome,
  OUT_OF_QUOTA,
} from "../support/fake_qwen.ts";
import { testHome } from "../support/home.ts";

const ACCOUNTS = { accounts: 2, baseUrl: "http://provider.invalid/v1" };

for (const flags of [[], ["--fallback", "(nothing today)"]]) {
  Deno.test(`exec ${flags.join(" ")} ends quietly when its reader takes one byte`, async () => {
    await using home = await fakeHome({
      1: "head -c 3000000 /dev/zero | tr '\\0' x",
    });
    await using child = await startCli(
      ["exec", "--bin", FAKE_QWEN, ...flags, "--", "hello"],
      { home: home.path },
    );
    const reader = child.stdout.getReader();
    const { value } = await reader.read();
    assert(value && value.length > 0);
    await reader.cancel();
    assertEquals(await new Response(child.stderr).text(), "");
    assertEquals((await child.status).code, 141);
  });
}

Deno.test("list ends quietly when nobody reads it", async () => {
  await using home = await testHome(ACCOUNTS);
  await using child = await startCli(["list"], { home: home.path });
  await child.stdout.cancel();
  assertEquals(await new Response(child.stderr).text(), "");
  assertEquals((await child.status).code, 141);
});

Deno.test("exec prints the answer when nobody reads stderr", async () => {
  await using home = await fakeHome({ 1: OUT_OF_QUOTA, 2: answers("Paris") });
  await using child = await startCli(
    ["exec", "--bin", FAKE_QWEN, "--", "hello"],
    { home: home.path },
  );
  await child.stderr.cancel();
  assertEquals(await new Response(child.stdout).text(), "Paris");
  assertEquals((await child.status).code, 0);
});

const FAILURES: [string[], number][] = [
  [["--no-such-flag"], 2],
  [["exec", "--bin", "/no/such/qwen", "--", "hello"], 127],
];

for (const [args, code] of FAILURES) {
  Deno.test(`${args.join(" ")} exits with ${code} when nobody reads the error`, async () => {
    await using home = await testHome(ACCOUNTS);
    await using child = await startCli(args, { home: home.path });
    await child.stderr.cancel();
    assertEquals(await new Response(child.stdout).text(), "");
    assertEquals((await child.status).code, code);
  });
}

Deno.test("list exits with 1 and says so when the disk is full", async () => {
  await using home = await testHome(ACCOUNTS);
  const { code, stderr } = await runInShell('exec "$@" >/dev/full', ["list"], {
    home: home.path,
  });
  assertEquals(code, 1);
  assertMatch(
    stderr,
    /^account-qwen: error: .*\naccount-qwen: hint: make room .*\n$/,
  );
});

/** Each command that prints, and the flags that print. */
const PRINTING = [
  ["--version"],
  ["--help"],
  ["list"],
  ["list", "--json"],
  ["list", "--schema"],
  ["stats"],
  ["config"],
  ["cooldown"],
  ["next", "--dry-run"],
  ["switch", "2"],
  ["doctor"],
  ["man"],
  ["completion", "bash"],
  ["import", "--dry-run"],
  ["exec", "--bin", "/no/such/qwen", "--fallback", "text", "--", "hello"],
];

for (const args of PRINTING) {
  for (const [how, script] of [["closed", ">&-"], ["full", ">/dev/full"]]) {
    Deno.test(`${args.join(" ")} exits with 1 when stdout is ${how}`, async () => {
      await using home = await testHome(ACCOUNTS);
      const { code, stderr } = await runInShell(`"$@" ${script}`, args, {
        home: home.path,
      });
      assertEquals(code, 1);
      assertMatch(stderr, /account-qwen: error: Cannot write "stdout": /);
    });
  }
}

for (const how of [">&-", ">/dev/full"]) {
  Deno.test(`label 1 work ends normally when stderr is ${how}`, async () => {
    await using home = await testHome(ACCOUNTS);
    const script = `"$@" 2${how}`;
    const args = ["label", "1", "work"];
    const { code } = await runInShell(script, args, { home: home.path });
    assertEquals(code, 0);
  });

  Deno.test(`next ends with its own code when it prints nothing and stdout is ${how}`, async () => {
    await using home = await testHome({ ...ACCOUNTS, accounts: 1 });
    const { code } = await runInShell(`"$@" ${how}`, ["next", "--no-such"], {
      home: home.path,
    });
    assertEquals(code, 2);
  });
}

Deno.test("exec asks no account when stdout is closed", async () => {
  await using home = await fakeHome({ 1: answers("Paris") });
  const args = ["exec", "--bin", FAKE_QWEN, "--", "hello"];
  const { code } = await runInShell('"$@" >&-', args, { home: home.path });
  assertEquals(code, 1);
  assertEquals(await home.asked(), []);
});
