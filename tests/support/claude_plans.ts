import { entryOf } from "../../lib/agents/claude/home.ts";
import { answer } from "./claude_scene.ts";
import { accountQwen, runCli, type RunResult } from "./cli.ts";
import { claudeLogin } from "./login_run_scene.ts";
import { realClaude, realOldClaude } from "./real_claude.ts";
import { tempDir } from "./temp_dir.ts";
import { type SeenRequest, startUpstream } from "./upstream.ts";

/** The real `claude` with plan logins in the folders of their accounts. */
export interface ClaudePlans extends AsyncDisposable {
  /** The home of the user. */
  home: string;
  /** The home of the agent. */
  agentHome: string;
  /** The working folder. */
  project: string;
  /** What the service was asked. */
  requests: readonly SeenRequest[];
  /** The folder of an account. */
  folder(account: number): string;
  /** Runs `account-qwen --cli claude`. */
  cli(args: readonly string[]): Promise<RunResult>;
  /** Runs `account-qwen --cli claude exec` with arguments of the agent. */
  exec(
    args: readonly string[],
    options?: readonly string[],
  ): Promise<RunResult>;
  /** Runs it with `--print` and a prompt. */
  ask(prompt: string, options?: readonly string[]): Promise<RunResult>;
  /** Returns the names in a folder that the table of entries lacks. */
  unknownEntries(folder: string): Promise<string[]>;
}

/** Which program it is, and what the service says. */
export interface ClaudePlansOptions {
  /** Whether it is the old version, which cannot move its store. */
  isOld?: boolean;
  /** Returns the reply to a question. @default an answer */
  reply?: (request: SeenRequest) => Response;
}

/** Sets a scene with the accounts 1 and 2, and another login in the home. */
export async function claudePlans(
  { isOld = false, reply = () => answer() }: ClaudePlansOptions = {},
): Promise<ClaudePlans> {
  const program = isOld
    ? await realOldClaude()
    : { bin: await realClaude(), path: "/usr/bin:/bin" };
  const dir = await tempDir();
  const home = `${dir.path}/home`;
  const agentHome = `${home}/.claude`;
  const project = `${home}/project`;
  await Deno.mkdir(project, { recursive: true });
  const folder = (account: number) => `${agentHome}/accounts/${account}`;
  const places = { plain: agentHome, 1: folder(1), 2: folder(2) };
  for (const [name, path] of Object.entries(places)) {
    await Deno.mkdir(path, { recursive: true, mode: 0o700 });
    await Deno.writeTextFile(
      `${path}/.credentials.json`,
      JSON.stringify(claudeLogin(name)),
      { mode: 0o600 },
    );
  }
  const service = startUpstream((it) =>
    it.method === "POST" && it.path.startsWith("/v1/messages")
      ? reply(it)
      : new Response("{}")
  );
  const cli: ClaudePlans["cli"] = async (args) =>
    await runCli(["--cli=claude", ...args], {
      home,
      cwd: project,
      command: accountQwen(),
      env: {
        PATH: program.path,
        ANTHROPIC_BASE_URL: new URL(service.url).origin,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
        CLAUDE_CODE_MAX_RETRIES: "0",
        HTTPS_PROXY: "http://127.0.0.1:9", // for what goes elsewhere
        NO_PROXY: "127.0.0.1",
      },
    });
  const exec: ClaudePlans["exec"] = async (args, options = []) =>
    await cli(["exec", `--bin=${program.bin}`, ...options, "--", ...args]);
  return {
    home,
    agentHome,
    project,
    requests: service.requests,
    folder,
    cli,
    exec,
    ask: async (prompt, options) => await exec(["--print", prompt], options),
    async unknownEntries(folder) {
      const names = await Array.fromAsync(
        Deno.readDir(folder),
        (it) => it.name,
      );
      return names.filter((it) => entryOf(it) === undefined);
    },
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}
