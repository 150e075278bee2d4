/**
 * The real `codex` and `claude` with a gateway for two API keys.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startGateway } from "../../lib/gateway/gateway.ts";

import { AccountManager, openKeyPool } from "../../lib/mod.ts";
import { WIRE_CASES } from "../gateway/wire_cases.ts";
import { typed, type WireCase } from "../gateway/wires/case.ts";
import { accountFolder } from "../support/account_folder.ts";
import { realClaude } from "../support/real_claude.ts";
import { realCodex } from "../support/real_codex.ts";
import { eventStream } from "../support/replies.ts";
import { type SeenRequest, startUpstream } from "../support/upstream.ts";

/** Much longer than a run takes, and much shorter than the agents retry. */
const DEADLINE_MS = 30_000;

/** A real program, and what the tests must know of it. */
interface Program {
  wire: WireCase["name"];
  bin: string;
  args: (baseUrl: string, prompt: string) => string[];
  env: (baseUrl: string, key: string, home: string) => Record<string, string>;
  /** The part of the path that the account's address contains. */
  base: string;
  /** The events that call a shell. */
  callShell: (command: string) => string;
  /** Whether a request contains the output of a shell. */
  hasOutput: (body: string) => boolean;
}

const PROGRAMS: Readonly<Record<string, Program>> = {
  codex: {
    wire: "openai_responses",
    bin: await realCodex(),
    base: "/v1",
    args: (baseUrl, prompt) => [
      ...["exec", "--skip-git-repo-check", "-s", "danger-full-access"],
      ...["-m", "coder", "-c", `openai_base_url="${baseUrl}"`],
      ...["-c", 'cli_auth_credentials_store="file"', prompt],
    ],
    env: (_, key, home) => ({ CODEX_HOME: home, CODEX_API_KEY: key }),
    callShell(cmd) {
      const item = {
        type: "function_call",
        id: "fc_1",
        call_id: "call_1",
        name: "exec_command",
        arguments: JSON.stringify({ cmd }),
      };
      return [
        { type: "response.created", response: { id: "resp_1" } },
        { type: "response.output_item.done", output_index: 0, item },
        { type: "response.completed", response: { id: "resp_1" } },
      ].map(typed).join("");
    },
    hasOutput: (body) => body.includes('"function_call_output"'),
  },
  claude: {
    wire: "anthropic_messages",
    bin: await realClaude(),
    base: "",
    args: (_, prompt) => ["-p", prompt, "--allowedTools", "Bash"],
    env: (baseUrl, key, home) => ({
      ANTHROPIC_BASE_URL: baseUrl,
      ANTHROPIC_API_KEY: key,
      CLAUDE_CONFIG_DIR: home,
      CLAUDE_SECURESTORAGE_CONFIG_DIR: `${home}/no-login`,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    }),
    callShell(command) {
      const input = JSON.stringify({ command, description: "Count" });
      const block = {
        type: "tool_use",
        id: "toolu_1",
        name: "Bash",
        input: {},
      };
      return [
        {
          type: "message_start",
          message: {
            id: "msg_1",
            type: "message",
            role: "assistant",
            content: [],
            usage: { input_tokens: 1, output_tokens: 1 },
          },
        },
        { type: "content_block_start", index: 0, content_block: block },
        {
          type: "content_block_delta",
          index: 0,
          delta: { type: "input_json_delta", partial_json: input },
        },
        { type: "content_block_stop", index: 0 },
        {
          type: "message_delta",
          delta: { stop_reason: "tool_use" },
          usage: { output_tokens: 5 },
        },
        { type: "message_stop" },
      ].map(typed).join("");
    },
    hasOutput: (body) => body.includes('"tool_result"'),
  },
};

/** How a run of a program ended. */
interface Ran {
  code: number;
  stdout: string;
  /** The last digit of the key of each request, oldest first. */
  keys: string[];
}

