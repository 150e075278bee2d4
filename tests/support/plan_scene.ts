import { accountQwen, runCli, type RunResult } from "./cli.ts";
import { loginOf } from "./codex_login.ts";
import {
  type CodexReply,
  type CodexScene,
  setCodexScene,
} from "./codex_scene.ts";
import type { SeenRequest } from "./upstream.ts";

/** The real `codex` with plan logins in the folders of their accounts. */
export interface CodexPlans extends AsyncDisposable {
  /** The program and its service. */
  scene: CodexScene;
  /** The folder of an account. */
  folder(account: number): string;
  /** The login that an account has at first. */
  login(account: number): Uint8Array;
  /** Returns what is recorded about the accounts. */
  state(): Promise<string>;
  /** Runs `account-qwen --cli codex`. */
  cli(args: readonly string[], options?: PlanRun): Promise<RunResult>;
  /** Runs `account-qwen --cli codex exec -- exec` with a prompt. */
  ask(prompt: string, options?: PlanRun): Promise<RunResult>;
  /** The accounts that asked questions, in order. */
  asked(): string[];
}

/** How to run the command. */
export interface PlanRun {
  /** Options of `exec`. @default none */
  options?: readonly string[];
  /** Further variables. @default none */
  env?: Record<string, string>;
}

/** How the accounts log in, and what the service says. */
export interface PlansOptions {
  version?: string;
  /** When the access tokens expire, epoch seconds. @default far away */
  exp?: number;
  /** Whether the user trusts the project. @default false */
  trusts?: boolean;
  /** Returns the reply to a question of an account, such as `account-1`. */
  reply?: (account: string) => CodexReply;
  refresh?: (request: SeenRequest) => Response | Promise<Response>;
}

/** Sets a scene with the accounts 1 and 2; plain codex has no login. */
export async function codexPlans(
  { version = "0.171.0", exp, trusts = false, reply, refresh }: PlansOptions =
    {},
): Promise<CodexPlans> {
  const scene = await setCodexScene(
    (request) => reply?.(accountIn(request)) ?? { answer: "Paris" },
    { version, ...(refresh ? { refresh } : {}) },
  );
  const { origin } = new URL(scene.url);
  await Deno.writeTextFile(
    `${scene.codexHome}/config.toml`,
    `openai_base_url = "${scene.url}"\n` +
      `chatgpt_base_url = "${origin}/backend-api"\n` +
      (trusts ? await trustIn(`${scene.home}/project`) : ""),
  );
  if (version === "0.100.0") {
    const text = `OPENAI_BASE_URL=${scene.url}\n`;
    await Deno.writeTextFile(`${scene.codexHome}/.env`, text);
  }
  const folder = (account: number) => `${scene.codexHome}/accounts/${account}`;
  const logins = new Map<number, Uint8Array>();
  for (const account of [1, 2]) {
    await Deno.mkdir(folder(account), { recursive: true, mode: 0o700 });
    const { bytes } = loginOf(`account-${account}`, { exp });
    logins.set(account, bytes);
    const path = `${folder(account)}/auth.json`;
    await Deno.writeFile(path, bytes, { mode: 0o600 });
  }
  const cli: CodexPlans["cli"] = async (args, { env = {} } = {}) =>
    await runCli(["--cli=codex", ...args], {
      home: scene.home,
      cwd: `${scene.home}/project`,
      command: accountQwen(),
      env: {
        CODEX_REFRESH_TOKEN_URL_OVERRIDE: `${scene.url}/token`,
        CODEX_REVOKE_TOKEN_URL_OVERRIDE: `${scene.url}/revoke`,
        ...env,
      },
    });
  return {
    scene,
    folder,
    login: (account) => logins.get(account) ?? new Uint8Array(),
    state: () => Deno.readTextFile(`${scene.codexHome}/accounts/state.yaml`),
    cli,
    ask: async (prompt, { options = [], env = {} } = {}) =>
      await cli(
        ["exec", `--bin=${scene.bin}`, ...options, "--", "exec"]
          .concat("--skip-git-repo-check", "--", prompt),
        { env },
      ),
    asked: () =>
      scene.requests.filter((it) =>
        it.method === "POST" && it.path.endsWith("/responses")
      ).map(accountIn),
    [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose](),
  };
}

async function trustIn(project: string): Promise<string> {
  const path = await Deno.realPath(project);
  return `[projects."${path}"]\ntrust_level = "trusted"\n`;
}

function accountIn({ headers }: SeenRequest): string {
  return headers.get("chatgpt-account-id") ?? "none";
}
