import { assert, assertEquals } from "@std/assert";
import { AccountManager } from "../../../lib/mod.ts";
import { displayWidth } from "../../../lib/cli/screen/wrap.ts";
import { runCli } from "../../support/cli.ts";
import { runOnTerminal } from "../../support/cli_process.ts";
import { testWith } from "../../support/needs.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { fixedHome } from "./folder.ts";

import "../../support/load_libc.ts";

const TABLE = `\
accounts     3
active       account 1
switches     12
last switch  2026-11-21 08:35
account 1    7 switches, last used 2026-11-21 08:35
account 2    0 switches, last used -
account 10   5 switches, last used 2026-11-20 23:59
`;

for (const args of [["stats"], ["--stats"]]) {
  Deno.test(`${args} prints the counts`, async () => {
    await using home = await fixedHome();
    const { code, stdout, stderr } = await runCli(args, { home: home.path });
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    assertEquals(stdout, TABLE);
  });
}

for (const args of [["stats", "--json"], ["--json", "--stats"]]) {
  Deno.test(`${args.join(" ")} prints one JSON object`, async () => {
    await using home = await fixedHome();
    const { code, stdout, stderr } = await runCli(args, { home: home.path });
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    assertEquals(JSON.parse(stdout), {
      schema_version: 1,
      current_index: 1,
      total_accounts: 3,
      switches_total: 12,
      last_switch: "2026-11-21T08:35:59Z",
      accounts: [
        {
          index: 1,
          switches_count: 7,
          last_used: "2026-11-21T08:35:59Z",
        },
        { index: 2, switches_count: 0, last_used: null },
        {
          index: 10,
          switches_count: 5,
          last_used: "2026-11-20T23:59:00Z",
        },
      ],
    });
  });
}

Deno.test("stats says 1 switch when there was one", async () => {
  await using home = await fixedHome();
  const state = `${home.dir}/state.yaml`;
  const text = await Deno.readTextFile(state);
  await Deno.writeTextFile(state, text.replace("count: 7", "count: 1"));
  const { stdout } = await runCli(["stats"], { home: home.path });
  assertEquals(
    stdout.split("\n")[4],
    "account 1    1 switch, last used 2026-11-21 08:35",
  );
});

Deno.test("stats prints zeros when there is no account", async () => {
  await using home = await tempDir();
  const { code, stdout } = await runCli(["stats"], { home: home.path });
  assertEquals(code, 0);
  assertEquals(
    stdout,
    "accounts     0\nactive       -\nswitches     0\nlast switch  -\n",
  );
});

const test = await testWith("script");

test("stats cuts a long label, not a time, on a terminal of 60 columns", async () => {
  await using home = await fixedHome();
  const accounts = new AccountManager({ dir: `${home.path}/.qwen` });
  await accounts.setLabel(1, "仕事".repeat(15));
  const { stdout } = await runOnTerminal(["stats"], {
    home: home.path,
    env: { NO_COLOR: "1" },
    size: { columns: 60, rows: 50 },
  });
  // Deno clears its own progress bar.
  // deno-lint-ignore no-control-regex
  const shown = stdout.replace(/\x1b\[\d?[GKJ]/g, "").split("\r\n");
  for (const line of shown) assert(displayWidth(line) <= 60, line);
  assert(
    shown.some((it) => it.endsWith("7 switches, last used 2026-11-21 08:35")),
    stdout,
  );
});
