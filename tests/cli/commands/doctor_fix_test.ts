import { basics } from "../../../lib/agents/qwen/basics.ts";
import { assertEquals, assertMatch } from "@std/assert";
import { layoutAt } from "../../../lib/disk/layout.ts";
import { accountFolder, credential } from "../../support/account_folder.ts";
import { run } from "../../support/cli.ts";
import { denoEnv } from "../../support/deno_env.ts";
import { testHome } from "../../support/home.ts";
import { stashed } from "../../support/stashed.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { tokenServer } from "../../support/token_server.ts";
import { refreshed } from "../../accounts/agent_writes.ts";
import {
  findingsIn,
  SPOILED,
  SPOILED_BY_CHANCE,
} from "../../doctor/findings.ts";
import { installPrograms } from "./account_qwen.ts";
import type { Finding } from "../../../lib/doctor/finding.ts";

const ALL = { ...SPOILED, ...SPOILED_BY_CHANCE };

for (const [when, { spoil }] of Object.entries(ALL)) {
  Deno.test(`doctor names a command that fixes it when ${when}`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
    await spoil(folder);
    const [finding, ...others] = await findingsIn(folder);
    assertEquals(others, []);
    const home = folder.path.replace(/\/\.qwen$/, "");
    await mend(decided(finding), home);
    const left = await findingsIn(folder, Date.now());
    assertEquals(left.filter((it) => it.check !== "stash"), []);
    // An unusable file from a slot is kept, and the user may remove it.
    for (const it of left) await run("sh", ["-c", it.mend], { home });
    assertEquals(await findingsIn(folder, Date.now()), []);
  });
}

Deno.test("doctor names a command that fixes it when the only account has a login in the stash", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  await stashed(folder, refreshed(1), [1]);
  const [finding] = await findingsIn(folder);
  await mend(finding, folder.path.replace(/\/\.qwen$/, ""));
  assertEquals(await folder.slot(1), refreshed(1));
  assertEquals(await findingsIn(folder), []);
});

Deno.test("doctor names a command that fixes it when a login is in the stash and no account is there", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await stashed(folder, refreshed(1), [1]);
  await Deno.remove(`${folder.layout.accounts}/oauth_creds_1.json`);
  const finding = (await findingsIn(folder)).find((it) => it.check === "stash");
  await mend(finding, folder.path.replace(/\/\.qwen$/, ""));
  assertEquals(await folder.slot(1), refreshed(1));
  assertEquals(await findingsIn(folder), []);
});

Deno.test("doctor names a command that changes nothing until the user has decided whose a login is", async () => {
  await using folder = await accountFolder({ accounts: [1, 2, 3], active: 1 });
  await stashed(folder, refreshed(1), [1, 2, 3]);
  await stashed(folder, refreshed(2), [1, 2, 3]);
  const before = await findingsIn(folder);
  const home = folder.path.replace(/\/\.qwen$/, "");
  const PATH = await installPrograms(home);
  for (const it of before) {
    assertMatch(
      it.mend,
      /^account-qwen restore N --stash \S+\.json {2}# N: account 1 or 2 or 3$/,
    );
    const { code } = await run("sh", ["-c", it.mend], {
      home,
      env: { PATH, ...await denoEnv() },
    });
    assertEquals(code, 2);
  }
  assertEquals(await findingsIn(folder), before);
});

Deno.test("doctor does not propose one account when another one that a login may belong to has a later one", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  await folder.renew(1, refreshed(1, 3));
  const name = await stashed(folder, refreshed(1, 2), [1, 2]);
  const [finding] = await findingsIn(folder);
  const { stash, root } = folder.layout;
  assertEquals(
    finding?.mend,
    `account-qwen restore N --stash ${name}  # N: account 2; ` +
      `if it belongs to account 1: mv ${stash}/${name} ${root}/${name}.away`,
  );
});

Deno.test("doctor names a command that fixes it when the login of qwen is the only one", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await Deno.remove(`${folder.layout.accounts}/oauth_creds_1.json`);
  await folder.put(credential(1));
  const [finding] = await findingsIn(folder);
  await mend(finding, folder.path.replace(/\/\.qwen$/, ""));
  assertEquals(await findingsIn(folder), []);
});

Deno.test("doctor names a command that fixes it when the path has a space", async () => {
  await using dir = await tempDir();
  await using home = await testHome({ accounts: 1, baseUrl: "" });
  const layout = layoutAt(`${dir.path}/John Doe/.qwen`, { agent: basics });
  await Deno.mkdir(`${dir.path}/John Doe`);
  await Deno.rename(home.dir, layout.root);
  await Deno.symlink("/dev/null", layout.log);
  const [finding] = await findingsIn({ layout });
  await mend(finding, `${dir.path}/John Doe`);
  await Deno.mkdir(home.dir);
  assertEquals(await findingsIn({ layout }), []);
});

/**
 * Completes the only command that cannot be run as printed, because it leaves
 * open which account a login belongs to.
 */
function decided(finding: Finding | undefined): Finding | undefined {
  return finding && {
    ...finding,
    mend: finding.mend.replace("restore N ", "restore 1 "),
  };
}

/** Runs the command of a finding in a shell, as a user would. */
async function mend(
  finding: Pick<Finding, "mend"> | undefined,
  home: string,
): Promise<void> {
  const PATH = await installPrograms(home);
  await using server = tokenServer(); // for a login
  const env = {
    PATH,
    ...await denoEnv(),
    ACCOUNT_QWEN_OAUTH_URL: server.url,
  };
  await run("sh", ["-c", finding?.mend ?? "exit 9"], { home, env });
}