for (const [name, program] of Object.entries(PROGRAMS)) {
  const wire = WIRE_CASES.find((it) => it.name === program.wire);
  if (!wire) throw new RangeError(`Cannot find the wire ${program.wire}`);
  const answer = () =>
    eventStream([wire.opening("a") + wire.content("a") + wire.ending("a")]);
  const quota = () =>
    Response.json(wire.errors.quota.body, { status: wire.errors.quota.status });

  Deno.test(`${name} gets the answer of account 2 when account 1 is out of quota`, async () => {
    await using scene = await setScene(program);
    const { code, stdout, keys } = await scene.run(({ key }) =>
      key === "1" ? quota() : answer()
    );
    assertEquals([code, stdout.trim(), keys], [0, "text of a", ["1", "2"]]);
  });

  Deno.test(`${name} gets the answer of account 2 when the stream of account 1 fails`, async () => {
    await using scene = await setScene(program);
    const { code, stdout, keys } = await scene.run(({ key }) =>
      key === "1"
        ? eventStream([wire.opening("b") + wire.errorEvent("quota")])
        : answer()
    );
    assertEquals([code, stdout.trim(), keys], [0, "text of a", ["1", "2"]]);
  });

  Deno.test(`${name} stops at once when all accounts are out of quota`, async () => {
    await using scene = await setScene(program);
    const { code, keys } = await scene.run(quota);
    assertEquals([code, keys], [1, ["1", "2"]]);
  });

  Deno.test(`${name} runs each tool once when account 1 is out of quota in between`, async () => {
    await using scene = await setScene(program);
    const file = `${scene.home}/count`;
    const { code, stdout, keys } = await scene.run(({ key, body }) =>
      !program.hasOutput(body)
        ? eventStream([program.callShell(`echo ran >> ${file}`)])
        : key === "1"
        ? quota()
        : answer()
    );
    assertEquals([code, keys], [0, ["1", "1", "2"]]);
    assertStringIncludes(stdout, "text of a");
    assertEquals(await Deno.readTextFile(file), "ran\n");
  });

  Deno.test(`${name} with another key than the run's reaches no account`, async () => {
    await using scene = await setScene(program);
    const { code, keys } = await scene.run(answer, { key: "sk-foreign" });
    assertEquals([code, keys], [1, []]);
  });
}

/** A gateway with two keys and an empty home for a program. */
async function setScene(program: Program) {
  const folder = await accountFolder({ keys: [1, 2] });
  const home = `${folder.path}/home`;
  await Deno.mkdir(home);
  return {
    home,
    async run(
      reply: (request: { key: string; body: string }) => Response,
      { key }: { key?: string } = {},
    ): Promise<Ran> {
      await using service = startUpstream(({ headers, body }) =>
        reply({ key: keyIn(headers), body })
      );
      const { origin } = new URL(service.url);
      const address = `${origin}${program.base}`;
      for (const number of [1, 2]) {
        await folder.put(
          new TextEncoder().encode(
            `OPENAI_API_KEY=sk-${number}\nOPENAI_BASE_URL=${address}\n` +
              "OPENAI_MODEL=coder\n",
          ),
          `${folder.layout.accounts}/api_key_${number}.env`,
        );
      }
      const pool = await openKeyPool(new AccountManager({ dir: folder.path }));
      const gateway = await startGateway({
        pool,
        wire: program.wire,
        basePath: program.base || "/",
      });
      const { code, stdout } = await new Deno.Command(program.bin, {
        args: program.args(gateway.url, "What is the capital of France?"),
        clearEnv: true,
        env: {
          HOME: home,
          PATH: "/usr/bin:/bin",
          ...program.env(gateway.url, key ?? gateway.token, home),
        },
        cwd: home,
        stdin: "null",
        signal: AbortSignal.timeout(DEADLINE_MS),
      }).output();
      await gateway[Symbol.asyncDispose]();
      await pool.end();
      const requests = service.requests.filter((it) => it.method === "POST");
      assert(service.requests.length === requests.length, pathsOf(service));
      return {
        code,
        stdout: new TextDecoder().decode(stdout),
        keys: requests.map((it) => keyIn(it.headers)),
      };
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** The last character of the key in `headers`. */
function keyIn(headers: Headers): string {
  const key = headers.get("x-api-key") ?? headers.get("authorization") ?? "";
  return key.slice(-1);
}

function pathsOf({ requests }: { requests: readonly SeenRequest[] }): string {
  return requests.map((it) => `${it.method} ${it.path}`).join(", ");
}
