import { apiKey, writeKeySlot } from "./account_folder.ts";
import { run, runCli, type RunCliOptions, type RunResult } from "./cli.ts";
import { accessToken, type TestHome, testHome } from "./home.ts";
import {
  type Reply,
  type SeenRequest,
  type Service,
  type ServiceOptions,
  startService,
} from "./service.ts";
import { type RealQwen, realQwen } from "./real_qwen.ts";

/** Accounts, the service that they use, and the real `qwen`. */
export interface Scene extends AsyncDisposable {
  /** The service. */
  service: Service;
  /** The home with the accounts. */
  home: TestHome;
  /** The real `qwen`. */
  qwen: RealQwen;
  /** Runs `account-qwen exec --bin <qwen>` with `args`. */
  exec(
    args: readonly string[],
    options?: Partial<RunCliOptions>,
  ): Promise<RunResult>;
  /** Runs `qwen` itself with `args`. */
  runQwen(args: readonly string[]): Promise<RunResult>;
  /** The accounts whose tokens the service saw, in order. */
  askedAccounts(): number[];
}

/** How to set up a scene. */
export interface SceneOptions extends Pick<ServiceOptions, "oauth"> {
  /** The version of `qwen`. @default "0.12.0" */
  version?: string;
  /** The accounts that have an API key instead of a login. @default none */
  keys?: readonly number[];
}

/**
 * Sets up a scene with one account for each of `replies`; use it with `await
 * using`.
 */
export async function setScene(
  replies: readonly (Reply | ((request: SeenRequest) => Reply))[],
  { version, keys = [], ...options }: SceneOptions = {},
): Promise<Scene> {
  const qwen = await realQwen(version);
  const tokens = replies.map((_, at) =>
    keys.includes(at + 1) ? apiKey(at + 1) : accessToken(at + 1)
  );
  await using owned = new AsyncDisposableStack();
  const service = owned.use(startService({
    ...options,
    replies: Object.fromEntries(
      replies.map((reply, at) => [tokens[at], reply]),
    ),
  }));
  const { baseUrl } = service;
  const home = owned.use(await testHome({ accounts: replies.length, baseUrl }));
  for (const index of keys) await giveKey(home, index, baseUrl);
  const disposables = owned.move();
  const env = { PATH: qwen.path };
  return {
    service,
    home,
    qwen,
    exec: (args, options = {}) =>
      runCli(["exec", "--bin", qwen.bin, ...args], {
        home: home.path,
        ...options,
        env: { ...env, ...options.env },
      }),
    runQwen: (args) => run(qwen.bin, args, { home: home.path, env }),
    askedAccounts: () =>
      service.requests.map((it) => tokens.indexOf(it.token) + 1),
    [Symbol.asyncDispose]: () => disposables.disposeAsync(),
  };
}

/** Replaces the login of account `index` with a key. */
async function giveKey(
  home: TestHome,
  index: number,
  baseUrl: string,
): Promise<void> {
  await Deno.remove(home.slot(index));
  if (index === 1) await Deno.remove(`${home.dir}/oauth_creds.json`);
  await writeKeySlot(home.dir, index, baseUrl);
}
