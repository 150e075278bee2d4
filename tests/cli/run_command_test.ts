import { assertEquals, assertRejects } from "@std/assert";
import { defineCommand } from "../../lib/cli/line/command.ts";
import { runCommand } from "../../lib/cli/line/run_command.ts";
import { accountFolder } from "../support/account_folder.ts";

const SWITCHING = defineCommand({
  group: "care",
  name: "switching",
  summary: "Switch",
  flags: {},
  examples: [],
  run: async ({ accounts }) => (await accounts.switchNext()).to,
});

Deno.test("runCommand() gives a command the accounts with write access", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  assertEquals(await run(SWITCHING, folder.path), 2);
});

Deno.test("runCommand() gives a read-only command no write access", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  await assertRejects(
    () => run({ ...SWITCHING, onlyReads: true }, folder.path),
    TypeError,
    "switching only reads",
  );
  assertEquals(
    await Deno.readLink(folder.layout.live),
    "accounts/oauth_creds_1.json",
  );
});

function run(command: typeof SWITCHING, dir: string): Promise<number> {
  return runCommand(command, {
    flags: { dir },
    args: [],
    named: 0,
    commands: [],
  });
}
