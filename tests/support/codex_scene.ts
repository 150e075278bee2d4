import type { RunArgs } from "../../lib/agents/agent.ts";
import { codex } from "../../lib/agents/codex/agent.ts";
import { entryOf } from "../../lib/agents/codex/home.ts";
import { parseRolloutLine } from "../../lib/agents/codex/rollout.ts";
import type { SessionEvent } from "../../lib/agents/session_format.ts";
import { run, type RunResult } from "./cli.ts";
import { realCodex } from "./real_codex.ts";
import { tempDir } from "./temp_dir.ts";
import { type SeenRequest, startUpstream } from "./upstream.ts";

/** What a reply of the service contains. */
export type CodexReply =
  | { answer: string; limits?: Record<string, string> }
  | { tool: string }
  | { error: unknown; status: number };

/** The real `codex` with a home, a working folder and a service of the test. */
export interface CodexScene extends AsyncDisposable {
  /** The program. */
  bin: string;
  /** The home of the user, with the folders `.codex` and `project`. */
  home: string;
  /** The home of the agent. */
  codexHome: string;
  /** The base URL of the service. */
  url: string;
  /** The requests that the service has seen. */
  requests: readonly SeenRequest[];
  /** Returns the environment for runs, with the key if there is one. */
  environment(options?: CodexRun): Record<string, string>;
  /** Runs it with the arguments of a run. */
  exec(args: readonly string[], options?: CodexRun): Promise<RunResult>;
  /** Returns the lines of all logs of sessions, by file. */
  rollouts(): Promise<Map<string, string[]>>;
}

/** How to run it. */
export interface CodexRun {
  /** The key; without one, the login of the home is used. */
  apiKey?: string;
  /** The caller's environment. @default nothing */
  env?: Record<string, string>;
  /** The home of the agent. @default that of the scene */
  codexHome?: string;
}

/** The limits that the service reports with each answer. */
const LIMITS = {
  "x-codex-primary-used-percent": "42.5",
  "x-codex-primary-window-minutes": "300",
  "x-codex-primary-reset-at": "4102444800",
};

/** What a scene is besides the replies to questions. */
interface SceneOptions {
  /** The version of the program. @default "0.171.0" */
  version?: string;
  /** Returns the reply to a refresh. @default not found */
  refresh?: (request: SeenRequest) => Response | Promise<Response>;
}

/**
 * Sets a scene; the service sends `replies` in order, the last one repeatedly, or
 * what a function returns for a question.
 */
export async function setCodexScene(
  replies: readonly CodexReply[] | ((request: SeenRequest) => CodexReply),
  { version = "0.171.0", refresh }: SceneOptions = {},
): Promise<CodexScene> {
  const bin = await realCodex(version);
  const dir = await tempDir();
  let sent = 0;
  const requests: SeenRequest[] = [];
  const service = startUpstream(({ method, path, headers, body }) => {
    // Those of a request cannot be read once it is over.
    const request = { method, path, headers: new Headers([...headers]), body };
    requests.push(request);
    if (refresh && path.endsWith("/token")) return refresh(request);
    if (method === "GET" && path.endsWith("/responses")) {
      return new Response(null, { status: 426 }); // no websocket
    }
    if (path.endsWith("/accounts/check")) {
      return accountOf(headers.get("chatgpt-account-id") ?? "");
    }
    if (!path.endsWith("/responses")) {
      return Response.json({ detail: "Not Found" }, { status: 404 });
    }
    const reply = typeof replies === "function"
      ? replies(request)
      : replies[Math.min(sent, replies.length - 1)];
    sent++;
    return responseOf(reply ?? { answer: "" }, sent);
  });
  // The settings of 0.100.0 have no base URL for a login.
  const redirection: Record<string, string> = version === "0.100.0"
    ? { OPENAI_BASE_URL: service.url }
    : {};
  const codexHome = `${dir.path}/.codex`;
  await Deno.mkdir(codexHome);
  await Deno.mkdir(`${dir.path}/project`);

  function environment(
    { apiKey, env = {}, codexHome: at = codexHome }: CodexRun = {},
  ): Record<string, string> {
    const key = apiKey &&
      { apiKey, baseUrl: service.url, model: "gpt-6.2-sol" };
    return codex.environment({
      env: {
        ...env,
        CODEX_REFRESH_TOKEN_URL_OVERRIDE: `${service.url}/token`,
        CODEX_REVOKE_TOKEN_URL_OVERRIDE: `${service.url}/revoke`,
      },
      dir: at,
      totalMemory: 0,
      interactive: false,
      ...(key ? { key, isLoopback: true } : {}),
    });
  }

  return {
    bin,
    home: dir.path,
    codexHome,
    url: service.url,
    requests,
    environment,
    exec: async (args, options = {}) => {
      const given: RunArgs = options.apiKey
        ? { kind: "api-key", version, baseUrl: service.url }
        : { kind: "oauth", version };
      const { timeZone: TZ } = new Intl.DateTimeFormat().resolvedOptions();
      return await run(bin, codex.runArgs(args, given), {
        home: dir.path,
        cwd: `${dir.path}/project`,
        env: { TZ, ...environment(options), ...redirection },
      });
    },
    rollouts: () => readRollouts(`${codexHome}/sessions`),
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** Returns the events in the lines of a log. */
export function eventsIn(lines: readonly string[]): SessionEvent[] {
  return lines.map(parseRolloutLine).filter((it) => it !== undefined);
}

/** Returns the entries of a home that the table of entries lacks. */
export async function unknownEntries(
  { codexHome }: CodexScene,
  folder = codexHome,
): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(folder), (it) => it.name);
  return names.filter((it) => entryOf(it) === undefined);
}

async function readRollouts(folder: string): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (!isDirectory) {
      found.set(name, (await Deno.readTextFile(path)).trim().split("\n"));
      continue;
    }
    for (const entry of await readRollouts(path)) found.set(...entry);
  }
  return found;
}

/** What a session asks for before its first question. */
function accountOf(id: string): Response {
  const account = {
    id,
    workspace_backend_origin: "https://chatgpt.com",
    account_routing_override: "NO_CONSTRAINT",
  };
  return Response.json({ accounts: [account] });
}

/** Returns `reply`, to the request with this number. */
export function responseOf(reply: CodexReply, number: number): Response {
  if ("error" in reply) {
    const { error, status } = reply;
    return Response.json({ error }, { status });
  }
  const id = `r${number}`;
  const item = "answer" in reply
    ? {
      type: "message",
      id: `msg_${number}`,
      role: "assistant",
      content: [{ type: "output_text", text: reply.answer, annotations: [] }],
    }
    : {
      type: "custom_tool_call",
      id: `ctc_${number}`,
      call_id: `call_${number}`,
      name: "exec",
      input: `text((await tools.exec_command({cmd: ${
        JSON.stringify(reply.tool)
      }})).output)`,
    };
  const usage = { input_tokens: 11, output_tokens: 7, total_tokens: 18 };
  const events = [
    { type: "response.created", response: { id } },
    { type: "response.output_item.done", output_index: 0, item },
    { type: "response.completed", response: { id, usage } },
  ];
  const text = events.map((it) =>
    `event: ${it.type}\ndata: ${JSON.stringify(it)}\n\n`
  );
  return new Response(text.join(""), {
    headers: {
      "content-type": "text/event-stream",
      ...("limits" in reply ? reply.limits : LIMITS),
    },
  });
}
