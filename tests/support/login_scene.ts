import { accountQwen, run, runCli, type RunResult } from "./cli.ts";
import { loginOf } from "./codex_login.ts";
import { coveredDenoEnv } from "./deno_env.ts";
import { spawn } from "./deadline.ts";
import { tempDir } from "./temp_dir.ts";
import { startWaiting, type WaitingProcess } from "./waiting_process.ts";

/** The agents that keep each login in a folder of its account. */
export const AGENTS = ["codex", "claude"] as const;

/** One of them. */
export type LoginAgent = typeof AGENTS[number];

/** Where each keeps its login, and which variable names that folder. */
export const STORES = {
  codex: { file: "auth.json", variable: "CODEX_HOME" },
  claude: { file: ".credentials.json", variable: "CLAUDE_CONFIG_DIR" },
} as const;

/** What the program does when it logs in. */
export interface LoginDeed {
  /** The content of the file that it writes. @default it writes none */
  login?: string;
  /** Its exit code. @default 0 */
  code?: number;
  /** Whether it waits, with the file `waiting` in the home. @default false */
  waits?: "before" | "after";
  /** Further variables. */
  env?: Record<string, string>;
}

/** A home with a stand-in for an agent. */
export interface LoginScene extends AsyncDisposable {
  /** The home of the user. */
  home: string;
  /** The home of the agent. */
  agentHome: string;
  /** Returns the environment in which the agent does that. */
  environment(deed?: LoginDeed): Record<string, string>;
  /** Starts a process of the plain agent, which waits. */
  startPlain(): Promise<WaitingProcess>;
  /** Runs `account-qwen` for the agent. */
  cli(args: readonly string[], deed?: LoginDeed, stdin?: string): Promise<
    RunResult
  >;
  /** Starts the same without waiting for its end. */
  start(args: readonly string[], deed?: LoginDeed): Promise<Deno.ChildProcess>;
  /** Reads a file below the home; `undefined` if there is none. */
  read(path: string): Promise<string | undefined>;
  /** Writes a file below the home, as the agent does. */
  write(path: string, text: string): Promise<void>;
  /** The paths of all files below `accounts/` with a login in them. */
  logins(): Promise<Record<string, string>>;
  /** The numbers, labels and states of the accounts. */
  accounts(): Promise<Record<string, unknown>[]>;
}

/**
 * Logs in as the facts about both agents say: it revokes and removes the login
 * that it finds in its folder first, and leaves other files there.
 */
const PROGRAM = `#!/bin/sh
store=$VARIABLE
[ -z "$CLAUDE_SECURESTORAGE_CONFIG_DIR" ] ||
  store=$CLAUDE_SECURESTORAGE_CONFIG_DIR
printf '%s\\n' "$*" >"$HOME/args"
env >"$HOME/env"
pwd >"$HOME/cwd"
if [ -e "$store/FILE" ]; then
  cat "$store/FILE" >>"$HOME/revoked"
  rm "$store/FILE"
fi
echo junk >"$store/installation_id"
wait_here() {
  [ "$DEED_WAITS" = "$1" ] || return 0
  echo $$ >"$HOME/waiting.tmp"
  mv "$HOME/waiting.tmp" "$HOME/waiting"
  while [ -e "$HOME/waiting" ]; do sleep 0.05; done
}
wait_here before
[ -z "$DEED_LOGIN" ] || printf '%s' "$DEED_LOGIN" >"$store/FILE"
wait_here after
exit "\${DEED_CODE:-0}"
`;

