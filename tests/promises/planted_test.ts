/**
 * Links that the owner of a mounted folder has planted there do not mislead
 * root in a container.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  entriesBelow,
  EXEC,
  give,
  ownedHome,
  rootTest,
  runInside,
} from "../support/owned_home.ts";
import { tempDir } from "../support/temp_dir.ts";

/** Names in the folder that lead to `victim`, which is a folder or a file. */
const PLANTED: Record<string, "folder" | "file"> = {
  "accounts": "folder",
  "accounts/generations": "folder",
  "accounts/stash": "folder",
  "accounts/runs": "folder",
  "accounts/usage": "folder",
  "accounts/oauth_creds_1.json": "file",
  "accounts/oauth_creds_2.json": "file",
  "state.yaml": "file",
  "state.yaml.lock": "file",
  "traffic.json": "file",
  "traffic.json.lock": "file",
  "rotation.log": "file",
  "oauth_creds.json": "file",
};

for (const [name, kind] of Object.entries(PLANTED)) {
  for (const args of [["switch", "2"], ["doctor", "--fix"], EXEC]) {
    rootTest(
      `${args[0]} follows no link that the owner has planted as ${name}`,
      async () => {
        await using host = await ownedHome();
        await using elsewhere = await tempDir();
        const victim = `${elsewhere.path}/victim`;
        if (kind === "folder") {
          await Deno.mkdir(victim, { mode: 0o755 });
          await Deno.writeTextFile(`${victim}/file`, "of root");
        } else {
          await Deno.writeTextFile(victim, "of root", { mode: 0o644 });
        }
        const path = `${host.dir}/${name}`;
        await Deno.remove(path, { recursive: true }).catch(() => {});
        await Deno.symlink(victim, path);
        await give(path);
        const before = await entriesBelow(elsewhere.path);
        await runInside(host, args);
        assertEquals(await entriesBelow(elsewhere.path), before);
      },
    );
  }
}

for (const name of ["rotation.log", "state.yaml.lock", "state.yaml"]) {
  rootTest(
    `switch changes no file of root that the owner has given the name ${name}`,
    async () => {
      await using host = await ownedHome();
      await using elsewhere = await tempDir();
      const victim = `${elsewhere.path}/victim`;
      await Deno.writeTextFile(victim, "of root", { mode: 0o600 });
      const path = `${host.dir}/${name}`;
      await Deno.remove(path).catch(() => {});
      await Deno.link(victim, path);
      const before = await entriesBelow(elsewhere.path);
      await runInside(host, ["switch", "2"]);
      assertEquals(await entriesBelow(elsewhere.path), before);
    },
  );
}
