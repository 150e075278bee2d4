/**
 * The real `codex app-server` with an API key, beside the login of a plan. It
 * reads no key from the environment, so what it finds in its home decides; the
 * same holds for a session on a terminal.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { WIRE_CASES } from "../gateway/wire_cases.ts";
import { accountQwen, runCli } from "../support/cli.ts";
import { loginOf } from "../support/codex_login.ts";
import { spawn } from "../support/deadline.ts";
import { coveredDenoEnv } from "../support/deno_env.ts";
import { namesIfAny } from "../support/names_in.ts";
import { realCodex } from "../support/real_codex.ts";
import { eventStream } from "../support/replies.ts";
import { tempDir } from "../support/temp_dir.ts";
import { startUpstream } from "../support/upstream.ts";

const KEY = "sk-test-of-account-1";

const wire = WIRE_CASES.find((it) => it.name === "openai_responses");

function answer(): Response {
  return eventStream([
    `${wire?.opening("a")}${wire?.content("a")}${wire?.ending("a")}`,
  ]);
}

for (const version of ["0.100.0", "0.171.0"]) {
  for (const mode of ["gateway", "link"]) {
    Deno.test(`exec --cli codex --mode ${mode} app-server of ${version} asks with the key, and keeps the login`, async () => {
      await using dir = await tempDir();
      const credentials: (string | null)[] = [];
      await using service = startUpstream(({ method, headers }) => {
        credentials.push(headers.get("authorization"));
        return method === "GET"
          ? new Response(null, { status: 426 })
          : answer();
      });
      const home = `${dir.path}/.codex`;
      const { bytes } = loginOf("account-1");
      await Deno.mkdir(home);
      await Deno.writeFile(`${home}/auth.json`, bytes, { mode: 0o600 });
      const url = `${new URL(service.url).origin}/v1`;
      const options = { home: dir.path, command: accountQwen(), stdin: KEY };
      const { code, stderr } = await runCli(
        ["--cli=codex", "add", `--base-url=${url}`, "--model=coder"]
          .concat("--api-key-stdin"),
        options,
      );
      assertEquals(code, 0, stderr);
      const bin = await realCodex(version);
      const output = await converse(dir.path, [
        ...["--cli=codex", "exec", `--bin=${bin}`, `--mode=${mode}`, "--"],
        ...["app-server", "-c", 'approval_policy="never"'],
      ]);
      assertMatch(output, /"method":"turn\/completed"/);
      assertEquals(new Set(credentials), new Set([`Bearer ${KEY}`]));
      assertEquals(await Deno.readFile(`${home}/auth.json`), bytes);
      assertEquals(await namesIfAny(`${home}/accounts/homes`), ["lock"]);
      const names = await namesIfAny(`${home}/sessions`);
      assertEquals(names.length, 1, "the session is not the user's");
    });
  }
}

/** Asks the server one thing, and returns all that it has written. */
async function converse(
  home: string,
  args: readonly string[],
): Promise<string> {
  const [program = "", ...first] = accountQwen();
  const child = spawn(program, {
    args: [...first, ...args],
    clearEnv: true,
    env: {
      ...await coveredDenoEnv(),
      HOME: home,
      PATH: Deno.env.get("PATH") ?? "",
      HTTPS_PROXY: "http://127.0.0.1:9",
    },
    cwd: home,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  });
  const writer = child.stdin.getWriter();
  const say = (method: string, params?: unknown, id?: number) =>
    writer.write(
      new TextEncoder().encode(`${JSON.stringify({ id, method, params })}\n`),
    );
  const clientInfo = { name: "test", version: "1" };
  await say("initialize", { clientInfo }, 1);
  await say("initialized");
  await say("thread/start", { cwd: home }, 2);
  let output = "";
  let hasAsked = false;
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    output += text;
    const [, threadId] = /"thread":\{"id":"([^"]+)"/.exec(output) ?? [];
    if (threadId !== undefined && !hasAsked) {
      hasAsked = true;
      const input = [{ type: "text", text: "hi", text_elements: [] }];
      await say("turn/start", { threadId, input }, 3);
    }
    if (output.includes("turn/completed")) break;
  }
  await writer.close();
  await child.status;
  return output;
}
