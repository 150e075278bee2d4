import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  findInstallation,
  howToUpgrade,
} from "../../../lib/cli/installation.ts";
import { shimText } from "../../../lib/cli/shim/shim_file.ts";
import { writeKeySlot } from "../../support/account_folder.ts";
import { accountQwen, runCli } from "../../support/cli.ts";
import { type TestHome, testHome } from "../../support/home.ts";
import { testWith } from "../../support/needs.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { Typist } from "../../support/typist.ts";

const test = await testWith("script");

const SHIM = ".local/share/account-qwen/shims/qwen";
const FISH = ".config/fish/completions/account-qwen.fish";
const BASH = ".local/share/bash-completion/completions/account-qwen";
const MANUAL = ".local/share/man/man1/account-qwen.1";

const OURS = [SHIM, FISH, BASH, MANUAL];

/** A home with a complete installation. */
async function fullHome(): Promise<TestHome> {
  const home = await testHome({
    accounts: 1,
    baseUrl: "http://provider.invalid/v1",
  });
  const run = async (...args: string[]) =>
    (await runCli(args, { home: home.path })).stdout;
  await run("shim", "install");
  const texts = {
    [FISH]: await run("completion", "fish"),
    [BASH]: await run("completion", "bash"),
    [MANUAL]: await run("man"),
    ".zsh/completions/_account-qwen": "#compdef another\n",
    ".bashrc": "alias qwen='account-qwen exec --'\n" +
      'export A=sk-1234567890abcdef; eval "$(account-qwen completion bash)"\n',
  };
  for (const [name, text] of Object.entries(texts)) {
    const path = `${home.path}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, text);
  }
  return home;
}

function isThere(home: TestHome, name: string): boolean {
  try {
    return Deno.lstatSync(`${home.path}/${name}`).isFile;
  } catch {
    return false;
  }
}

Deno.test("uninstall shows what is installed and changes nothing when nobody can be asked", async () => {
  await using home = await fullHome();
  const { code, stdout } = await runCli(["uninstall"], { home: home.path });
  assertEquals(code, 0);
  for (const name of OURS) {
    assertStringIncludes(stdout, `${home.path}/${name}\n`);
    assert(isThere(home, name), name);
  }
  assertStringIncludes(stdout, ".bashrc:1: alias qwen='account-qwen exec --'");
  assertEquals(stdout.includes("sk-1234567890abcdef"), false);
  assertEquals(stdout.includes("_account-qwen"), false);
  assertStringIncludes(stdout, `1 account in ${home.dir}/accounts`);
  assertStringIncludes(stdout, "account-qwen uninstall --unlink");
  assertStringIncludes(stdout, "account-qwen uninstall --yes");
});

Deno.test("uninstall --yes removes that, and nothing else", async () => {
  await using home = await fullHome();
  const args = ["uninstall", "--yes"];
  const { code, stderr } = await runCli(args, { home: home.path });
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertEquals(OURS.filter((it) => isThere(home, it)), []);
  assert(isThere(home, ".bashrc"));
  assert(isThere(home, ".zsh/completions/_account-qwen"));
  assertEquals(await home.link(), "accounts/oauth_creds_1.json");
  const again = await runCli(args, { home: home.path });
  assertStringIncludes(again.stdout, "nothing that this command can remove");
});

const ANSWERS = { "y": [], "n": OURS, "": OURS };

for (const [answer, left] of Object.entries(ANSWERS)) {
  test(`uninstall leaves ${left.length} files when the answer is "${answer}"`, async () => {
    await using home = await fullHome();
    await using typist = await Typist.start(["uninstall"], { home: home.path });
    await typist.answer("Remove these 4 files? [y/N]", `${answer}\n`);
    assertEquals(await typist.end(), 0);
    assertStringIncludes(typist.seen, "\r\n  1 account in ");
    assertEquals(OURS.filter((it) => isThere(home, it)), left);
  });
}

Deno.test("uninstall --unlink replaces the link with a file, so that plain qwen needs no account", async () => {
  await using home = await fullHome();
  const slot = await Deno.readTextFile(home.slot(1));
  const args = ["uninstall", "--unlink"];
  const { code, stdout } = await runCli(args, { home: home.path });
  assertEquals(code, 0);
  assertStringIncludes(stdout, "is a file now, with the login of account 1");
  const live = `${home.dir}/oauth_creds.json`;
  assert((await Deno.lstat(live)).isFile);
  assertEquals(await Deno.readTextFile(live), slot);
  assert(isThere(home, SHIM));
});

Deno.test("uninstall says how plain qwen gets a key", async () => {
  await using home = await fullHome();
  await writeKeySlot(home.dir, 2);
  const { stdout } = await runCli(["uninstall"], { home: home.path });
  assertStringIncludes(stdout, 'eval "$(account-qwen env 2)"');
});

Deno.test("uninstall leaves a shim alone that starts another account-qwen", async () => {
  await using home = await fullHome();
  const [other = ""] = accountQwen();
  await Deno.writeTextFile(`${home.path}/${SHIM}`, shimText([other]));
  const args = ["uninstall", "--yes"];
  const { stdout } = await runCli(args, { home: home.path });
  assertStringIncludes(stdout, `${SHIM} (starts another account-qwen)`);
  assert(isThere(home, SHIM));
});

Deno.test("uninstall works without accounts and without a home", async () => {
  await using home = await tempDir();
  const args = ["uninstall", "--yes", "--unlink"];
  const { code, stdout } = await runCli(args, { home: home.path });
  assertEquals(code, 0);
  assertStringIncludes(stdout, `no accounts in ${home.path}/.qwen`);
  assertEquals([...Deno.readDirSync(home.path)], []);
});

Deno.test("findInstallation() recognizes a program that install.sh has installed", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/account-qwen`;
  const receipt = `${dir.path}/.account-qwen.installed`;
  await Deno.writeTextFile(path, "program");
  assertEquals(await findInstallation([path]), { kind: "binary", path });
  const bytes = new TextEncoder().encode("program");
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  await Deno.writeTextFile(receipt, `${new Uint8Array(digest).toHex()}\n`);
  const installed = await findInstallation([path]);
  assertEquals(installed, { kind: "installed", path, receipt });
  assertEquals(howToUpgrade(installed, { hasReleases: false }), [
    `sh install.sh --dir ${dir.path}`,
  ]);
  await Deno.writeTextFile(path, "another program");
  assertEquals(await findInstallation([path]), { kind: "binary", path });
});

Deno.test("findInstallation() recognizes what Deno runs", async () => {
  const main = "/src/account-qwen/main.ts";
  const found = await findInstallation(["deno", "run", "-A", main]);
  assertEquals(found, { kind: "source", main });
  assertEquals(howToUpgrade(found, { hasReleases: true }), [
    "git -C /src/account-qwen pull",
  ]);
});
