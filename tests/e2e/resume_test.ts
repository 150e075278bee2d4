/**
 * The real programs with two API keys in link mode, where account 1 runs out of
 * quota after a tool has run: account 2 continues the session.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { WIRE_CASES } from "../gateway/wire_cases.ts";
import {
  type Program,
  PROGRAMS,
  setAgentScene,
} from "../support/agent_scene.ts";
import { answerResponse, toolCallResponse } from "../support/chat_wire.ts";
import { answer as claudeAnswer, toolUse } from "../support/claude_scene.ts";
import { responseOf } from "../support/codex_scene.ts";
import { realQwen } from "../support/real_qwen.ts";
import type { SeenRequest } from "../support/upstream.ts";

const PROMPT = "What is the capital of France?";
const GO_ON = "please continue";

/** The tool that account 1 calls: it leaves a line for each time. */
const COMMAND = "echo ran >> tool.txt";

/** A program that may run a command, and what its service replies. */
interface Case extends Program {
  /** Returns an answer that calls the tool. */
  tool(request: SeenRequest): Response;
  /** Returns the answer "Paris". */
  answer(request: SeenRequest): Response;
  /** How it sends the result of the tool. */
  result: RegExp;
}

const qwen = await realQwen("0.24.4");
const { codex, claude } = PROGRAMS;
if (!codex || !claude) throw new RangeError("Cannot find the programs");

/** The only models of which codex knows how they call tools. */
const MODEL = "gpt-6.2-sol";
const OTHER_MODEL = "gpt-6.1-sol";

const EXEC = ["exec", "--skip-git-repo-check", "-s", "danger-full-access"];

const CODEX: Case = {
  ...codex,
  models: [MODEL, MODEL],
  args: [...EXEC, "--", PROMPT],
  tool: () => responseOf({ tool: COMMAND }, 1),
  answer: () => responseOf({ answer: "Paris" }, 2),
  result: /"custom_tool_call_output"/,
};

const CASES: Readonly<Record<string, Case>> = {
  qwen: {
    bin: qwen.bin,
    env: { PATH: qwen.path },
    wire: "openai_chat",
    path: "/v1",
    home: ".qwen",
    names: ["OPENAI_API_KEY", "OPENAI_BASE_URL"],
    args: ["--yolo", `--prompt=${PROMPT}`],
    tool: ({ body }) =>
      toolCallResponse({
        name: "run_shell_command",
        args: { command: COMMAND, is_background: false },
      }, JSON.parse(body)),
    answer: ({ body }) => answerResponse("Paris", JSON.parse(body)),
    result: /"role":"tool"/,
  },
  codex: CODEX,
  claude: {
    ...claude,
    args: ["--print", "--allowedTools", "Bash", "--", PROMPT],
    tool: () => toolUse("Bash", { command: COMMAND, description: "run it" }),
    answer: () => claudeAnswer("Paris"),
    result: /"tool_result"/,
  },
};

for (const [name, program] of Object.entries(CASES)) {
  Deno.test(`exec --cli ${name} resumes the session with account 2 after a tool of account 1`, async () => {
    await using scene = await setAgentScene(name, program);
    const { result, keys, bodies } = await scene.exec(toolThenQuota(program), {
      flags: ["--mode", "link"],
    });
    const { code, stdout, stderr } = result;
    assertEquals([code, stdout.trim()], [0, "Paris"], stderr);
    assertMatch(
      stderr,
      /account 1\) is out of quota .*: continuing with .*account 2\), which resumes the session/,
    );
    assertEquals(await Deno.readTextFile(`${scene.home}/tool.txt`), "ran\n");
    const sent = bodies[keys.indexOf("2")] ?? "";
    assertStringIncludes(sent, PROMPT);
    assertMatch(sent, program.result);
    assertStringIncludes(sent, GO_ON);
  });

  Deno.test(`exec --cli ${name} sends the exact prompt to account 2 when account 1 has not answered`, async () => {
    await using scene = await setAgentScene(name, program);
    const { result, keys, bodies } = await scene.exec(
      (key, it) => key === "1" ? quota(program) : program.answer(it),
      { flags: ["--mode", "link"] },
    );
    assertEquals([result.code, result.stdout.trim()], [0, "Paris"]);
    const sent = bodies[keys.indexOf("2")] ?? "";
    assertStringIncludes(sent, PROMPT);
    assertEquals(sent.includes(GO_ON), false);
  });

  Deno.test(`exec --cli ${name} --rerun=never does not resume a session`, async () => {
    await using scene = await setAgentScene(name, program);
    const { result, keys } = await scene.exec(toolThenQuota(program), {
      flags: ["--mode", "link", "--rerun=never"],
    });
    const { code, stdout, stderr } = result;
    assertEquals([code, stdout], [75, ""]);
    assertMatch(stderr, /is out of quota .*; not rerun: --rerun is never/);
    assertEquals(new Set(keys), new Set(["1"]));
  });
}

