/**
 * Stands in for `qwen` 0.12.0 where npm cannot be reached: one chat request
 * with the token of the live file, and the same two endings: the answer on
 * stdout, or a quota error on stderr and exit code 1.
 *
 * @module
 */

const QUOTA_ERROR =
  "Qwen OAuth quota exceeded: Your free daily quota has been reached.";

interface Credential {
  access_token: string;
  resource_url: string;
}

interface Reply {
  choices?: { message: { content: string } }[];
  error?: { code: string; message: string };
}

async function readPrompt(args: readonly string[]): Promise<string> {
  const given = args.find((it) => it.startsWith("--prompt="));
  if (given) return given.slice("--prompt=".length);
  return await new Response(Deno.stdin.readable).text();
}

async function ask(prompt: string, credential: Credential): Promise<Reply> {
  const url = `${credential.resource_url}/chat/completions`;
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "authorization": `Bearer ${credential.access_token}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({
      model: "coder-model",
      messages: [{ role: "user", content: prompt }],
    }),
  });
  return await response.json();
}

if (Deno.args.includes("--version")) {
  console.log("0.12.0");
} else {
  const live = `${Deno.env.get("HOME")}/.qwen/oauth_creds.json`;
  const credential: Credential = JSON.parse(await Deno.readTextFile(live));
  const { choices, error } = await ask(await readPrompt(Deno.args), credential);
  if (error) {
    const isQuota = error.code === "insufficient_quota";
    console.error(isQuota ? QUOTA_ERROR : `[API Error: ${error.message}]`);
    Deno.exitCode = 1;
  }
  const answer = choices?.[0]?.message.content ?? "";
  await Deno.stdout.write(new TextEncoder().encode(answer));
}
