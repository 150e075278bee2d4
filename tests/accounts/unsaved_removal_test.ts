import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { meaningOf } from "../../lib/cli/exit_code.ts";
import { accountFolder } from "../support/account_folder.ts";
import { noSpace, replaceFiles } from "../support/files.ts";
import { removedFiles } from "../support/kept_files.ts";
import { managerOf } from "./managers.ts";

for (const index of [2, 3]) {
  Deno.test(`removeAccount(${index}) says where the login is when the disk is full by then`, async () => {
    await using folder = await accountFolder({
      accounts: [1, 2],
      keys: [3],
      active: 1,
    });
    using _ = replaceFiles(({ create }) => ({
      create: (path, bytes, mode) =>
        path.includes("state.yaml")
          ? Promise.reject(noSpace())
          : create(path, bytes, mode),
    }));
    const error = await assertRejects(
      () => managerOf(folder).removeAccount(index),
      Error,
      `Cannot record the removal of account ${index}: No space left`,
    );
    const [removed] = await removedFiles(folder.layout);
    assertStringIncludes(error.message, `kept as "${removed?.path}"`);
    assertEquals(meaningOf(error).hint?.startsWith("make room"), true);
  });
}
