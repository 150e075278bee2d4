import { assertEquals } from "@std/assert";
import { basics as claude } from "../../../lib/agents/claude/basics.ts";
import { basics as codex } from "../../../lib/agents/codex/basics.ts";
import { layoutAt } from "../../../lib/disk/layout.ts";
import { runtime } from "../../../lib/system/mod.ts";
import { moveFiles } from "../../../lib/vault/logins/move_files.ts";
import {
  countingFiles,
  type CountingFilesOptions,
} from "../../support/counting_files.ts";
import { tempDir } from "../../support/temp_dir.ts";

const realFiles = runtime.files;

// Loads the system library, which is never unloaded.
await realFiles.exchange("/nowhere/a", "/nowhere/b");

const MOVE = { from: 1, to: 7 };
const GENERATION = "000001.20261121T083500123Z.json";

for (const agent of [codex, claude]) {
  for (const canExchange of [true, false]) {
    const how = canExchange ? "" : ", without swapping names";
    Deno.test(`moveFiles() renames a folder of ${agent.program} although each step may be the last${how}`, async () => {
      let isWhole = false;
      for (let failAt = 1; !isWhole; failAt++) {
        await using dir = await tempDir({ inMemory: true });
        const home = `${dir.path}/home`;
        const root = `${home}/accounts`;
        const layout = layoutAt(root, { agent, home });
        const file = `${agent.homes.login?.file}`;
        const isLinked = agent.homes.login?.plain === "link";
        Deno.mkdirSync(`${root}/1`, { recursive: true });
        Deno.mkdirSync(`${root}/generations`);
        Deno.writeTextFileSync(
          `${root}/generations/oauth_creds_1.${GENERATION}`,
          "earlier",
        );
        Deno.writeTextFileSync(`${root}/1/${file}`, "login");
        if (isLinked) Deno.symlinkSync(`accounts/1/${file}`, `${home}/${file}`);

        const halt = { fault: "halt", failAt, canExchange } as const;
        const steps = await run(halt, () => moveFiles(layout, MOVE));
        isWhole = steps < failAt;
        if (isLinked && canExchange) {
          const plain = Deno.readTextFileSync(`${home}/${file}`);
          assertEquals(plain, "login", `the plain agent after step ${failAt}`);
        }
        await moveFiles(layout, MOVE);

        assertEquals(Deno.readTextFileSync(`${root}/7/${file}`), "login");
        const names = [...Deno.readDirSync(root)].map((it) => it.name);
        assertEquals(names.toSorted(), ["7", "generations"]);
        const kept = [...Deno.readDirSync(`${root}/generations`)];
        assertEquals(kept.map((it) => it.name), [
          `oauth_creds_7.${GENERATION}`,
        ]);
        if (!isLinked) continue;
        const target = Deno.readLinkSync(`${home}/${file}`);
        assertEquals(target, `accounts/7/${file}`);
      }
    });
  }
}

/** Runs `action` with these files. Returns the number of steps. */
async function run(
  options: CountingFilesOptions,
  action: () => Promise<unknown>,
): Promise<number> {
  const files = countingFiles(realFiles, options);
  runtime.files = files;
  try {
    await Promise.race([action(), files.halted]);
  } finally {
    runtime.files = realFiles;
  }
  return files.steps;
}
