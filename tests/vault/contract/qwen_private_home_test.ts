/**
 * The real `qwen` in a private home: it works as in the user's own, and never
 * reads a real login.
 *
 * @module
 */

import "../../support/load_libc.ts";
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { TestHome } from "../../support/home.ts";
import type { Reply } from "../../support/service.ts";
import { setScene, type StartOptions, TOKEN } from "./qwen_private_scene.ts";

const PROMPT = "What is the capital of France?";
const ANSWER: Reply = { answer: "Paris." };

const UNAUTHORIZED: Reply = {
  status: 401,
  body: { error: { message: "Incorrect API key.", code: "invalid_api_key" } },
};

for (const version of ["0.12.0", "0.24.4"]) {
  Deno.test(`qwen ${version} runs in a private home, and its sessions are the user's`, async () => {
    await using scene = await setScene(version, ANSWER);
    const { home, service } = scene;
    const first = await scene.run("00000000000000aa", [`--prompt=${PROMPT}`]);
    assertMatch(first.stdout, /^Paris\.\n?$/, first.stderr);
    assertEquals(new Set(service.requests.map((it) => it.token)).size, 1);
    assertEquals(service.requests[0]?.token, TOKEN);

    const [log = ""] = await sessionLogs(home);
    assertMatch(await Deno.readTextFile(log), /capital of France/);
    const session = log.slice(log.lastIndexOf("/") + 1, -".jsonl".length);
    const again = [`--resume=${session}`, "--prompt=And of Italy?"];
    const second = await scene.run("00000000000000ab", again);
    assertMatch(second.stdout, /^Paris\.\n?$/, second.stderr);
    assertMatch(await Deno.readTextFile(log), /And of Italy/);
    await scene.assertUntouched();
  });

  Deno.test(`qwen ${version} cannot touch a real login when its own is refused`, async () => {
    await using scene = await setScene(version, UNAUTHORIZED);
    const { code } = await scene.run("00000000000000aa", [
      `--prompt=${PROMPT}`,
    ]);
    assertEquals(code, 1);
    const { service } = scene;
    assertEquals(service.requests[0]?.token, TOKEN);
    assert(service.oauthRequests.length > 0, "it asked for no new tokens");
    await scene.assertUntouched();
  });

  Deno.test(`a file that a tool of qwen ${version} makes in the home belongs to the user`, async () => {
    let asked = 0;
    const call = {
      name: "run_shell_command",
      args: {
        command: "echo made >~/made.txt; git config --global user.name Me; " +
          "cp -a ~/.gitconfig ~/config.bak; cp -r ~/.qwen/projects ~/copies; " +
          'git config --global core.excludesFile "$HOME/ignored"; ' +
          'echo "$NODE_OPTIONS" >~/options.txt',
        description: "make files",
        is_background: false,
      },
    };
    await using scene = await setScene(
      version,
      () => ++asked === 1 ? { toolCall: call } : ANSWER,
    );
    await Deno.writeTextFile(`${scene.home.path}/.gitconfig`, "");
    const args = ["--yolo", `--prompt=${PROMPT}`];
    const { stdout, stderr } = await scene.run("00000000000000aa", args);
    assertMatch(stdout, /^Paris\.\n?$/, stderr);
    const { path } = scene.home;
    assertEquals(await Deno.readTextFile(`${path}/made.txt`), "made\n");
    const config = await Deno.readTextFile(`${path}/.gitconfig`);
    assertMatch(config, /name = Me/);
    assert(config.includes(`excludesFile = ${path}/ignored`), config);
    // Copies, not links to the originals.
    assertEquals((await Deno.lstat(`${path}/config.bak`)).isFile, true);
    assertEquals((await Deno.lstat(`${path}/copies`)).isDirectory, true);
    const given = await Deno.readTextFile(`${path}/options.txt`);
    assertEquals(given.includes("preload"), false, given);
    await scene.assertUntouched();
  });
}

const LAUNCHER = `#!/usr/bin/env node
const { spawnSync } = require("node:child_process");
const [bin, ...args] = process.argv.slice(2);
process.exitCode = spawnSync(bin, args, { stdio: "inherit" }).status;
`;

/** How the agent gets into another process than the one we start. */
const STARTS: Readonly<Record<string, StartOptions>> = {
  "starts itself again": { env: { QWEN_CODE_NO_RELAUNCH: "" } },
  "is started by another program of Node": { launcher: LAUNCHER },
};

for (const [how, start] of Object.entries(STARTS)) {
  Deno.test(`a qwen that ${how} uses the private home, and its tools do not`, async () => {
    let asked = 0;
    const call = {
      name: "run_shell_command",
      args: {
        command: "echo $HOME >~/home.txt",
        description: "see",
        is_background: false,
      },
    };
    await using scene = await setScene(
      "0.12.0",
      () => ++asked === 1 ? { toolCall: call } : ANSWER,
    );
    const args = ["--yolo", `--prompt=${PROMPT}`];
    const { stdout, stderr } = await scene.run("00000000000000aa", args, start);
    assertMatch(stdout, /^Paris\.\n?$/, stderr);
    assertEquals(scene.service.requests[0]?.token, TOKEN);
    const { path } = scene.home;
    assertEquals(await Deno.readTextFile(`${path}/home.txt`), `${path}\n`);
    await scene.assertUntouched();
  });
}

async function sessionLogs({ dir }: TestHome): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir(`${dir}/projects`)) {
    const chats = `${dir}/projects/${name}/chats`;
    for await (const it of Deno.readDir(chats)) {
      if (it.name.endsWith(".jsonl")) found.push(`${chats}/${it.name}`);
    }
  }
  return found;
}
