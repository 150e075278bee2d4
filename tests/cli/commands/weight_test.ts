import { assertEquals, assertMatch } from "@std/assert";
import { runCli } from "../../support/cli.ts";
import { testHome } from "../../support/home.ts";

const ACCOUNTS = { accounts: 2, baseUrl: "http://provider.invalid/v1" };

Deno.test("weight sets, shows and removes the weight of an account", async () => {
  await using home = await testHome(ACCOUNTS);
  const cli = async (...args: string[]) => {
    const { code, stdout } = await runCli(args, { home: home.path });
    assertEquals(code, 0, args.join(" "));
    return stdout;
  };
  assertEquals(await cli("weight", "2"), "1\n");
  assertEquals(
    await cli("weight", "2", "3"),
    "account 2 has weight 3 now\n",
  );
  assertEquals(JSON.parse(await cli("weight", "2", "--json")), {
    schema_version: 1,
    index: 2,
    weight: 3,
  });
  assertMatch(await Deno.readTextFile(`${home.dir}/state.yaml`), /weight: 3\n/);
  assertMatch(await cli("list"), /state +weight/);
  assertMatch(await cli("status"), /2 .*ready, weight 3\n/);
  const [first, second] = JSON.parse(await cli("list", "--json")).accounts;
  assertEquals([first.weight, second.weight], [null, 3]);
  assertEquals(
    await cli("weight", "2", "--unset"),
    "account 2 has weight 1 now\n",
  );
  assertEquals((await cli("list")).includes("weight"), false);
});

for (const number of ["0", "1001", "-1", "1.5", "much"]) {
  Deno.test(`weight refuses ${number}`, async () => {
    await using home = await testHome(ACCOUNTS);
    const { code, stderr } = await runCli(["weight", "1", "--", number], {
      home: home.path,
    });
    assertEquals(code, 2);
    assertMatch(stderr, /it is not a whole number from 1 to 1000\n/);
    const hint = /hint: to exclude it from rotation: account-qwen disable 1\n/;
    assertEquals(hint.test(stderr), number === "0");
  });
}

Deno.test("weight does not know an account that is not there", async () => {
  await using home = await testHome(ACCOUNTS);
  for (const args of [["weight", "7"], ["weight", "7", "2"]]) {
    assertEquals((await runCli(args, { home: home.path })).code, 2);
  }
});
