import { assertEquals, assertStringIncludes } from "@std/assert";
import { shimText } from "../../lib/cli/shim/shim_file.ts";
import { type Installer, installer } from "../support/installer.ts";

const SHIM = ".local/share/account-qwen/shims/qwen";

/** Writes the shim of an `account-qwen` at `program`. */
async function writeShim(home: string, program: string): Promise<void> {
  const path = `${home}/${SHIM}`;
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await Deno.writeTextFile(path, shimText([program]));
}

for (const name of ["bin", "it's a bin", "''"]) {
  Deno.test(`install.sh --uninstall removes the shim that starts the program in "${name}"`, async () => {
    await using it = await installer();
    const dir = `${it.home}/${name}`;
    await it.install(["--dir", dir]);
    await writeShim(it.home, `${dir}/account-qwen`);
    const { code, stderr } = await it.install(["--uninstall", "--dir", dir]);
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    assertEquals(await Deno.readTextFile(`${it.home}/told`), "shim remove\n");
    assertEquals(await Array.fromAsync(Deno.readDir(dir)), []);
  });
}

Deno.test("install.sh --uninstall removes the shim that starts the program by a path without links", async () => {
  await using it = await installer();
  await Deno.mkdir(`${it.home}/real`);
  await Deno.symlink(`${it.home}/real`, `${it.home}/link`);
  const dir = `${it.home}/link/bin`;
  await it.install(["--dir", dir]);
  const real = await Deno.realPath(dir);
  await writeShim(it.home, `${real}/account-qwen`);
  const { code, stderr } = await it.install(["--uninstall", "--dir", dir]);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertEquals(await Deno.readTextFile(`${it.home}/told`), "shim remove\n");
});

const OTHERS = ["/opt/account-qwen", "HOME/.local/bin/account-qwen-2", "deno"];

for (const other of OTHERS) {
  Deno.test(`install.sh --uninstall leaves the shim alone that starts ${other}`, async () => {
    await using it = await installer();
    await it.install();
    await writeShim(it.home, other.replace("HOME", it.home));
    const text = await Deno.readTextFile(`${it.home}/${SHIM}`);
    const { code, stderr } = await it.install(["--uninstall"]);
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, `another account-qwen: ${it.home}/${SHIM}\n`);
    assertEquals(await Deno.readTextFile(`${it.home}/${SHIM}`), text);
    assertEquals(await wasRemoved(it), true);
  });
}

const FOREIGN: Record<string, (it: Installer) => Promise<void>> = {
  async "was there before"(it) {
    await Deno.remove(`${it.folder}/.account-qwen.installed`);
  },
  async "was put in its place"(it) {
    await Deno.writeTextFile(it.program, "#!/bin/sh\nexec deno run ...\n");
  },
  async "is a link"(it) {
    await Deno.rename(it.program, `${it.home}/other`);
    await Deno.symlink(`${it.home}/other`, it.program);
  },
  async "is a broken link"(it) {
    await Deno.remove(it.program);
    await Deno.symlink(`${it.home}/missing`, it.program);
  },
};

for (const [what, change] of Object.entries(FOREIGN)) {
  Deno.test(`install.sh --uninstall leaves a program alone that ${what}`, async () => {
    await using it = await installer();
    await it.install();
    await change(it);
    await writeShim(it.home, it.program);
    const before = await it.files();
    const { code, stderr } = await it.install(["--uninstall"]);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "this script did not install it");
    assertStringIncludes(stderr, `or: rm '${it.program}'`);
    assertEquals(await it.files(), before);
  });
}

Deno.test("install.sh --uninstall removes a program that was installed again", async () => {
  await using it = await installer();
  await it.install();
  await Deno.writeTextFile(it.program, "something else");
  await it.install();
  assertEquals((await it.install(["--uninstall"])).code, 0);
  assertEquals(await wasRemoved(it), true);
});

async function wasRemoved(it: Installer): Promise<boolean> {
  return (await Array.fromAsync(Deno.readDir(it.folder))).length === 0;
}
