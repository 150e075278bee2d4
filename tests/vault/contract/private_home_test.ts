import { assert, assertEquals, assertMatch } from "@std/assert";
import { qwen } from "../../../lib/agents/qwen/agent.ts";
import { runtime } from "../../../lib/system/mod.ts";
import { NO_REFRESH_TOKEN } from "../../../lib/vault/homes/homes.ts";
import { makePrivateHome } from "../../../lib/vault/homes/private_home.ts";
import {
  credential,
  modeOf,
  namesIn,
  text,
} from "../../support/account_folder.ts";
import { replaceFiles } from "../../support/files.ts";
import { makePipe } from "../../support/pipe.ts";
import { tempDir } from "../../support/temp_dir.ts";
import {
  afterRun,
  behaveLikeARun,
  GIVEN,
  KINDS,
  nextCommand,
  RUN_ID,
  type UserHome,
  userHome,
} from "./private_homes.ts";
import { stashPaths } from "../../support/kept_files.ts";

for (const [kind, version] of Object.entries(KINDS)) {
  Deno.test(`makePrivateHome() shows everything of the user except the logins in ${kind}`, async () => {
    await using user = await userHome();
    await Deno.writeTextFile(`${user.layout.root}/oauth_creds.json.bak`, "x");
    await using home = await user.make(version);
    const { HOME, QWEN_HOME: qwen = "" } = home.env;

    const real = await namesIn(user.layout.root);
    const hidden = /^(?:accounts|oauth_creds.*)$/;
    const expected = real.filter((it) => !hidden.test(it));
    const names = await namesIn(qwen);
    // A dangling link, so that all runs append to one file.
    const shared = version === "0.24.4" ? ["usage_record.jsonl"] : [];
    const all = [...expected, "oauth_creds.json", ...shared];
    assertEquals(names, all.sort());
    assertEquals(await Deno.readTextFile(`${qwen}/QWEN.md`), "memory\n");
    assertEquals(await modeOf(qwen), "0700");
    assertEquals(await modeOf(`${qwen}/oauth_creds.json`), "0600");
    const given = JSON.parse(
      await Deno.readTextFile(`${qwen}/oauth_creds.json`),
    );
    assertEquals(given.access_token, GIVEN.token);
    assertEquals(given.refresh_token, NO_REFRESH_TOKEN);
    assertEquals(given.resource_url, GIVEN.baseUrl);
    assert(given.expiry_date > Date.now() + 86_400_000 * 365);
    assertEquals(
      home.env.ACCOUNT_QWEN_RUN_DIRS,
      JSON.stringify({ qwen: user.layout.root }),
    );

    assertEquals(HOME !== undefined, version === "0.12.0");
    if (HOME === undefined) return;
    assertEquals(await namesIn(HOME), await namesIn(user.path));
    assertEquals(await Deno.readTextFile(`${HOME}/.ssh/id`), "key\n");
    assertEquals(await Deno.realPath(`${HOME}/.qwen`), qwen);
  });

  Deno.test(`everything that a run makes in ${kind} is copied back, but no login`, async () => {
    await using user = await userHome();
    const before = await user.tree();
    const logins = await loginsOf(user);
    const home = await user.make(version);
    await behaveLikeARun(home);
    await home[Symbol.asyncDispose]();
    assertEquals(await user.tree(), afterRun(before, user.path, version));
    assertEquals(await loginsOf(user), logins);
    assertEquals(await user.homes(), []);
  });

  Deno.test(`a folder that a run makes in ${kind} immediately exists in the user's home`, async () => {
    await using user = await userHome();
    await using home = await user.make(version);
    const log = "tmp/new/logs.json"; // this folder does not exist yet
    const path = `${home.env.QWEN_HOME}/${log}`;
    await Deno.mkdir(`${home.env.QWEN_HOME}/tmp/new`, { recursive: true });
    await Deno.writeTextFile(path, "{}\n");
    const real = await Deno.readTextFile(`${user.layout.root}/${log}`);
    assertEquals(real, "{}\n");
  });

  Deno.test(`a login that is made during a run in ${kind} is in the stash after it`, async () => {
    await using user = await userHome();
    const logins = await loginsOf(user);
    const home = await user.make(version);
    const live = `${home.env.QWEN_HOME}/oauth_creds.json`;
    await Deno.writeFile(live, credential(7));
    await home[Symbol.asyncDispose]();
    await nextCommand(user);
    const stash = await stashPaths(user.layout);
    const stashed = await Promise.all(stash.map((it) => Deno.readFile(it)));
    assertEquals(stashed, [credential(7)]);
    assertEquals(await loginsOf(user), logins);
    assertEquals(await user.homes(), []);
  });

  Deno.test(`other commands leave the home of a run in progress in ${kind} alone`, async () => {
    await using user = await userHome();
    const home = await user.make(version);
    await nextCommand(user);
    assertEquals(await user.homes(), [RUN_ID]);
    await home[Symbol.asyncDispose]();
    assertEquals(await user.homes(), []);
  });
}

