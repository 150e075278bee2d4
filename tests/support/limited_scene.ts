import { apiKey, writeKeySlot } from "./account_folder.ts";
import { testFile } from "./checkout.ts";
import { runCli, type RunCliOptions, type RunResult } from "./cli.ts";
import { testHome } from "./home.ts";

/** How a limited account answers. */
export interface Limited {
  /** The requests of a day that it serves. */
  limit: number;
  /** How many of them are used. @default 0 */
  used?: number;
  /** Whether its replies tell what is left. @default true */
  tells?: boolean;
}

/** Accounts with keys at a service with limits, and an agent. */
export interface LimitedScene extends AsyncDisposable {
  /** The home. */
  home: string;
  /** The folder of the accounts. */
  dir: string;
  /** The requests of each account that were answered. */
  answered: number[];
  /** The requests of each account that were refused. */
  refused: number[];
  /** The account of each request, in order. */
  asked: number[];
  /** Runs `account-qwen` with `args`. */
  run(
    args: readonly string[],
    options?: Partial<RunCliOptions>,
  ): Promise<RunResult>;
  /** Runs `exec` with `args`, and a prompt such as `50` or `50x10`. */
  exec(
    args: readonly string[],
    prompt: string,
    options?: Partial<RunCliOptions>,
  ): Promise<RunResult>;
  /** The reasons of the switches in the log, in order. */
  switches(): Promise<string[]>;
}

/** When the windows begin again, after they were first asked, seconds. */
const RESET_S = 7_200;

/** Creates the accounts 1, 2 ... */
export async function limitedScene(
  accounts: readonly Limited[],
): Promise<LimitedScene> {
  await using owned = new AsyncDisposableStack();
  const answered = accounts.map(() => 0);
  const refused = accounts.map(() => 0);
  const asked: number[] = [];
  const end = new AbortController();
  const resetAt = Date.now() + RESET_S * 1_000;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {}, signal: end.signal },
    async (request) => {
      const key = request.headers.get("authorization")?.slice("Bearer ".length);
      const at = accounts.findIndex((_, at) => apiKey(at + 1) === key);
      const account = accounts[at];
      await request.text();
      if (!account) return new Response(null, { status: 401 });
      asked.push(at + 1);
      const { limit, tells = true, used = 0 } = account;
      const left = limit - used - answered[at]!;
      if (left <= 0) refused[at]!++;
      else answered[at]!++;
      const seconds = Math.ceil((resetAt - Date.now()) / 1_000);
      const headers: HeadersInit = tells
        ? {
          "x-ratelimit-limit-requests-day": `${limit}`,
          "x-ratelimit-remaining-requests-day": `${Math.max(left - 1, 0)}`,
          "x-ratelimit-reset-requests-day": `${seconds}`,
        }
        : {};
      return left <= 0
        ? Response.json(
          { error: { message: "Free allocated quota exceeded." } },
          { status: 429, headers },
        )
        : Response.json(
          { id: "chatcmpl-1", choices: [{ message: { content: "Hi" } }] },
          { headers },
        );
    },
  );
  owned.defer(async () => {
    end.abort();
    await server.finished;
  });
  const baseUrl = `http://127.0.0.1:${server.addr.port}/v1`;
  const home = owned.use(await testHome({ accounts: 0, baseUrl }));
  for (const [at] of accounts.entries()) {
    await writeKeySlot(home.dir, at + 1, baseUrl);
  }
  const bin = `${home.path}/ask_many`;
  const words = [
    Deno.execPath(),
    "run",
    "--cached-only",
    "-A",
    testFile("fixtures/ask_many.ts"),
  ].map((it) => `'${it}'`);
  const script = "#!/bin/sh\n" +
    "case $1 in --version) echo 0.12.0; exit;; esac\n" +
    `exec ${words.join(" ")} "$@"\n`;
  await Deno.writeTextFile(bin, script, { mode: 0o700 });
  const run: LimitedScene["run"] = (args, options) =>
    runCli(args, { home: home.path, ...options });
  const all = owned.move();
  return {
    home: home.path,
    dir: home.dir,
    answered,
    refused,
    asked,
    run,
    exec: (args, prompt, options) =>
      run(["exec", "--bin", bin, ...args, "--", `--prompt=${prompt}`], options),
    async switches() {
      const log = await Deno.readTextFile(`${home.dir}/rotation.log`)
        .catch(() => "");
      return log.split("\n").filter((it) => it.includes('"account_switch"'))
        .map((it) => String(JSON.parse(it).reason));
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
