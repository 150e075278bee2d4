import { assertEquals } from "@std/assert";
import { AccountManager } from "../../../lib/mod.ts";
import { runCli } from "../../support/cli.ts";
import { fixedHome } from "./folder.ts";

Deno.test("completion --line offers no label that the scripts take for an instruction", async () => {
  await using home = await fixedHome();
  const accounts = new AccountManager({ dir: home.dir });
  await accounts.setLabel(1, ":files");
  await accounts.setLabel(10, "a:files");
  const { code, stdout } = await runCli(
    ["completion", "--line", "--", "switch", ""],
    { home: home.path },
  );
  assertEquals(code, 0);
  const words = stdout.trimEnd().split("\n").map((it) => it.split("\t")[0]);
  assertEquals(words, ["1", "2", "10", "a:files"]);
});
