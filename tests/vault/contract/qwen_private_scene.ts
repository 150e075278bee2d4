/**
 * The real `qwen` in private homes, for the tests in this folder.
 *
 * @module
 */

import { qwen as agent } from "../../../lib/agents/qwen/agent.ts";
import { assert, assertEquals } from "@std/assert";
import { NO_REFRESH_TOKEN } from "../../../lib/vault/homes/homes.ts";
import {
  makePrivateHome,
  type PrivateHome,
} from "../../../lib/vault/homes/private_home.ts";
import { CHECKOUT } from "../../support/checkout.ts";
import { run } from "../../support/cli.ts";
import { filesWith } from "../../support/files_with.ts";
import { type TestHome, testHome } from "../../support/home.ts";
import {
  type Reply,
  type Service,
  startService,
} from "../../support/service.ts";
import { realQwen } from "../../support/real_qwen.ts";

/** The token that a run sends with its requests. */
export const TOKEN = "token-of-this-run";

/** How the agent is started. */
export interface StartOptions {
  /** More variables. @default none */
  env?: Readonly<Record<string, string>>;
  /** A program that runs its arguments. @default none */
  launcher?: string;
}

/** A user with accounts, and a service. */
export interface HomeScene extends AsyncDisposable {
  /** The home of the user. */
  home: TestHome;
  /** The service that answers the token of a run. */
  service: Service;
  /** Runs `qwen` in a private home that is closed afterwards. */
  run(
    id: string,
    args: string[],
    start?: StartOptions,
  ): ReturnType<typeof run>;
  /**
   * Asserts that nobody has read or changed a real login, or kept the given
   * one.
   */
  assertUntouched(): Promise<void>;
}

/** Makes the scene for a version of the agent. */
export async function setScene(
  version: string,
  reply: Reply | (() => Reply),
): Promise<HomeScene> {
  const qwen = await realQwen(version);
  await using owned = new AsyncDisposableStack();
  const service = owned.use(startService({ replies: { [TOKEN]: reply } }));
  const home = owned.use(
    await testHome({ accounts: 2, baseUrl: "http://127.0.0.1:1/v1" }),
  );
  const cwd = `${home.path}/work`;
  await Deno.mkdir(cwd);
  const before = await loginsOf(home);
  await markUnread(home);
  const disposables = owned.move();

  async function runIn(
    { env }: PrivateHome,
    args: string[],
    { launcher, env: others }: StartOptions,
  ) {
    const { NODE_OPTIONS = "", ...variables } = env;
    const path = `${home.path}/launcher`;
    if (launcher) await Deno.writeTextFile(path, launcher, { mode: 0o755 });
    const [program, first] = launcher ? [path, [qwen.bin]] : [qwen.bin, []];
    return await run(program, [...first, ...args], {
      home: home.path,
      cwd,
      env: {
        PATH: qwen.path,
        NO_BROWSER: "1",
        QWEN_CODE_NO_RELAUNCH: "true",
        NODE_OPTIONS: `${NODE_OPTIONS} ` +
          `--require "${CHECKOUT}/tests/fixtures/redirect_oauth.cjs"`,
        TEST_OAUTH_ORIGIN: service.origin,
        ...variables,
        ...others,
      },
    });
  }

  return {
    home,
    service,
    async run(id, args, start = {}) {
      await using own = await makePrivateHome({
        agent,
        id,
        version,
        realHome: home.path,
        dir: home.dir,
        credential: { token: TOKEN, baseUrl: service.baseUrl },
      });
      return await runIn(own, args, start);
    },
    async assertUntouched() {
      for (const it of [1, 2]) {
        const { atime } = await Deno.stat(home.slot(it));
        assertEquals(atime?.getTime(), LONG_AGO_MS, `slot ${it} was read`);
      }
      assertEquals(await loginsOf(home), before);
      // The slots are compared as a whole; here they must not be read.
      const isSlot = (name: string) => name.startsWith("oauth_creds_");
      const given = await filesWith(home.path, NO_REFRESH_TOKEN, isSlot);
      assertEquals(given, []);
    },
    [Symbol.asyncDispose]: () => disposables.disposeAsync(),
  };
}

/** An access time before that of the last change, which a read updates. */
const LONG_AGO_MS = Date.UTC(2001, 0);

/** Makes a later read visible; fails if the file system records no reads. */
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
