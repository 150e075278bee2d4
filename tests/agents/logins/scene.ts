import { accountQwen, runCli, type RunResult } from "../../support/cli.ts";
import { CHECKOUT } from "../../support/checkout.ts";
import { spawn } from "../../support/deadline.ts";
import { coveredDenoEnv } from "../../support/deno_env.ts";
import { filesWith } from "../../support/files_with.ts";
import { tempDir } from "../../support/temp_dir.ts";
import {
  endProcesses,
  makeLoginArena,
} from "../../torture/logins/login_arena.ts";
import { formatLogin, putLogin } from "../../torture/logins/login_file.ts";
import { VERSIONS } from "../../torture/logins/programs.ts";
import type { Granted } from "../../torture/logins/token_book.ts";
import {
  startTokenService,
  type TokenService,
} from "../../torture/logins/token_service.ts";

/** The agents whose accounts have logins. */
export const AGENTS = ["qwen", "codex", "claude"] as const;

/** One of them. */
export type LoginAgent = typeof AGENTS[number];

/** A home with accounts, a stand-in for an agent, and its service. */
export interface LoginsScene extends AsyncDisposable {
  /** The folder that is `HOME`. */
  home: string;
  /** What grants the logins. */
  service: TokenService;
  /** Logs the plain agent in. */
  logInPlain(owner: string): void;
  /** Runs `account-qwen` for the agent. */
  cli(...args: readonly string[]): Promise<RunResult>;
  /** Starts the same without waiting for its end. */
  start(...args: readonly string[]): Promise<Deno.ChildProcess>;
  /** Logs `owner` in with an account, or with a new one. */
  logIn(owner: string, ...args: readonly string[]): Promise<RunResult>;
  /** Runs the agent itself, without `account-qwen`; returns its stdout. */
  runPlain(): Promise<string>;
  /** The accounts, as `list` shows them. */
  list(): Promise<Listed[]>;
  /** The texts of all session logs in the home of the agent. */
  sessionLogs(): Promise<string[]>;
  /**
   * The files with the newest login of `owner`, below the home of the agent; a
   * copy that `qwen` keeps as a generation does not count.
   */
  places(owner: string): Promise<string[]>;
}

/** An account in the output of `list --json`. */
export interface Listed {
  index: number;
  label: string | null;
  state: string;
  active: boolean;
}

/** Where the login of the first account is, which the plain agent uses, too. */
export const FIRST_PLACE: Readonly<Record<LoginAgent, string>> = {
  qwen: "accounts/oauth_creds_1.json",
  codex: "accounts/1/auth.json",
  claude: ".credentials.json",
};

/** What every scene has before it can run a command. */
interface Arena extends AsyncDisposable {
  home: string;
  dir: string;
  plain: string;
  bin: string;
  env: Record<string, string>;
  service: TokenService;
}

/** Sets a scene with an account for each of `owners`, from 1. */
export async function setLogins(
  agent: LoginAgent,
  owners: readonly string[] = [],
): Promise<LoginsScene> {
  const arena = agent === "qwen"
    ? await makeQwenArena(owners)
    : await makeLoginArena({ agent, version: VERSIONS[agent][0], owners });
  const { home, dir, service, env } = arena;
  const cliAs = async (owner: string, args: readonly string[]) =>
    await runCli(["--cli", agent, ...args], {
      home,
      env: { ...env, TORTURE_ACTOR: "account-qwen", TORTURE_LOGIN: owner },
      command: accountQwen(),
    });
  const scene: LoginsScene = {
    home,
    service,
    logInPlain(owner) {
      const granted = service.book.login(owner);
      putLogin(
        arena.plain,
        agent === "qwen" ? formatQwen(granted) : formatLogin(agent, granted),
      );
    },
    cli: (...args) => cliAs("anna", args),
    async start(...args) {
      const [program = "", ...first] = accountQwen();
      return spawn(program, {
        args: [...first, "--cli", agent, ...args],
        clearEnv: true,
        env: {
          ...await coveredDenoEnv(),
          ...env,
          TORTURE_ACTOR: "account-qwen",
        },
        cwd: home,
        stdin: "null",
        stdout: "null",
        stderr: "null",
      });
    },
    async logIn(owner, ...args) {
      service.nextLogin = owner;
      return await cliAs(owner, ["login", ...args]);
    },
    async runPlain() {
      const { stdout } = await new Deno.Command(arena.bin, {
        args: agent === "codex" ? ["exec", "hi"] : ["-p", "hi"],
        clearEnv: true,
        env: { ...env, TORTURE_ACTOR: "plain" },
        cwd: home,
        stdin: "null",
      }).output();
      return new TextDecoder().decode(stdout);
    },
    async list() {
      const { stdout } = await scene.cli("list", "--json");
      return JSON.parse(stdout).accounts;
    },
    async sessionLogs() {
      const paths = await filesWith(
        dir,
        "answer of",
        (it) => !it.endsWith(".jsonl"),
      );
      return await Promise.all(paths.map((it) => Deno.readTextFile(it)));
    },
    async places(owner) {
      const last = [...service.book.families.values()]
        .findLast((it) => it.owner === owner);
      const token = `refresh-${owner}-${last?.login}-${last?.newest}"`;
      const paths = await filesWith(dir, token);
      return paths.map((it) => it.slice(dir.length + 1))
        .filter((it) => agent !== "qwen" || !it.includes("/generations/"));
    },
    [Symbol.asyncDispose]: () => arena[Symbol.asyncDispose](),
  };
  return scene;
}

async function makeQwenArena(owners: readonly string[]): Promise<Arena> {
  await using owned = new AsyncDisposableStack();
  const { path: home } = owned.use(await tempDir({ inMemory: true }));
  const service = owned.use(startTokenService());
  const dir = `${home}/.qwen`;
  const bin = `${home}/bin/qwen`;
  for (const [at, owner] of owners.entries()) {
    const path = `${dir}/accounts/oauth_creds_${at + 1}.json`;
    putLogin(path, formatQwen(service.book.login(owner)));
  }
  await Deno.mkdir(`${home}/bin`);
  const module = `file://${CHECKOUT}/tests/agents/logins/fake_qwen.ts`;
  await Deno.writeTextFile(
    bin,
    `#!/usr/bin/env -S "${Deno.execPath()}" run -A --no-config --no-check --ext=ts
import "${module}";
`,
    { mode: 0o700 },
  );
  const env = {
    PATH: `${home}/bin:${Deno.env.get("PATH")}`,
    HOME: home,
    ...await coveredDenoEnv(),
    NO_COLOR: "1",
    ACCOUNT_QWEN_OAUTH_URL: `${service.url}/qwen`,
    TORTURE_HOME: home,
    TORTURE_SERVICE: service.url,
  };
  const disposables = owned.move();
  return {
    home,
    dir,
    plain: `${dir}/oauth_creds.json`,
    bin,
    env,
    service,
    async [Symbol.asyncDispose]() {
      await endProcesses({ home });
      await disposables.disposeAsync();
    },
  };
}

/** Returns the content of the file of `qwen` with a login. */
function formatQwen({ access, refresh, expiresInS }: Granted): string {
  return JSON.stringify({
    access_token: access,
    refresh_token: refresh,
    token_type: "Bearer",
    resource_url: "http://provider.invalid/v1",
    expiry_date: Date.now() + expiresInS * 1_000,
  });
}
