import { assertEquals, assertStringIncludes } from "@std/assert";
import { accountQwen, runCli } from "../support/cli.ts";
import { type FakeHome, fakeHome } from "../support/fake_qwen.ts";
import { testWith } from "../support/needs.ts";
import { namespaceCommand } from "../support/namespace.ts";

/** Mounts a copy of the file `$1` over it and becomes the program. */
const MOUNT = `cp -p "$1" "$HOME/copy" && mount --bind "$HOME/copy" "$1" ||
  exit 99
  shift
  exec "$@"`;

/**
 * What a container may have mounted separately, and a command that replaces it.
 */
const FILES: Record<string, (home: FakeHome) => Promise<string[]>> = {
  async "oauth_creds.json"({ dir, slot }) {
    await Deno.remove(`${dir}/oauth_creds.json`);
    await Deno.copyFile(slot(1), `${dir}/oauth_creds.json`);
    return ["switch", "2"];
  },
  "state.yaml": async ({ dir }) => {
    const text = "current_index: 1\n";
    await Deno.writeTextFile(`${dir}/state.yaml`, text, { mode: 0o600 });
    return ["next"];
  },
  "accounts/oauth_creds_1.json": () => Promise.resolve(["remove", "1"]),
};

const test = await testWith("namespace");

for (const [name, prepare] of Object.entries(FILES)) {
  test(
    `a command says what to do when ${name} is a mount point`,
    async () => {
      await using home = await fakeHome({ 1: "", 2: "" });
      const args = await prepare(home);
      const path = `${home.dir}/${name}`;
      const before = await Deno.readTextFile(path);
      const enter = await namespaceCommand();
      const command = [
        ...[...enter, "sh", "-c", MOUNT, "sh", path],
        ...accountQwen(),
      ];
      const inHome = { home: home.path, command };
      const { code, stderr } = await runCli(args, inHome);
      assertEquals(code, 1, stderr);
      assertStringIncludes(
        stderr,
        `Cannot write "${path}": it is a mount point, or in use`,
      );
      assertStringIncludes(stderr, "hint: mount the folder, not the file");
      assertEquals(await Deno.readTextFile(path), before);
    },
  );
}
