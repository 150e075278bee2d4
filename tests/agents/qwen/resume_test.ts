import { assertEquals } from "@std/assert";
import { resumeArgs } from "../../../lib/agents/qwen/args.ts";

const ID = "fd3e7d1d-a032-4bba-90c1-91c076cde975";
const OTHER = "4cc032af-84b8-4808-8405-4f42a8187dc5";

const RUNS: [args: string[], kept: string[] | undefined][] = [
  [["--prompt=hello"], []],
  [["hello"], []],
  [["-p", "hello", "--yolo"], ["--yolo"]],
  [["--yolo"], ["--yolo"]], // the prompt is on stdin
  [["-m", "coder", "hello"], ["-m", "coder"]],
  [[`--session-id=${OTHER}`, "-p", "hello"], []],
  [["--resume", OTHER, "-p", "hello", "-o", "json"], ["-o", "json"]],
  [["-r", OTHER, "hello"], []],
  [["--continue", "--yolo", "hello"], ["--yolo"]],
  // There is nothing to continue, or no way to.
  [["--chat-recording=false", "-p", "hello"], undefined],
  [["two", "words"], undefined],
  [["mcp", "list"], undefined],
  [["--version"], undefined],
];

for (const [args, kept] of RUNS) {
  Deno.test(`qwen resumeArgs() keeps ${kept?.join(" ")} of ${args.join(" ")}`, () => {
    const given = { id: ID, text: "-- go on", version: "0.24.4" };
    const expected = kept &&
      ["--resume", ID, ...kept, "--prompt=-- go on"];
    assertEquals(resumeArgs(args, given), expected);
  });
}

Deno.test("qwen resumeArgs() continues a session without a prompt", () => {
  const args = resumeArgs(["-m", "coder"], { id: ID, version: "0.12.0" });
  assertEquals(args, ["--resume", ID, "-m", "coder"]);
});

for (const version of ["0.10.1", undefined]) {
  Deno.test(`qwen resumeArgs() returns undefined for ${version}`, () => {
    const given = { id: ID, text: "go on", version };
    assertEquals(resumeArgs(["-p", "hello"], given), undefined);
  });
}

Deno.test("qwen resumeArgs() takes no name for an id", () => {
  const given = { id: "name", text: "go on", version: "0.24.4" };
  assertEquals(resumeArgs(["-p", "hello"], given), undefined);
});
