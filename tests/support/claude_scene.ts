import { claude } from "../../lib/agents/claude/agent.ts";
import { homeLogin } from "../../lib/agents/claude/login.ts";
import {
  guardSettings,
  withSettings,
} from "../../lib/agents/claude/settings.ts";
import type { Evidence } from "../../lib/verdict/signal.ts";
import { realClaude } from "./real_claude.ts";
import { eventStream } from "./replies.ts";
import { tempDir } from "./temp_dir.ts";
import { type SeenRequest, startUpstream } from "./upstream.ts";

/** The version that the tests run. */
const VERSION = "2.1.332";

/** Much longer than a run takes. */
const DEADLINE_MS = 60_000;

/** The key of a run, as the gateway gives one. */
export const RUN_KEY = "run-key-1";

/** How a run of the real program is started. */
export interface ClaudeRun {
  /** Its account: the number of a plan login, or a key. */
  account: number | "key";
  /** Its arguments. @default a prompt */
  args?: readonly string[];
  /** Returns the reply of the service. @default an answer */
  reply?: (request: SeenRequest) => Response;
}

/** The real `claude` with two plan logins, each in a folder of its own. */
export async function claudeScene() {
  const dir = await tempDir();
  const home = `${dir.path}/home`;
  const cwd = `${home}/project`;
  const agentHome = `${home}/.claude`;
  await Deno.mkdir(`${cwd}/.claude`, { recursive: true });
  await putLogin(agentHome, "plain");
  for (const number of [1, 2]) {
    await putLogin(`${agentHome}/accounts/${number}`, String(number));
  }
  return {
    cwd,
    /** What is in the home of the agent. */
    entries: () => Array.from(Deno.readDirSync(agentHome), (it) => it.name),
    /** Returns the session log. */
    log: async (id: string) =>
      await Deno.readTextFile(
        `${claude.sessions.folder(agentHome, cwd)}/${id}.jsonl`,
      ),
    async run({ account, args = claude.promptArgs("hi"), reply }: ClaudeRun) {
      await using service = startUpstream((it) =>
        it.method === "POST" ? reply?.(it) ?? answer() : new Response()
      );
      const { origin } = new URL(service.url);
      const env = environment({ home, account, origin });
      const settings = `${dir.path}/settings.json`;
      await Deno.writeTextFile(
        settings,
        JSON.stringify(guardSettings({ env })),
        { mode: 0o600 },
      );
      const { code, stdout, stderr } = await new Deno.Command(
        await realClaude(VERSION),
        {
          args: [...withSettings(args, settings)],
          clearEnv: true,
          env,
          cwd,
          stdin: "null",
          signal: AbortSignal.timeout(DEADLINE_MS),
        },
      ).output();
      const evidence: Evidence = {
        exitCode: code,
        timedOut: false,
        stdout: new TextDecoder().decode(stdout),
        stderr: new TextDecoder().decode(stderr),
      };
      return { evidence, requests: service.requests };
    },
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

/** Returns the environment of a run, whose service is at `origin`. */
function environment({ home, account, origin }: {
  home: string;
  account: ClaudeRun["account"];
  origin: string;
}): Record<string, string> {
  const dir = `${home}/.claude`;
  const key = account === "key"
    ? { apiKey: RUN_KEY, baseUrl: origin, model: "claude-sonnet-5-5" }
    : undefined;
  return {
    ...claude.environment({
      env: {
        HOME: home,
        PATH: "/usr/bin:/bin",
        ANTHROPIC_BASE_URL: origin,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
        CLAUDE_CODE_MAX_RETRIES: "0",
      },
      dir,
      totalMemory: 2 ** 33,
      interactive: false,
      key,
      isLoopback: true,
    }),
    ...(key ? {} : homeLogin.variables(`${dir}/accounts/${account}`, VERSION)),
  };
}

/** Writes the login of an account, with the access token `token-<account>`. */
async function putLogin(folder: string, account: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const claudeAiOauth = {
    accessToken: `token-${account}`,
    refreshToken: `refresh-${account}`,
    expiresAt: Date.now() + 36_000_000,
    scopes: ["user:inference", "user:profile"],
    subscriptionType: "max",
    accountUuid: `account-${account}`,
    organizationUuid: "organization-1",
  };
  await Deno.writeTextFile(
    `${folder}/${homeLogin.file}`,
    JSON.stringify({ claudeAiOauth }),
    { mode: 0o600 },
  );
}

/** Returns an answer of the service. */
export function answer(text = "Hello!"): Response {
  return messageOf({
    block: { type: "text", text: "" },
    delta: { type: "text_delta", text },
    reason: "end_turn",
  });
}

/** Returns an answer that calls a tool. */
export function toolUse(name: string, input: object): Response {
  const json = JSON.stringify(input);
  return messageOf({
    block: { type: "tool_use", id: "toolu_1", name, input: {} },
    delta: { type: "input_json_delta", partial_json: json },
    reason: "tool_use",
  });
}

/** Returns an event stream with an answer of one block. */
function messageOf(
  { block, delta, reason }: { block: object; delta: object; reason: string },
): Response {
  const message = {
    id: "msg_1",
    type: "message",
    role: "assistant",
    content: [],
    usage: { input_tokens: 1, output_tokens: 1 },
  };
  const events = [
    { type: "message_start", message },
    { type: "content_block_start", index: 0, content_block: block },
    { type: "content_block_delta", index: 0, delta },
    { type: "content_block_stop", index: 0 },
    {
      type: "message_delta",
      delta: { stop_reason: reason },
      usage: { output_tokens: 2 },
    },
    { type: "message_stop" },
  ];
  return eventStream([
    events.map((it) => `event: ${it.type}\ndata: ${JSON.stringify(it)}\n\n`)
      .join(""),
  ]);
}

/** Returns the credential of a request. */
export function credentialIn({ headers }: SeenRequest): string {
  return headers.get("x-api-key") ??
    (headers.get("authorization") ?? "").replace(/^Bearer /, "");
}
