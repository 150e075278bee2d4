import { assert, assertEquals } from "@std/assert";
import { apiKey } from "../support/account_folder.ts";
import { batchScene, somePrompts } from "../support/batch_scene.ts";
import { QUOTA_EXCEEDED_FAST, startService } from "../support/service.ts";

const PROMPTS = 1_000;

/** How many prompts each account answers before it is out of quota. */
const QUOTAS = [60, 110, 150, 190, 240];

/** Asks the service as the agent does, without a slow start. */
const CLIENT = `#!/bin/sh
for word; do case $word in --prompt=*) prompt=\${word#--prompt=} ;; esac; done
echo "0 $prompt" >>"$HOME/asked"
reply=$(curl -sS --noproxy '*' --max-time 60 -w '\\n%{http_code}' \\
  -H "authorization: Bearer $OPENAI_API_KEY" \\
  -H 'content-type: application/json' \\
  -d "{\\"model\\":\\"m\\",\\"messages\\":[{\\"role\\":\\"user\\",\\"content\\":\\"$prompt\\"}]}" \\
  "$OPENAI_BASE_URL/chat/completions") || exit 7
code=$(printf %s "$reply" | tail -n 1)
[ "$code" = 200 ] || { echo "[API Error: $code $reply]" >&2; exit 1; }
printf %s "$reply" | sed -n 's/.*"content":"\\([^"]*\\)".*/\\1/p'
`;

Deno.test("batch has 1,000 prompts answered once by 5 accounts that run out in turn", async () => {
  const left = new Map(QUOTAS.map((quota, at) => [apiKey(at + 1), quota]));
  const answered = new Map<string, number>();
  const outAfter: string[] = [];
  await using service = startService({
    replies: Object.fromEntries(QUOTAS.map((_, at) => [
      apiKey(at + 1),
      ({ token, prompt }) => {
        const quota = left.get(token) ?? 0;
        if (quota === 0) {
          if (!outAfter.includes(token)) outAfter.push(token);
          return QUOTA_EXCEEDED_FAST;
        }
        left.set(token, quota - 1);
        answered.set(prompt, (answered.get(prompt) ?? 0) + 1);
        return { answer: `answer to ${prompt}` };
      },
    ])),
  });
  await using scene = await batchScene({
    accounts: QUOTAS.length,
    baseUrl: service.baseUrl,
    script: CLIENT,
    mode: "gateway",
  });
  await scene.write("prompts.txt", somePrompts(PROMPTS));
  const args = ["prompts.txt", "--jobs=8", "--out=results.jsonl"];
  const options = { timeoutMs: 280_000 };
  const first = await scene.batch(args, options);
  assertEquals(first.code, 75, first.stderr);
  assertEquals(outAfter, QUOTAS.map((_, at) => apiKey(at + 1)));
  const sum = QUOTAS.reduce((all, it) => all + it, 0);
  assertEquals(answered.size, sum);

  for (const key of left.keys()) left.set(key, Infinity);
  await scene.cli(["cooldown", "clear"]);
  const second = await scene.batch(args, options);
  assertEquals(second.code, 0, second.stderr);
  const results = await scene.results("results.jsonl");
  assertEquals(results.length, PROMPTS);
  assertEquals(new Set(results.map((it) => it.id)).size, PROMPTS);
  assert(
    results.every((it) => it.status === "ok" && it.output.startsWith("answer")),
  );
  assertEquals(answered.size, PROMPTS);
  assert([...answered.values()].every((it) => it === 1), "answered twice");
});
