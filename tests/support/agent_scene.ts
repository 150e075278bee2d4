import { assertEquals, assertMatch } from "@std/assert";
import { accountQwen, runCli, type RunResult } from "./cli.ts";
import { realClaude } from "./real_claude.ts";
import { realCodex } from "./real_codex.ts";
import { tempDir } from "./temp_dir.ts";
import { type SeenRequest, startUpstream } from "./upstream.ts";

const PROMPT = "What is the capital of France?";

/** A real program, and how to ask it with keys. */
export interface Program {
  /** The program. */
  bin: string;
  /** The name of the format in which it talks. */
  wire: string;
  /** The path of the base URL of its services. */
  path: string;
  /** Its home in the user's. */
  home: string;
  /** The variables of its keys. */
  names: [apiKey: string, baseUrl: string];
  /** Further arguments. */
  args: string[];
  /** The model of its keys, each in order. @default "coder" for each */
  models?: string[];
  /** Further variables. @default none */
  env?: Record<string, string>;
}

/** The agents whose accounts are keys alone. */
export const PROGRAMS: Readonly<Record<string, Program>> = {
  codex: {
    bin: await realCodex(),
    wire: "openai_responses",
    path: "/v1",
    home: ".codex",
    names: ["OPENAI_API_KEY", "OPENAI_BASE_URL"],
    args: ["exec", "--skip-git-repo-check", PROMPT],
  },
  claude: {
    bin: await realClaude(),
    wire: "anthropic_messages",
    path: "",
    home: ".claude",
    names: ["ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"],
    args: ["--print", PROMPT],
  },
};

/** How to run a program with keys. */
interface AgentRun {
  /** The working folder. @default the home */
  cwd?: string;
  /** Flags of `exec`. @default none */
  flags?: string[];
  /** The arguments of the program. @default its prompt */
  args?: string[];
}

/** How it ran. */
interface AgentRunResult {
  result: RunResult;
  /** The keys of the requests that asked for an answer, in order. */
  keys: string[];
  /** Their bodies. */
  bodies: string[];
  /** The paths of these requests. */
  paths: string[];
  /** What `add` said. */
  said: string;
}

/** A home with two keys for a program. */
export async function setAgentScene(name: string, program: Program) {
  const home = await tempDir();
  const folder = `${home.path}/${program.home}/accounts`;
  const [apiKey, baseUrl] = program.names;
  const run = (
    args: readonly string[],
    options: { cwd?: string; stdin?: string } = {},
  ): Promise<RunResult> =>
    runCli(["--cli", name, ...args], {
      home: home.path,
      env: program.env ?? {},
      command: accountQwen(), // the agent is one of a whole process
      ...options,
    });
  return {
    home: home.path,
    folder,
    run,
    async exec(
      reply: (key: string, request: SeenRequest) => Response,
      { cwd = home.path, flags = [], args = program.args }: AgentRun = {},
    ): Promise<AgentRunResult> {
      await using service = startUpstream((request) =>
        request.method === "POST"
          ? reply(keyIn(request.headers), request)
          : new Response(null, { status: 426 }) // no websocket
      );
      const url = `${new URL(service.url).origin}${program.path}`;
      let said = "";
      for (const number of [1, 2]) {
        const key = `sk-test-of-account-${number}`;
        const model = program.models?.[number - 1] ?? "coder";
        const args = ["--base-url", url, "--model", model, "--api-key-stdin"];
        const { code, stderr } = await run(["add", ...args], { stdin: key });
        assertEquals(code, 0, stderr);
        said += stderr;
      }
      const slot = await Deno.readTextFile(`${folder}/api_key_1.env`);
      assertMatch(slot, new RegExp(`^${apiKey}=.*\\n${baseUrl}=`));
      const result = await run(
        ["exec", "--bin", program.bin, ...flags, "--", ...args],
        { cwd },
      );
      const posts = service.requests.filter((it) => it.method === "POST");
      const keys = posts.map((it) => keyIn(it.headers));
      const bodies = posts.map((it) => it.body);
      const paths = posts.map((it) => new URL(it.path, url).pathname);
      return { result, keys, bodies, paths, said };
    },
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

/** The last character of the key in `headers`. */
function keyIn(headers: Headers): string {
  const key = headers.get("x-api-key") ?? headers.get("authorization") ?? "";
  return key.slice(-1);
}
