import { assertEquals, assertMatch } from "@std/assert";
import { runCli } from "../../support/cli.ts";
import { testHome } from "../../support/home.ts";

const ACCOUNTS = { accounts: 2, baseUrl: "http://provider.invalid/v1" };

Deno.test("label sets and clears the label of an account", async () => {
  await using home = await testHome(ACCOUNTS);
  const options = { home: home.path };
  const set = await runCli(["label", "2", " 仕事 "], options);
  assertEquals(set.stdout, "account 2 is labelled 仕事 now\n");
  const state = await Deno.readTextFile(`${home.dir}/state.yaml`);
  assertMatch(state, /label: 仕事\n/);
  const cleared = await runCli(["label", "2"], options);
  assertEquals(cleared.stdout, "account 2 has no label now\n");
  const after = await Deno.readTextFile(`${home.dir}/state.yaml`);
  assertEquals(after.includes("label"), false);
});

const REFUSED: Record<string, string> = {
  "has a line break": "a\nb",
  "steers the terminal": "a\x1b[31mb",
  "turns the direction of writing": "a\u202eb",
  "takes more than 64 columns": "仕".repeat(33),
};

for (const [what, text] of Object.entries(REFUSED)) {
  Deno.test(`label ends with 2 and changes nothing when the label ${what}`, async () => {
    await using home = await testHome(ACCOUNTS);
    const { code, stdout, stderr } = await runCli(["label", "1", text], {
      home: home.path,
    });
    assertEquals({ code, stdout }, { code: 2, stdout: "" });
    assertMatch(stderr, /^account-qwen: error: Cannot use the label: it /);
    const names = await Array.fromAsync(Deno.readDir(home.dir));
    assertEquals(names.some((it) => it.name === "state.yaml"), false);
  });
}

Deno.test("label takes one of 64 columns", async () => {
  await using home = await testHome(ACCOUNTS);
  const { code } = await runCli(["label", "1", "仕".repeat(32)], {
    home: home.path,
  });
  assertEquals(code, 0);
});

Deno.test("label ends with 1 when there is no such account", async () => {
  await using home = await testHome(ACCOUNTS);
  const { code } = await runCli(["label", "9", "x"], { home: home.path });
  assertEquals(code, 1);
});
