/**
 * The real `qwen` in a private home: it works as in the user's own, and never
 * looks into a real login.
 *
 * @module
 */

import "../support/load_libc.ts";
import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  makePrivateHome,
  type PrivateHome,
} from "../../lib/wrapper/private_home.ts";
import { NO_REFRESH_TOKEN } from "../../lib/store/home_entries.ts";
import { CHECKOUT } from "../support/checkout.ts";
import { run } from "../support/cli.ts";
import { type TestHome, testHome } from "../support/home.ts";
import {
  type Provider,
  type Reply,
  startProvider,
} from "../support/provider.ts";
import { realQwen } from "../support/real_qwen.ts";

const TOKEN = "token-of-this-run";
const PROMPT = "What is the capital of France?";
const ANSWER: Reply = { answer: "Paris." };

const UNAUTHORIZED: Reply = {
  status: 401,
  body: { error: { message: "Incorrect API key.", code: "invalid_api_key" } },
};

for (const version of ["0.12.0", "0.24.4"]) {
  Deno.test(`qwen ${version} runs in a private home, and its sessions are the user's`, async () => {
    await using scene = await setScene(version, ANSWER);
    const { home, provider } = scene;
    const first = await scene.run("00000000000000aa", [`--prompt=${PROMPT}`]);
    assertMatch(first.stdout, /^Paris\.\n?$/, first.stderr);
    assertEquals(new Set(provider.requests.map((it) => it.token)).size, 1);
    assertEquals(provider.requests[0]?.token, TOKEN);

    const [log = ""] = await sessionLogs(home);
    assertMatch(await Deno.readTextFile(log), /capital of France/);
    const session = log.slice(log.lastIndexOf("/") + 1, -".jsonl".length);
    const again = [`--resume=${session}`, "--prompt=And of Italy?"];
    const second = await scene.run("00000000000000ab", again);
    assertMatch(second.stdout, /^Paris\.\n?$/, second.stderr);
    assertMatch(await Deno.readTextFile(log), /And of Italy/);
    await scene.assertUntouched();
  });

  Deno.test(`qwen ${version} can do nothing to a real login when its own is refused`, async () => {
    await using scene = await setScene(version, UNAUTHORIZED);
    const { code } = await scene.run("00000000000000aa", [
      `--prompt=${PROMPT}`,
    ]);
    assertEquals(code, 1);
    const { provider } = scene;
    assertEquals(provider.requests[0]?.token, TOKEN);
    assert(provider.oauthRequests.length > 0, "it asked for no new tokens");
    await scene.assertUntouched();
  });

  Deno.test(`what a tool of qwen ${version} makes in the home is the user's`, async () => {
    let asked = 0;
    const call = {
      name: "run_shell_command",
      args: {
        command: "echo made >~/made.txt; git config --global user.name Me",
        description: "make a file",
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
    assertMatch(await Deno.readTextFile(`${path}/.gitconfig`), /name = Me/);
    await scene.assertUntouched();
  });
}

interface HomeScene extends AsyncDisposable {
  home: TestHome;
  provider: Provider;
  /** Runs `qwen` in a private home that has been ended afterwards. */
  run(id: string, args: string[]): ReturnType<typeof run>;
  /** Asserts that nobody has read or changed a real login, or kept the given. */
  assertUntouched(): Promise<void>;
}

async function setScene(
  version: string,
  reply: Reply | (() => Reply),
): Promise<HomeScene> {
  const qwen = await realQwen(version);
  await using owned = new AsyncDisposableStack();
  const provider = owned.use(startProvider({ replies: { [TOKEN]: reply } }));
  const home = owned.use(
    await testHome({ accounts: 2, baseUrl: "http://127.0.0.1:1/v1" }),
  );
  const cwd = `${home.path}/work`;
  await Deno.mkdir(cwd);
  const before = await loginsOf(home);
  await markUnread(home);
  const disposables = owned.move();

  async function runIn({ env }: PrivateHome, args: string[]) {
    return await run(qwen.bin, args, {
      home: home.path,
      cwd,
      env: {
        PATH: qwen.path,
        NO_BROWSER: "1",
        QWEN_CODE_NO_RELAUNCH: "true",
        NODE_OPTIONS:
          `--require "${CHECKOUT}/tests/fixtures/redirect_oauth.cjs"`,
        TEST_OAUTH_ORIGIN: provider.origin,
        ...env,
      },
    });
  }

  return {
    home,
    provider,
    async run(id, args) {
      await using own = await makePrivateHome({
        id,
        version,
        realHome: home.path,
        dir: home.dir,
        credential: { token: TOKEN, baseUrl: provider.baseUrl },
      });
      return await runIn(own, args);
    },
    async assertUntouched() {
      for (const it of [1, 2]) {
        const { atime } = await Deno.stat(home.slot(it));
        assertEquals(atime?.getTime(), LONG_AGO_MS, `slot ${it} was read`);
      }
      assertEquals(await loginsOf(home), before);
      assertEquals(await filesWith(home.path, NO_REFRESH_TOKEN), []);
    },
    [Symbol.asyncDispose]: () => disposables.disposeAsync(),
  };
}

/** A time of access before that of the last change, which a read updates. */
const LONG_AGO_MS = Date.UTC(2001, 0);

/** Lets a later read be seen; fails where the file system tells of none. */
async function markUnread({ path, slot }: TestHome): Promise<void> {
  const control = `${path}/control`;
  await Deno.writeTextFile(control, "control");
  for (const it of [control, slot(1), slot(2)]) {
    await Deno.utime(it, LONG_AGO_MS / 1_000, Date.now() / 1_000);
  }
  await Deno.readTextFile(control);
  const { atime } = await Deno.stat(control);
  assert(atime?.getTime() !== LONG_AGO_MS, "no times of access are kept here");
  await Deno.remove(control);
}

async function loginsOf(home: TestHome): Promise<string[]> {
  return [
    await home.link(),
    await Deno.readTextFile(home.slot(1)),
    await Deno.readTextFile(home.slot(2)),
  ];
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

/** The files below `folder` that have `text` in them. */
async function filesWith(folder: string, text: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(...await filesWith(path, text));
    // The slots are compared as a whole, and here they must not be read.
    else if (isFile && !name.startsWith("oauth_creds_")) {
      if ((await Deno.readTextFile(path)).includes(text)) found.push(path);
    }
  }
  return found;
}