Deno.test("makePrivateHome() shows entries that are not files, and a .qwen that is a link", async () => {
  await using user = await userHome();
  await Deno.rename(`${user.path}/.qwen`, `${user.path}/elsewhere`);
  await Deno.symlink("elsewhere", `${user.path}/.qwen`);
  using _socket = Deno.listen({
    transport: "unix",
    path: `${user.path}/socket`,
  });
  await makePipe(`${user.path}/pipe`);
  const home = await user.make();
  const { HOME = "", QWEN_HOME } = home.env;
  for (const name of ["socket", "pipe", "dangling", "elsewhere"]) {
    assertEquals(
      await Deno.readLink(`${HOME}/${name}`),
      `${user.path}/${name}`,
    );
  }
  await Deno.writeTextFile(`${QWEN_HOME}/new`, "new");
  await home[Symbol.asyncDispose]();
  const made = await Deno.readTextFile(`${user.path}/elsewhere/new`);
  assertEquals(made, "new");
  assertEquals(await Deno.readLink(`${user.path}/.qwen`), "elsewhere");
});

Deno.test("what a run makes in a HOME on another file system is copied back", async () => {
  await using user = await userHome({ apart: true });
  const before = await user.tree();
  const home = await user.make();
  const isApart = Deno.build.os === "linux"; // other systems have no file system in memory
  assertEquals(home.env.HOME?.startsWith(`${user.path}/.account-`), isApart);
  await behaveLikeARun(home);
  await home[Symbol.asyncDispose]();
  assertEquals(await user.tree(), afterRun(before, user.path, "0.12.0"));
  assertEquals(await user.homes(), []);
});

Deno.test("what a run makes is copied back when the accounts are on another file system", async () => {
  await using user = await userHome(); // in memory
  await using disk = await tempDir();
  const { accounts } = user.layout;
  await new Deno.Command("mv", { args: [accounts, disk.path] }).output();
  await Deno.symlink(`${disk.path}/accounts`, accounts);
  const before = await user.tree();
  const home = await user.make("0.24.4");
  await behaveLikeARun(home);
  await home[Symbol.asyncDispose]();
  assertEquals(await user.tree(), afterRun(before, user.path, "0.24.4"));
  assertEquals(await user.homes(), []);
});

Deno.test("makePrivateHome() uses the folder of the accounts when it may not write to a HOME on another file system", async () => {
  await using user = await userHome();
  const inHome = `${user.path}/.account-qwen-${RUN_ID}`;
  const refused = (code: string) =>
    Promise.reject(Object.assign(new Error(code), { code }));
  const notices: string[] = [];
  using _ = replaceFiles((real) => ({
    rename: (from, to) =>
      to.endsWith("/.") ? refused("EXDEV") : real.rename(from, to),
    makeFolder: (path, mode) =>
      path === inHome ? refused("EROFS") : real.makeFolder(path, mode),
    link: (target, path) =>
      path === `${user.path}/newfile`
        ? refused("EROFS")
        : real.link(target, path),
  }));
  const home = await makePrivateHome({
    agent: qwen,
    id: RUN_ID,
    version: "0.12.0",
    realHome: user.path,
    dir: user.layout.root,
    credential: GIVEN,
    notify: (it) => notices.push(it),
  });
  assert(home.env.HOME?.startsWith(user.layout.accounts));
  await Deno.writeTextFile(`${home.env.HOME}/newfile`, "kept");
  await home[Symbol.asyncDispose]();
  assertEquals(notices.length, 1);
  assertMatch(notices[0] ?? "", /cannot copy back .*newfile: EROFS/);
  const kept = await Deno.readTextFile(`${home.env.HOME}/newfile`);
  assertEquals(kept, "kept");
});

Deno.test("disposing of a private home that the run has removed causes no error", async () => {
  await using user = await userHome();
  const before = await user.tree();
  const home = await user.make();
  await Deno.remove(home.env.HOME ?? "", { recursive: true });
  await home[Symbol.asyncDispose]();
  assertEquals(await user.tree(), before);
  assertEquals(await user.homes(), []);
});

async function loginsOf({ layout }: UserHome): Promise<string[]> {
  const slots = [1, 2].map((it) => `${layout.accounts}/oauth_creds_${it}.json`);
  return [
    await runtime.files.readLink(layout.live) ?? "",
    ...await Promise.all(
      slots.map(async (it) => text(await Deno.readFile(it))),
    ),
  ];
}
