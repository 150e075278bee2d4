import { assertEquals, assertMatch } from "@std/assert";
import { parse } from "@std/yaml";
import { nameOf } from "../../../lib/account_name.ts";
import { runCli } from "../../support/cli.ts";
import { type TestHome, testHome } from "../../support/home.ts";

const WORK = nameOf(1, "work");

const ACCOUNTS = { accounts: 3, baseUrl: "http://provider.invalid/v1" };

const STAYS = "strategy round-robin: the active one, then the next ready one\n";

Deno.test("prefer sets an order, shows it, and clears it", async () => {
  await using home = await testHome(ACCOUNTS);
  await run(home, "label", "1", "work");
  const order = `1. account 3\n2. ${WORK}\n` +
    "3. account 2, by number\n" + STAYS;
  assertEquals(await run(home, "prefer", "3", "WORK"), {
    code: 0,
    stdout: order,
    stderr: "",
  });
  assertEquals((await run(home, "prefer")).stdout, order);
  assertEquals(
    (await run(home, "prefer", "--unset")).stdout,
    `1. ${WORK}\n2. account 2\n3. account 3\n` + STAYS,
  );
});

Deno.test("prefer keeps the other fields of state.yaml", async () => {
  await using home = await testHome(ACCOUNTS);
  const path = `${home.dir}/state.yaml`;
  await Deno.writeTextFile(path, "# mine\nnote: kept\n", { mode: 0o600 });
  await run(home, "prefer", "3", "1");
  const text = await Deno.readTextFile(path);
  assertMatch(text, /^# mine\n/);
  const { order, note } = Object(parse(text));
  assertEquals({ order, note }, { order: [3, 1], note: "kept" });
});

Deno.test("next follows the order, and fill-first uses its first ready account", async () => {
  await using home = await testHome(ACCOUNTS);
  await run(home, "prefer", "3", "1");
  const links: string[] = [];
  for (let turn = 0; turn < 3; turn++) {
    await run(home, "next");
    links.push(await home.link());
  }
  const slots = [2, 3, 1].map((it) => `accounts/oauth_creds_${it}.json`);
  assertEquals(links, slots);
  await run(home, "next", "--strategy", "fill-first");
  assertEquals(await home.link(), slots[1]);
});

Deno.test("prefer says how the configured strategy uses the order", async () => {
  await using home = await testHome(ACCOUNTS);
  const { stdout } = await runCli(["prefer", "2"], {
    home: home.path,
    env: { ACCOUNT_QWEN_STRATEGY: "fill-first" },
  });
  assertMatch(
    stdout,
    /\nstrategy fill-first: the first one that is ready\n$/,
  );
});

Deno.test("prefer --json prints one JSON object", async () => {
  await using home = await testHome({ ...ACCOUNTS, accounts: 2 });
  await run(home, "label", "2", "work");
  const { stdout } = await run(home, "prefer", "work", "--json");
  assertEquals(JSON.parse(stdout), {
    schema_version: 1,
    named: [2],
    accounts: [{ index: 2, label: "work" }, { index: 1, label: null }],
    strategy: "round-robin",
  });
});

const MISTAKES: [args: string[], code: number, message: RegExp][] = [
  [["9"], 2, /Cannot use account 9: it does not exist/],
  [["nobody"], 2, /No account is named "nobody"/],
  [["1", "work"], 2, /"work" names account 1 a second time/],
  [["--unset", "1"], 2, /--unset takes no accounts/],
];

for (const [args, expected, message] of MISTAKES) {
  Deno.test(`prefer ${args.join(" ")} exits with ${expected}`, async () => {
    await using home = await testHome(ACCOUNTS);
    await run(home, "label", "1", "work");
    await run(home, "prefer", "2");
    const { code, stdout, stderr } = await run(home, "prefer", ...args);
    assertEquals({ code, stdout }, { code: expected, stdout: "" });
    assertMatch(stderr, message);
    const { named } = JSON.parse((await run(home, "prefer", "--json")).stdout);
    assertEquals(named, [2]);
  });
}

async function run(home: TestHome, ...args: string[]) {
  const { code, stdout, stderr } = await runCli(args, { home: home.path });
  return { code, stdout, stderr };
}
