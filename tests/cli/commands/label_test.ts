import { assertEquals, assertMatch } from "@std/assert";
import { runCli } from "../../support/cli.ts";
import { testHome } from "../../support/home.ts";

const ACCOUNTS = { accounts: 2, baseUrl: "http://provider.invalid/v1" };

Deno.test("label sets, shows and removes the label of an account", async () => {
  await using home = await testHome(ACCOUNTS);
  const label = async (...args: string[]) => {
    const { stdout, code } = await runCli(["label", ...args], {
      home: home.path,
    });
    assertEquals(code, 0);
    return stdout;
  };
  assertEquals(await label("2", " 仕事 "), "account 2 is now called 仕事\n");
  const state = await Deno.readTextFile(`${home.dir}/state.yaml`);
  assertMatch(state, /label: 仕事\n/);
  assertEquals(await label("2"), "仕事\n");
  assertEquals(JSON.parse(await label("仕", "--json")), {
    schema_version: 1,
    index: 2,
    label: "仕事",
  });
  assertEquals(
    await label("仕事", "--unset"),
    "account 2 no longer has a label\n",
  );
  const after = await Deno.readTextFile(`${home.dir}/state.yaml`);
  assertEquals(after.includes("label"), false);
  assertEquals(await label("2"), "");
  assertEquals(JSON.parse(await label("2", "--json")).label, null);
});

Deno.test("label refuses one that another account has, in any case, and names that account", async () => {
  await using home = await testHome(ACCOUNTS);
  const options = { home: home.path };
  await runCli(["label", "1", "work"], options);
  const { code, stdout, stderr } = await runCli(
    ["label", "2", "Work"],
    options,
  );
  assertEquals({ code, stdout, stderr }, {
    code: 2,
    stdout: "",
    stderr: 'account-qwen: error: Cannot use the label "Work": ' +
      "it is the label of account 1\n" +
      "account-qwen: hint: choose another one, or first: " +
      "account-qwen label 1 --unset\n",
  });
});

const REFUSED: Record<string, string> = {
  "is a number": "12",
  "has a line break": "a\nb",
  "controls the terminal": "a\x1b[31mb",
  "changes the direction of writing": "a\u202eb",
  "takes more than 64 columns": "仕".repeat(33),
};

for (const [what, text] of Object.entries(REFUSED)) {
  Deno.test(`label exits with 2 and changes nothing when the label ${what}`, async () => {
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

Deno.test("label accepts one of 64 columns", async () => {
  await using home = await testHome(ACCOUNTS);
  const { code } = await runCli(["label", "1", "仕".repeat(32)], {
    home: home.path,
  });
  assertEquals(code, 0);
});

for (const args of [["9"], ["9", "x"], ["9", "--unset"]]) {
  Deno.test(`label ${args.join(" ")} exits with 2 when there is no such account`, async () => {
    await using home = await testHome(ACCOUNTS);
    const { code } = await runCli(["label", ...args], { home: home.path });
    assertEquals(code, 2);
  });
}

for (const args of [["1", ""], ["1", "x", "--unset"]]) {
  Deno.test(`label "${args.join('" "')}" exits with 2 and changes nothing`, async () => {
    await using home = await testHome(ACCOUNTS);
    const { code } = await runCli(["label", ...args], { home: home.path });
    assertEquals(code, 2);
    const names = await Array.fromAsync(Deno.readDir(home.dir));
    assertEquals(names.some((it) => it.name === "state.yaml"), false);
  });
}