/** Sets a scene; `plain` is the login of the plain agent. */
export async function loginScene(
  agent: LoginAgent,
  { plain }: { plain?: string } = {},
): Promise<LoginScene> {
  const dir = await tempDir();
  const home = dir.path;
  const agentHome = `${home}/.${agent}`;
  const { file, variable } = STORES[agent];
  await Deno.mkdir(`${home}/bin`);
  await Deno.mkdir(agentHome);
  const program = PROGRAM.replaceAll("FILE", file)
    .replace("$VARIABLE", `$${variable}`);
  await Deno.writeTextFile(`${home}/bin/${agent}`, program, { mode: 0o755 });
  const write = async (path: string, text: string) => {
    await Deno.writeTextFile(`${home}/${path}`, text, { mode: 0o600 });
  };
  if (plain !== undefined) await write(`.${agent}/${file}`, plain);
  const environment = ({ login, code, waits, env }: LoginDeed = {}) => ({
    PATH: `${home}/bin:${Deno.env.get("PATH")}`,
    DEED_LOGIN: login ?? "",
    DEED_CODE: String(code ?? 0),
    DEED_WAITS: waits ?? "",
    ...env,
  });
  const read = async (path: string) =>
    await Deno.readTextFile(`${home}/${path}`).catch(() => undefined);
  return {
    home,
    agentHome,
    read,
    write,
    environment,
    async startPlain() {
      const plain = `${home}/plain/${agent}`;
      await Deno.mkdir(`${home}/plain`);
      await Deno.copyFile(await Deno.realPath("/bin/sh"), plain);
      return await startWaiting("sh", {
        args: ["-c", `exec "$0" -c 'echo ready; read -r _'`, plain],
        env: { HOME: home },
      });
    },
    cli: async (args, deed = {}, stdin) =>
      await runCli(["--cli", agent, ...args], {
        home,
        env: environment(deed),
        command: accountQwen(),
        ...(stdin === undefined ? {} : { stdin }),
      }),
    async start(args, deed = {}) {
      const [deno = "", ...first] = accountQwen();
      return spawn(deno, {
        args: [...first, "--cli", agent, ...args],
        clearEnv: true,
        env: { HOME: home, ...await coveredDenoEnv(), ...environment(deed) },
        cwd: home,
        stdin: "null",
        stdout: "null",
        stderr: "null",
      });
    },
    async logins() {
      const { stdout } = await run("find", [
        `${agentHome}/accounts`,
        ...["-name", file, "-o", "-path", "*/generations/*"],
        ...["-o", "-path", "*/stash/*"],
      ], { home });
      const paths = stdout.split("\n").filter((it) => it !== "").sort();
      const texts = paths.map(async (it) =>
        [
          it.slice(agentHome.length + "/accounts/".length)
            .replace(/\.\d.*/, ""),
          await Deno.readTextFile(it),
        ] as const
      );
      return Object.fromEntries(await Promise.all(texts));
    },
    async accounts() {
      const { stdout } = await runCli(["--cli", agent, "list", "--json"], {
        home,
        command: accountQwen(),
      });
      return JSON.parse(stdout).accounts;
    },
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

/** Returns the file of a login of `user`, with a token that is only in it. */
export function loginFile(
  agent: LoginAgent,
  user: string,
  token: string,
): string {
  if (agent === "codex") {
    const { bytes } = loginOf("account-1", { user, refreshToken: token });
    const text = new TextDecoder().decode(bytes);
    return text.replace(
      /"last_refresh":"[^"]+"/,
      '"last_refresh":"2026-11-30"',
    );
  }
  const claudeAiOauth = {
    accessToken: `sk-ant-oat01-${token}`,
    refreshToken: `sk-ant-ort01-${token}`,
    expiresAt: 4_102_444_800_000,
    scopes: ["user:inference"],
    accountUuid: user,
    organizationUuid: "organization-1",
  };
  return JSON.stringify({ claudeAiOauth });
}

/** Returns the file of a login that does not say whose it is. */
export function loginOfNobody(agent: LoginAgent): string {
  const text = loginFile(agent, "nobody", "token-of-nobody");
  if (agent === "claude") return text.replaceAll(/,"\w+Uuid":"[^"]+"/g, "");
  const login = JSON.parse(text);
  login.tokens.account_id = null;
  login.tokens.id_token = login.tokens.id_token.replace(
    /\..*\./,
    `.${btoa("{}").replaceAll("=", "")}.`,
  );
  return JSON.stringify(login);
}
