import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse } from "@std/yaml";
import { runCli } from "../support/cli.ts";
import { answers, fakeHome, OUT_OF_QUOTA } from "../support/fake_qwen.ts";
import { exec } from "../support/fake_exec.ts";
import { testHome } from "../support/home.ts";

const ACCOUNTS = { accounts: 3, baseUrl: "http://provider.invalid/v1" };

/** The file as the documentation shows it. */
const DOCUMENTED = `# my accounts
# 1 is the work account
current_index: 2
total_accounts: 3
last_switch: "2026-02-05T10:30:00Z"
switches_total: 5
team: red
accounts:
  account1:
    switches_count: 3
    last_used: "2026-02-05T10:15:00Z"
    note: mine
  account2:
    switches_count: 2
    last_used: "2026-02-05T10:30:00Z"
`;

Deno.test("state.yaml is read as documented", async () => {
  await using home = await testHome(ACCOUNTS);
  await Deno.writeTextFile(`${home.dir}/state.yaml`, DOCUMENTED);
  const { code, stdout } = await runCli(["--stats", "--json"], {
    home: home.path,
  });
  assertEquals(code, 0);
  const { switches_total, last_switch, accounts } = JSON.parse(stdout);
  assertEquals({ switches_total, last_switch, accounts }, {
    switches_total: 5,
    last_switch: "2026-02-05T10:30:00Z",
    accounts: [
      { index: 1, switches_count: 3, last_used: "2026-02-05T10:15:00Z" },
      { index: 2, switches_count: 2, last_used: "2026-02-05T10:30:00Z" },
      { index: 3, switches_count: 0, last_used: null },
    ],
  });
});

Deno.test("state.yaml keeps its comments and unknown keys at a switch", async () => {
  await using home = await testHome(ACCOUNTS);
  const path = `${home.dir}/state.yaml`;
  await Deno.writeTextFile(path, DOCUMENTED);
  const { code } = await runCli(["--switch", "3"], { home: home.path });
  assertEquals(code, 0);
  const text = await Deno.readTextFile(path);
  assert(text.startsWith("# my accounts\n# 1 is the work account\n"), text);
  const { current_index, switches_total, team, accounts } = Object(parse(text));
  assertEquals(
    { current_index, switches_total, team, note: accounts.account1.note },
    { current_index: 3, switches_total: 6, team: "red", note: "mine" },
  );
});

Deno.test("state.yaml has every time in whole seconds, in quotes", async () => {
  await using home = await fakeHome({ 1: OUT_OF_QUOTA, 2: answers("Paris") });
  const { code, stdout } = await exec(home, ["--", "hello"]);
  assertEquals({ code, stdout }, { code: 0, stdout: "Paris" });
  const text = await Deno.readTextFile(`${home.dir}/state.yaml`);
  assertMatch(text, /^last_switch: "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"$/m);
  assertMatch(text, /^ {4}last_used: "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"$/m);
  const times = text.split("\n").filter((it) => /\d{4}-\d\d-\d\dT/.test(it));
  const others = times.filter((it) =>
    !/^ *(?:- )?[a-z_]+: "[\d-]+T[\d:]+Z"$/.test(it)
  );
  assertEquals(others, []);
});
