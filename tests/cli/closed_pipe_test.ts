/**
 * A command that shows news until it is ended notices when nobody reads them.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { AccountManager } from "../../lib/mod.ts";
import { startCli } from "../support/cli_process.ts";
import { within } from "../support/deadline.ts";
import { testHome } from "../support/home.ts";

const COMMANDS = [
  ["status", "--watch", "--json"],
  ["log", "--follow"],
  ["log", "--follow", "--json"],
];

for (const args of COMMANDS) {
  Deno.test(`${args.join(" ")} ends when its reader is gone and nothing happens`, async () => {
    await using home = await testHome({ accounts: 2, baseUrl: "" });
    await new AccountManager({ dir: home.dir }).setLabel(1, "work");
    const child = await startCli(args, { home: home.path });
    const reader = child.stdout.getReader();
    await within(reader.read(), { what: "the first line" });
    await reader.cancel();
    const { code } = await within(child.status, { what: "the end" });
    await child.stderr.cancel();
    assertEquals(code, 141);
  });
}
