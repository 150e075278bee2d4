import { accountQwen, runCli, type RunResult } from "./cli.ts";
import { loginOf } from "./codex_login.ts";
import { tempDir } from "./temp_dir.ts";

/** A stand-in for an agent, and accounts with logins in folders. */
export interface LoginScene extends AsyncDisposable {
  /** The home of the user. */
  home: string;
  /** The home of the agent. */
  agentHome: string;
  /** The stand-in. */
  bin: string;
  /** The folder of an account. */
  folder(account: number): string;
  /** Runs `account-qwen` for the agent. */
  cli(args: readonly string[], options?: LoginRun): Promise<RunResult>;
  /** Runs the stand-in with `exec` and a prompt. */
  exec(options?: LoginRun): Promise<Started>;
}

/** How to run a command. */
export interface LoginRun {
  /** Options of `exec`. @default none */
  options?: readonly string[];
  /** What the stand-in does, a script of sh(1). @default nothing */
  script?: string;
  /** Further variables. @default none */
  env?: Record<string, string>;
}

/** How the stand-in was started. */
export interface Started extends RunResult {
  /** Its arguments. */
  args: string[];
  /** Its environment. */
  env: Record<string, string>;
}

const AGENTS = {
  codex: { name: ".codex", file: "auth.json", args: ["exec", "hi"] },
  claude: { name: ".claude", file: ".credentials.json", args: ["-p", "hi"] },
};

/** Sets a scene with the accounts 1 and 2. */
export async function loginScene(
  agent: keyof typeof AGENTS,
  { version = "2.1.332" }: { version?: string } = {},
): Promise<LoginScene> {
  const { name, file, args: prompt } = AGENTS[agent];
  const dir = await tempDir();
  const home = `${dir.path}/home`;
  const agentHome = `${home}/${name}`;
  const folder = (account: number) => `${agentHome}/accounts/${account}`;
  for (const account of [1, 2]) {
    await Deno.mkdir(folder(account), { recursive: true, mode: 0o700 });
    const path = `${folder(account)}/${file}`;
    await Deno.writeFile(path, contentFor(agent, account), { mode: 0o600 });
  }
  const program = `${dir.path}/program`;
  const bin = `${program}/${agent}`;
  await Deno.mkdir(program);
  await Deno.writeTextFile(
    `${program}/package.json`,
    JSON.stringify({ version }),
  );
  await Deno.writeTextFile(
    bin,
    `#!/bin/sh\nenv -0 >'${program}/env'\nprintf '%s\\0' "$@" >'${program}/args'\n` +
      'eval "$STAND_IN"\necho Paris\n',
    { mode: 0o700 },
  );
  const cli: LoginScene["cli"] = async (args, { env = {} } = {}) =>
    await runCli([`--cli=${agent}`, ...args], {
      home,
      command: accountQwen(),
      env,
    });
  return {
    home,
    agentHome,
    bin,
    folder,
    cli,
    async exec({ options = [], script = "", env = {} } = {}) {
      const result = await cli(
        ["exec", `--bin=${bin}`, ...options, "--", ...prompt],
        { env: { ...env, STAND_IN: script } },
      );
      const [args, variables] = await Promise.all(
        ["args", "env"].map(async (it) =>
          (await Deno.readTextFile(`${program}/${it}`)).split("\0").slice(0, -1)
        ),
      );
      const entries = variables?.map((it) => [
        it.slice(0, it.indexOf("=")),
        it.slice(it.indexOf("=") + 1),
      ]);
      return {
        ...result,
        args: args ?? [],
        env: Object.fromEntries(entries ?? []),
      };
    },
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

function contentFor(
  agent: keyof typeof AGENTS,
  account: number,
): Uint8Array {
  return agent === "codex"
    ? loginOf(`account-${account}`).bytes
    : new TextEncoder().encode(JSON.stringify(claudeLogin(account)));
}

/** Returns the content of a file with a login of `claude`. */
export function claudeLogin(account: number | string): object {
  return {
    claudeAiOauth: {
      accessToken: `token-${account}`,
      refreshToken: `refresh-${account}`,
      expiresAt: Date.now() + 36_000_000,
      scopes: ["user:inference", "user:profile"],
      subscriptionType: "max",
      accountUuid: `account-${account}`,
      organizationUuid: "organization-1",
    },
  };
}
