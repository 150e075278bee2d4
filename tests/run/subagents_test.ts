/**
 * The logs of the subagents of `claude`, by a stand-in that writes them. Tools of
 * a run can put anything in their place.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { readUsage } from "../../lib/quota/usage_files.ts";
import { within } from "../support/deadline.ts";
import { loginScene } from "../support/login_run_scene.ts";

/** Writes the log of the session with one answer, and one of a subagent. */
const LOGS = `
  id=$(printf '%s\\n' "$@" | grep -Eom1 '[0-9a-f]{8}-[0-9a-f-]{27}')
  project="$HOME/.claude/projects/$(printf %s "$PWD" | tr -c 'A-Za-z0-9' -)"
  folder="$project/$id/subagents"
  mkdir -p "$folder"
  row() {
    printf '{"type":"assistant","sessionId":"%s","timestamp":"%s","message":{"model":"m","stop_reason":"end_turn","content":[],"usage":{"input_tokens":1,"output_tokens":1}}}\\n' \\
      "$1" "$(date -u +%Y-%m-%dT%H:%M:%S.999Z)"
  }
  row "$id" >"$project/$id.jsonl"
  row "$id" >"$folder/agent-1.jsonl"
  row another-session >"$project/agent-2.jsonl"
`;

const HOSTILE: Record<string, string> = {
  "nothing else": "",
  "a pipe": 'mkfifo "$folder/agent-3.jsonl"',
  "a link to a log": 'ln -s agent-1.jsonl "$folder/agent-3.jsonl"',
  "a folder": 'mkdir "$folder/agent-3.jsonl"',
  "a huge file": 'truncate -s 20G "$folder/agent-3.jsonl"',
  "a file with a long line": 'truncate -s 60M "$folder/agent-3.jsonl"',
  "a link to itself":
    'mv "$folder/agent-1.jsonl" "$project"; rmdir "$folder"; ln -s subagents "$folder"',
};

for (const [what, script] of Object.entries(HOSTILE)) {
  Deno.test(`exec --cli claude counts subagents once if there is ${what} among their logs`, async () => {
    await using scene = await loginScene("claude");
    const run = scene.exec({ script: `${LOGS}\n${script}` });
    const { code, stdout, stderr } = await within(run, { what: "the run" });
    assertEquals([code, stdout], [0, "Paris\n"], stderr);
    const { minutes } = await readUsage(`${scene.agentHome}/accounts/usage`);
    const sum = minutes.reduce((all, it) => all + it.requests, 0);
    assertEquals(sum, 2);
  });
}
