/**
 * Two runs of `exec` with different logins at the same time. The first one
 * writes a new login while the second one is in progress. The program is a
 * stand-in that asks no service.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { runCli, type RunResult } from "../support/cli.ts";
import { type TestHome, testHome } from "../support/home.ts";
import { makePipe, openPipe } from "../support/pipe.ts";
import { realQwen } from "../support/real_qwen.ts";
import { blocks, goOn, namesIn } from "./stand_in_runs.ts";

/**
 * Both programs read their login and wait at a pipe. The one with account 1
 * then puts a new login in the place of the link, and waits again; the one with
 * account 2 checks whether there is a login.
 */
const NODE_PLAY = `
  const { HOME } = process.env;
  const live = HOME + "/.qwen/oauth_creds.json";
  const login = JSON.parse(await read(live));
  const account = /\\d+/.exec(login.access_token)[0];
  await read(HOME + "/wait-" + account);
  if (account === "1") {
    const text = JSON.stringify({
      access_token: "opaque-1",
      refresh_token: "opaque-2",
      token_type: "Bearer",
      expiry_date: 4102444800000,
    });
    await write(live + ".new", text, { mode: 0o600 });
    await rename(live + ".new", live);
    await read(HOME + "/end-1");
  } else {
    await read(live);
  }
  console.log("from " + account);
`;

const SHELL_PLAY = `
  live="$HOME/.qwen/oauth_creds.json"
  account=$(sed -n 's/.*secret-access-token-\\([0-9]*\\)-.*/\\1/p' "$live")
  cat "$HOME/wait-$account" >"$HOME/told-$account"
  if [ "$account" = 1 ]; then
    cat >"$live.new" <<'END'
{"access_token":"opaque-1","refresh_token":"opaque-2","token_type":"Bearer",
"expiry_date":4102444800000}
END
    chmod 600 "$live.new"
    mv "$live.new" "$live"
    cat "$HOME/end-1" >"$HOME/told-1"
  else
    cat "$live" >/dev/null || exit 1
  fi
  echo "from $account"
`;

const PROGRAMS = {
  "a program of Node": `#!/usr/bin/env node
    const fs = require("node:fs");
    const read = fs.readFileSync, write = fs.writeFileSync;
    const rename = fs.renameSync;
    (async () => { ${NODE_PLAY} })();`,
  "a module of Node": `#!/usr/bin/env node
    import { rename, writeFile as write } from "node:fs/promises";
    import { readFileSync as read } from "node:fs";
    ${NODE_PLAY}`,
  "a script of sh": `#!/bin/sh
    ${SHELL_PLAY}`,
};

/** Which run ends first. */
const ORDERS = { "with account 1": "1", "with account 2": "2" };

for (const [what, text] of Object.entries(PROGRAMS)) {
  const isShell = what === "a script of sh";
  for (const [order, first] of Object.entries(ORDERS)) {
    const then = isShell
      ? "leaves the login in the stash, and both runs end well"
      : "puts the login into slot 1, and both runs end well";
    Deno.test(`${what} that refreshes beside a run of another account ${then} when the run ${order} ends first`, async () => {
      await using scene = await setScene(text);
      const { home } = scene;
      const refreshing = scene.exec(1);
      const refresh = await openPipe(`${home.path}/wait-1`, refreshing);
      const other = scene.exec(2);
      const look = await openPipe(`${home.path}/wait-2`, other);
      await goOn(refresh);
      const end = await openPipe(`${home.path}/end-1`, refreshing);
      if (first === "2") await goOn(look);
      const ended = first === "2" ? [await other] : [];
      await goOn(end);
      ended.push(await refreshing);
      if (first === "1") {
        await goOn(look);
        ended.push(await other);
      }
      const said = ended.map((it) => it.stderr).join("\n");
      assertEquals(ended.map((it) => it.code), [0, 0], said);
      const outputs = ended.map((it) => it.stdout).sort();
      assertEquals(outputs, ["from 1\n", "from 2\n"]);
      const stashed = await namesIn(`${home.dir}/accounts/stash`);
      assertEquals(stashed.length, isShell ? 1 : 0, said);
      assertEquals(
        await blocks(scene),
        Array(2).fill(
          isShell ? "its newest login may be in the stash" : null,
        ),
        said,
      );
      assertEquals(await refreshTokens(home), [
        isShell ? "secret-refresh-token-1-x7Kq" : "opaque-2",
        "secret-refresh-token-2-x7Kq",
      ]);
    });
  }
}

interface Scene extends AsyncDisposable {
  home: TestHome;
  cli(args: readonly string[]): Promise<RunResult>;
  exec(account: number): Promise<RunResult>;
}

async function setScene(program: string): Promise<Scene> {
  const { path: PATH } = await realQwen();
  const home = await testHome({
    accounts: 2,
    baseUrl: "http://provider.invalid/v1",
  });
  const isModule = /^ *import /m.test(program);
  const bin = `${home.path}/qwen${isModule ? ".mjs" : ""}`;
  await Deno.writeTextFile(bin, program, { mode: 0o755 });
  for (const name of ["wait-1", "wait-2", "end-1"]) {
    await makePipe(`${home.path}/${name}`);
  }
  const cli = (args: readonly string[]) =>
    runCli(args, { home: home.path, env: { PATH } });
  return {
    home,
    cli,
    exec: (account) =>
      cli(["exec", "--bin", bin, "--account", `${account}`, "--", "hello"]),
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

async function refreshTokens(home: TestHome): Promise<string[]> {
  const texts = await Promise.all(
    [1, 2].map((it) => Deno.readTextFile(home.slot(it))),
  );
  return texts.map((it) => JSON.parse(it).refresh_token);
}
