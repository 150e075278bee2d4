/**
 * "No changes needed": the folder of a user of the host is mounted at
 * `/root/.qwen`, and the user in the container is root.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  entriesBelow,
  EXEC,
  ownedHome,
  OWNER,
  rootTest,
  runInside,
} from "../support/owned_home.ts";

rootTest(
  "exec rotates, and what root writes belongs to the owner of the folder",
  async () => {
    await using host = await ownedHome();
    const { code, stdout, stderr } = await runInside(host, EXEC);
    assertEquals({ code, stdout }, { code: 0, stdout: "Paris\n" }, stderr);
    assertEquals(await host.link(), "accounts/oauth_creds_2.json");
    const entries = await entriesBelow(host.dir);
    assert(entries.some((it) => it.path.endsWith("/rotation.log")));
    assert(entries.some((it) => it.path.includes("/generations/")));
    assert(entries.some((it) => it.path.endsWith("/projects/here/log")));
    assertEquals(entries.filter((it) => it.uid !== OWNER), []);
    assertEquals(entries.filter((it) => it.gid !== OWNER), []);
  },
);

for (
  const args of [
    ["switch", "2"],
    ["next"],
    ["label", "1", "work"],
    ["cooldown", "set", "1", "1h"],
    ["remove", "1"],
    ["doctor", "--fix"],
  ]
) {
  rootTest(
    `${args.join(" ")} leaves everything to the owner of the folder`,
    async () => {
      await using host = await ownedHome();
      const { stderr } = await runInside(host, args);
      const entries = await entriesBelow(host.dir);
      assert(entries.some((it) => it.path.endsWith("/state.yaml")), stderr);
      assertEquals(entries.filter((it) => it.uid !== OWNER), []);
    },
  );
}

for (const args of [["list"], ["stats"], ["doctor"], ["next", "--dry-run"]]) {
  for (const readOnly of [false, true]) {
    const mount = readOnly ? "read-only" : "for writing";
    rootTest(
      `${
        args[0]
      } says the same as on the host where the folder is mounted ${mount}`,
      async () => {
        await using host = await ownedHome();
        const before = await entriesBelow(host.dir);
        const { stdout, stderr } = await runInside(host, args, { readOnly });
        assertEquals(stderr, "");
        assertEquals(stdout.includes("belongs to"), false, stdout);
        assertEquals(await entriesBelow(host.dir), before);
      },
    );
  }
}

rootTest("exec as root uses logins that are mounted read-only", async () => {
  await using host = await ownedHome();
  const before = await entriesBelow(host.dir);
  const { code, stdout, stderr } = await runInside(host, EXEC, {
    readOnly: true,
  });
  assertEquals({ code, stdout }, { code: 0, stdout: "Paris\n" }, stderr);
  assertEquals(await entriesBelow(host.dir), before);
});
