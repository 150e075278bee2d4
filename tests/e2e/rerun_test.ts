import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { QUOTA_EXCEEDED_FAST, type Reply } from "../support/service.ts";
import { setScene } from "../support/scene.ts";

const VERSIONS = ["0.12.0", "0.24.4"];

const PROMPT = "What is the capital of France?";

/** Arguments of a run that keeps no session. */
const WITHOUT_SESSION = [
  ...["--", "--yolo", "--chat-recording=false", `--prompt=${PROMPT}`],
];

const ANSWER = { answer: "The capital of France is Paris." };

/** 0.24.4 ends an answer with a line break. */
const PRINTED = /^The capital of France is Paris\.\n?$/;

const TOOL_CALL: Reply = {
  toolCall: { name: "list_directory", args: { path: "." } },
};

for (const version of VERSIONS) {
  Deno.test(`exec with qwen ${version} resumes the session after a tool`, async () => {
    const first = firstThen(TOOL_CALL, QUOTA_EXCEEDED_FAST);
    await using scene = await setScene([first, ANSWER], { version });
    const { code, stdout, stderr } = await scene.exec(["--", PROMPT]);
    assertEquals(code, 0, stderr);
    assertMatch(stdout, PRINTED);
    assertMatch(
      stderr,
      /account 1 is out of quota .*: continuing with account 2, which resumes the session/,
    );
    assertEquals(scene.askedAccounts().at(-1), 2);
    const prompts = scene.service.requests.map((it) => it.prompt);
    assertStringIncludes(prompts.at(-1) ?? "", "please continue");
    assertEquals(await scene.home.link(), "accounts/oauth_creds_2.json");
  });

  Deno.test(`exec with qwen ${version} does not run a prompt again that may have run a tool, without a session to resume`, async () => {
    const first = firstThen(TOOL_CALL, QUOTA_EXCEEDED_FAST);
    await using scene = await setScene([first, ANSWER], { version });
    const { code, stdout, stderr } = await scene.exec(WITHOUT_SESSION);
    assertEquals({ code, stdout }, { code: 75, stdout: "" });
    assertMatch(
      stderr,
      /account 1 is out of quota .*; not rerun: it may have run tools/,
    );
    assertEquals(new Set(scene.askedAccounts()), new Set([1]));
    assertEquals(await scene.home.link(), "accounts/oauth_creds_2.json");
  });

  Deno.test(`exec --rerun=always with qwen ${version} runs a prompt again that may have run a tool, without a session to resume`, async () => {
    const first = firstThen(TOOL_CALL, QUOTA_EXCEEDED_FAST);
    await using scene = await setScene([first, ANSWER], { version });
    const flags = ["--rerun=always", ...WITHOUT_SESSION];
    const { code, stdout } = await scene.exec(flags);
    assertEquals(code, 0);
    assertMatch(stdout, PRINTED);
    assertEquals(scene.askedAccounts().at(-1), 2);
    const prompts = scene.service.requests.map((it) => it.prompt);
    assertStringIncludes(prompts.at(-1) ?? "", PROMPT);
  });
}

// 0.24.4 prints an answer only after it has searched it for things to remember.
Deno.test("exec with qwen 0.24.4 keeps the answer when the agent's later request is refused", async () => {
  const error = { message: "Rate limit reached", code: "rate_limit_exceeded" };
  const refused: Reply = { status: 429, body: { error } };
  await using scene = await setScene(
    [firstThen(ANSWER, refused), { answer: "no" }],
    { version: "0.24.4" },
  );
  const { code, stdout } = await scene.exec(["--", PROMPT]);
  assertEquals(code, 0);
  assertMatch(stdout, PRINTED);
  assertEquals(new Set(scene.askedAccounts()), new Set([1]));
});

/** Replies `first` to one request and `then` to all after it. */
function firstThen(first: Reply, then: Reply): () => Reply {
  let count = 0;
  return () => count++ === 0 ? first : then;
}
