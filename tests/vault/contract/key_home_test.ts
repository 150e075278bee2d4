import { assertEquals } from "@std/assert";
import { AccountManager } from "../../../lib/mod.ts";
import { codex } from "../../../lib/agents/codex/agent.ts";
import { layoutAt } from "../../../lib/disk/layout.ts";
import { randomHex } from "../../../lib/disk/names.ts";
import {
  type FileOfRun,
  makeKeyHome,
} from "../../../lib/vault/homes/private_home.ts";
import { namesIn } from "../../support/account_folder.ts";
import { loginOf } from "../../support/codex_login.ts";
import { namesIfAny } from "../../support/names_in.ts";
import { stashPaths } from "../../support/kept_files.ts";
import { tempDir } from "../../support/temp_dir.ts";

import "../../support/load_libc.ts";

const FILE = { name: "auth.json", content: '{"OPENAI_API_KEY":"run-token"}' };

/** A home of codex with a login, settings, a database and a session. */
async function codexHome() {
  const dir = await tempDir({ inMemory: true });
  const home = `${dir.path}/.codex`;
  const layout = layoutAt(`${home}/accounts`, { agent: codex });
  const login = loginOf("account-1").bytes;
  await Deno.mkdir(layout.root, { recursive: true, mode: 0o700 });
  await Deno.mkdir(`${home}/sessions`);
  await Deno.writeFile(`${home}/auth.json`, login, { mode: 0o600 });
  await Deno.writeTextFile(`${home}/config.toml`, "");
  await Deno.writeTextFile(`${home}/state_5.sqlite`, "of the user");
  return {
    home,
    layout,
    login,
    make: (envFile?: FileOfRun) =>
      makeKeyHome(layout, {
        id: randomHex(8),
        version: "0.171.0",
        file: FILE,
        envFile,
      }),
    homes: async () =>
      (await namesIfAny(`${layout.accounts}/homes`))
        .filter((it) => it !== "lock"),
    /** Does what any command does that changes something. */
    nextCommand: () =>
      new AccountManager({ dir: layout.root, agent: codex, notify() {} })
        .addKey({
          apiKey: `sk-${randomHex(8)}`,
          baseUrl: "https://x.test",
          model: "coder",
        }),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

Deno.test("makeKeyHome() shows a run its key and what is shared, but no login", async () => {
  await using user = await codexHome();
  await using run = await user.make();
  const text = await Deno.readTextFile(`${run.dir}/auth.json`);
  assertEquals(text, FILE.content);
  const { mode } = await Deno.stat(`${run.dir}/auth.json`);
  assertEquals((mode ?? 0) & 0o777, 0o600);
  const names = await namesIn(run.dir);
  assertEquals(
    ["config.toml", "sessions", "history.jsonl"].filter((it) =>
      !names.includes(it)
    ),
    [],
  );
  assertEquals(
    ["accounts", "state_5.sqlite"].filter((it) => names.includes(it)),
    [],
  );
});

Deno.test("makeKeyHome() keeps the sessions of a run, and neither its key nor its databases", async () => {
  await using user = await codexHome();
  {
    await using run = await user.make();
    await Deno.writeTextFile(`${run.dir}/sessions/rollout.jsonl`, "{}");
    await Deno.writeTextFile(`${run.dir}/state_5.sqlite`, "of the run");
    await Deno.writeTextFile(`${run.dir}/logs_2.sqlite-wal`, "of the run");
    await Deno.mkdir(`${run.dir}/log/2026`, { recursive: true });
    await Deno.writeTextFile(`${run.dir}/log/2026/codex.log`, "of the run");
    await Deno.writeTextFile(`${run.dir}/auth.lock`, "");
  }
  assertEquals(await user.homes(), []);
  assertEquals(await namesIn(`${user.home}/sessions`), ["rollout.jsonl"]);
  const database = await Deno.readTextFile(`${user.home}/state_5.sqlite`);
  assertEquals(database, "of the user");
  const names = await namesIn(user.home);
  assertEquals(names.filter((it) => /^log|lock$/.test(it)), []);
  assertEquals(await Deno.readFile(`${user.home}/auth.json`), user.login);
});

Deno.test("makeKeyHome() replaces a file of the user for the run alone", async () => {
  await using user = await codexHome();
  await Deno.writeTextFile(`${user.home}/.env`, "OF_USER=1");
  {
    await using run = await user.make({ name: ".env", content: "OF_RUN=1" });
    assertEquals(await Deno.readTextFile(`${run.dir}/.env`), "OF_RUN=1");
  }
  assertEquals(await Deno.readTextFile(`${user.home}/.env`), "OF_USER=1");
  assertEquals(await user.homes(), []);
});

Deno.test("a login that somebody made in a run with a key goes to the stash", async () => {
  await using user = await codexHome();
  const made = loginOf("account-2").bytes;
  {
    await using run = await user.make();
    await Deno.writeFile(`${run.dir}/auth.json`, made);
  }
  await user.nextCommand();
  const stash = await stashPaths(user.layout);
  assertEquals(stash.length, 1);
  assertEquals(await Deno.readFile(stash[0] ?? ""), made);
  assertEquals(await user.homes(), []);
  assertEquals(await Deno.readFile(`${user.home}/auth.json`), user.login);
});