Deno.test("exec --cli codex with --json resumes the session, and prints the events of the last run only", async () => {
  await using scene = await setAgentScene("codex", CODEX);
  const { result, keys } = await scene.exec(toolThenQuota(CODEX), {
    flags: ["--mode", "link"],
    args: [...EXEC, "--json", "--", PROMPT],
  });
  const { code, stdout, stderr } = result;
  assertEquals(code, 0, stderr);
  const events = stdout.trim().split("\n").map((it) => JSON.parse(it));
  assertEquals(events.map((it) => it.type), [
    "thread.started",
    "turn.started",
    "item.completed",
    "turn.completed",
  ]);
  assertEquals(keys, ["1", "1", "2"]);
});

/** How a resumed session of codex cannot continue, and what stderr says. */
const LOST: Record<string, { program: Case; says: RegExp }> = {
  "its model would change": {
    program: { ...CODEX, models: [MODEL, OTHER_MODEL] },
    says: /cannot continue the session \(its model would be gpt-6\.1-sol\)/,
  },
  "its history is encrypted": {
    program: { ...CODEX, answer: refuseHistory },
    says: /cannot continue the session \(the account cannot read what another/,
  },
};

for (const [why, { program, says }] of Object.entries(LOST)) {
  Deno.test(`exec --cli codex does not continue a session when ${why}`, async () => {
    await using scene = await setAgentScene("codex", program);
    const { result } = await scene.exec(toolThenQuota(program), {
      flags: ["--mode", "link"],
    });
    const { code, stdout, stderr } = result;
    assertEquals([code, stdout], [1, ""], stderr);
    assertMatch(stderr, says);
    assertMatch(
      stderr,
      /; not rerun: it has run tools \(exec\); --rerun=always/,
    );
    assertEquals(await Deno.readTextFile(`${scene.home}/tool.txt`), "ran\n");
  });

  Deno.test(`exec --cli codex --rerun=always sends the prompt again when ${why}`, async () => {
    await using scene = await setAgentScene("codex", program);
    const { result, keys, bodies } = await scene.exec(toolThenQuota(program), {
      flags: ["--mode", "link", "--rerun=always"],
    });
    const { code, stdout, stderr } = result;
    assertEquals([code, stdout.trim(), keys.at(-1)], [0, "Paris", "2"], stderr);
    assertMatch(stderr, says);
    assertStringIncludes(stderr, ": rerunning the prompt");
    assertEquals(bodies.at(-1)?.includes(GO_ON), false);
  });
}

/** Account 1 calls the tool and is then out of quota; account 2 answers. */
function toolThenQuota(
  program: Case,
): (key: string, request: SeenRequest) => Response {
  let count = 0;
  return (key, request) => {
    if (key === "2") return program.answer(request);
    return count++ === 0 ? program.tool(request) : quota(program);
  };
}

/** The reply at which the program stops at once, or soon. */
function quota({ wire }: Case): Response {
  const found = WIRE_CASES.find((it) => it.name === wire);
  const { status = 429, body } = found?.errors.quota ?? {};
  const headers = { "retry-after-ms": "1" };
  return Response.json(body, { status, headers });
}

/** Refuses a session with the output of a tool, as of another organization. */
function refuseHistory({ body }: SeenRequest): Response {
  if (!CODEX.result.test(body)) return responseOf({ answer: "Paris" }, 2);
  const error = {
    message: "The encrypted content gAAA could not be verified.",
    type: "invalid_request_error",
    code: "invalid_encrypted_content",
  };
  return responseOf({ status: 400, error }, 2);
}
