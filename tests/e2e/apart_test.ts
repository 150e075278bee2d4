import { assertEquals, assertStringIncludes } from "@std/assert";
import { namesIn } from "../support/account_folder.ts";
import { accountQwen, runCli } from "../support/cli.ts";
import { type FakeHome, fakeHome } from "../support/fake_qwen.ts";
import { namespaceCommand } from "../support/namespace.ts";
import { testWith } from "../support/needs.ts";
import { tempDir } from "../support/temp_dir.ts";

/** A login that is proven to belong to no account. */
const STRANGE = JSON.stringify({
  access_token: "strange-access-token",
  refresh_token: "strange-refresh-token",
  token_type: "Bearer",
  resource_url: "http://provider.invalid/v1",
  expiry_date: Date.UTC(2100, 0),
});

/** Mounts the folder `$1` on `~/.qwen/accounts` and becomes the program. */
const MOUNT = `mount --bind "$1" "$HOME/.qwen/accounts" || exit 99
  shift
  exec "$@"`;

/** Puts accounts/ on another disk; returns the command line of our program. */
const LAYOUTS: Record<
  string,
  (home: FakeHome, disk: string) => Promise<readonly string[]>
> = {
  async "accounts/ is a link to another disk"({ dir }, disk) {
    await moveAccounts(dir, disk);
    await Deno.remove(`${dir}/accounts`, { recursive: true });
    await Deno.symlink(disk, `${dir}/accounts`);
    return accountQwen();
  },

  async "accounts/ is a mount of another disk"({ dir }, disk) {
    await moveAccounts(dir, disk);
    const enter = await namespaceCommand();
    return [...enter, "sh", "-c", MOUNT, "sh", disk, ...accountQwen()];
  },

  async "accounts/ and the folder above it are links to two disks"(
    { path, dir },
    disk,
  ) {
    await moveAccounts(dir, disk);
    await Deno.remove(`${dir}/accounts`, { recursive: true });
    await Deno.rename(dir, `${path}/elsewhere`);
    await Deno.symlink("elsewhere", dir);
    await Deno.symlink(disk, `${dir}/accounts`);
    return accountQwen();
  },
};

const test = await testWith("namespace");

for (const [layout, arrange] of Object.entries(LAYOUTS)) {
  test(
    `the commands keep every login where ${layout}`,
    async () => {
      await using home = await fakeHome({ 1: "", 2: "" });
      await using disk = await tempDir({ inMemory: true });
      const command = await arrange(home, disk.path);
      const live = `${home.dir}/oauth_creds.json`;
      await Deno.remove(live);
      await Deno.writeTextFile(live, STRANGE, { mode: 0o600 });
      const inHome = { home: home.path, command };
      // The owner of the login is unknown, so both accounts are blocked.
      const repaired = await runCli(["doctor", "--fix"], inHome);
      const [name = ""] = await namesIn(`${disk.path}/stash`);
      assertStringIncludes(name, ".of_1_2.json", repaired.stderr);
      const stashed = await Deno.readTextFile(`${disk.path}/stash/${name}`);
      assertEquals(stashed, STRANGE);
      const args = ["restore", "1", "--stash", name];
      const restored = await runCli(args, inHome);
      assertEquals(restored.code, 0, restored.stderr);
      for (const args of [["switch", "2"], ["remove", "1"]]) {
        const { code, stderr } = await runCli(args, inHome);
        assertEquals(code, 0, `${args.join(" ")}: ${stderr}`);
      }
      assertEquals(await home.link(), "accounts/oauth_creds_2.json");
      const kept = await namesIn(`${disk.path}/stash`);
      const texts = await Promise.all(
        kept.map((it) => Deno.readTextFile(`${disk.path}/stash/${it}`)),
      );
      assertEquals(texts.includes(STRANGE), true);
    },
  );
}

async function moveAccounts(dir: string, disk: string): Promise<void> {
  for (const name of await namesIn(`${dir}/accounts`)) {
    await Deno.copyFile(`${dir}/accounts/${name}`, `${disk}/${name}`);
    await Deno.chmod(`${disk}/${name}`, 0o600);
    await Deno.remove(`${dir}/accounts/${name}`);
  }
}
