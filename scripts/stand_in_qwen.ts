/**
 * Stands in for `qwen` 0.24.4 where npm cannot be reached: sends the prompt in
 * one chat request to the address in its environment, and prints the answer.
 *
 * @module
 */

interface Reply {
  choices?: { message: { content: string } }[];
  error?: { message: string };
}

async function readPrompt(args: readonly string[]): Promise<string> {
  const given = args.find((it) => it.startsWith("--prompt="));
  if (given) return given.slice("--prompt=".length);
  return await new Response(Deno.stdin.readable).text();
}

async function ask(prompt: string): Promise<Reply> {
  const response = await fetch(
    `${Deno.env.get("OPENAI_BASE_URL")}/chat/completions`,
    {
      method: "POST",
      headers: {
        "authorization": `Bearer ${Deno.env.get("OPENAI_API_KEY")}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({
        model: Deno.env.get("OPENAI_MODEL"),
        messages: [{ role: "user", content: prompt }],
      }),
    },
  );
  return await response.json();
}

if (Deno.args.includes("--version")) {
  console.log("0.24.4");
} else {
  const { choices, error } = await ask(await readPrompt(Deno.args));
  if (error) {
    console.error(`[API Error: ${error.message}]`);
    Deno.exitCode = 1;
  }
  const answer = choices?.[0]?.message.content ?? "";
  await Deno.stdout.write(new TextEncoder().encode(answer));
}
