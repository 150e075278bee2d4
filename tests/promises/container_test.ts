/**
 * "No changes needed": the folder of a user of the host is mounted at
 * `/root/.qwen`, and the user in the container is root.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { container, type ContainerOptions } from "../support/container.ts";
import { run, type RunResult } from "../support/cli.ts";
import { type FakeHome, fakeHome } from "../support/fake_qwen.ts";
import { tempDir } from "../support/temp_dir.ts";

const OWNER = 1000;

/** Prints a message and exits with 1 unless the login is that of account 2. */
const NAIVE = `#!/bin/sh
  mkdir -p "$HOME/.qwen/projects/here"
  echo log >"$HOME/.qwen/projects/here/log"
  live="$HOME/.qwen/oauth_creds.json"
  case $(cat "$live") in *secret-access-token-2-*) echo Paris; exit 0 ;; esac
  sed 's/secret-/newer-/g' "$live" >"$live.tmp" && mv "$live.tmp" "$live"
  echo "quota exhausted: 429 Free allocated quota exceeded." >&2
  echo "[API Error: 429 Free allocated quota exceeded.]" >&2
  exit 1
`;

/** Runs a command in a container whose `~/.qwen` is that of `host`. */
async function runInside(
  host: FakeHome,
  args: readonly string[],
  options: ContainerOptions = {},
): Promise<RunResult> {
  await using inside = await container(host, options);
  await Deno.writeTextFile(`${inside.home}/naive`, NAIVE, { mode: 0o755 });
  const command = args.map((it) => it.replace("NAIVE", `${inside.home}/naive`));
  return await inside.accountQwen(command);
}

/** A home whose folder belongs to the user of the host. */
async function ownedHome(): Promise<FakeHome> {
  const host = await fakeHome({ 1: "", 2: "" });
  await give(host.dir);
  return host;
}

/** Gives all of a folder, or a link itself, to the user of the host. */
async function give(path: string): Promise<void> {
  const args = ["-hR", `${OWNER}:${OWNER}`, path];
  const { code, stderr } = await run("chown", args, { home: "/" });
  assertEquals(code, 0, stderr);
}

const EXEC = ["exec", "--bin", "NAIVE", "--", "hello"];

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

/** Names in the folder that lead to `victim`, which is a folder or a file. */
const PLANTED: Record<string, "folder" | "file"> = {
  "accounts": "folder",
  "accounts/generations": "folder",
  "accounts/stash": "folder",
  "accounts/runs": "folder",
  "accounts/oauth_creds_1.json": "file",
  "accounts/oauth_creds_2.json": "file",
  "state.yaml": "file",
  "state.yaml.lock": "file",
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

interface Entry {
  path: string;
  uid: number | null;
  gid: number | null;
  mode: number | null;
  text: string;
}

/** Everything in a folder and the folder itself; links are not followed. */
async function entriesBelow(path: string): Promise<Entry[]> {
  const info = await Deno.lstat(path);
  const { uid, gid, mode } = info;
  const text = info.isFile ? await Deno.readTextFile(path) : "";
  const entries: Entry[] = [{ path, uid, gid, mode, text }];
  if (!info.isDirectory) return entries;
  const names = await Array.fromAsync(Deno.readDir(path), (it) => it.name);
  for (const name of names.sort()) {
    entries.push(...await entriesBelow(`${path}/${name}`));
  }
  return entries;
}

/** To give files to another user takes root. */
function rootTest(name: string, fn: () => Promise<void>): void {
  const ignore = Deno.build.os !== "linux" || Deno.uid() !== 0;
  Deno.test({ name, fn, ignore });
}
