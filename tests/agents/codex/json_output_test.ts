import { assertEquals } from "@std/assert";
import {
  lastErrorIn,
  sessionIdIn,
  threadIdIn,
} from "../../../lib/agents/codex/error_text.ts";
import { output } from "../../../lib/agents/codex/output.ts";

const ID = "01a22577-de9e-7cc3-b419-7333d367cb2a";
const STARTED = JSON.stringify({ type: "thread.started", thread_id: ID });

function spoolOf(text: string) {
  const bytes = new TextEncoder().encode(text);
  return {
    head: (length: number) => Promise.resolve(bytes.slice(0, length)),
    stream: () => ReadableStream.from([bytes.slice(0, 90), bytes.slice(90)]),
  };
}

function event(type: string, item: string): string {
  return JSON.stringify({ type, item: { type: item } });
}

Deno.test("codex toolsIn() returns the tools of the events", async () => {
  const lines = [
    STARTED,
    event("item.completed", "error"), // a warning
    event("item.completed", "reasoning"),
    event("item.started", "command_execution"),
    event("item.completed", "command_execution"),
    event("item.completed", "file_change"),
    event("item.completed", "agent_message"),
    '{"type":"item.completed","item":{"ty',
  ];
  assertEquals(await output.toolsIn(spoolOf(lines.join("\n"))), [
    "command_execution",
    "command_execution",
    "file_change",
    "a tool",
  ]);
});

Deno.test("codex toolsIn() returns nothing for text", async () => {
  const text = `The event is ${event("item.completed", "file_change")}`;
  assertEquals(await output.toolsIn(spoolOf(text)), undefined);
});

Deno.test("codex names its session on stdout in JSON, and else on stderr", () => {
  assertEquals(threadIdIn(`${STARTED}\n{}`), ID);
  assertEquals(threadIdIn("hello"), undefined);
  assertEquals(sessionIdIn(`--------\nsession id: ${ID}\n--------\n`), ID);
  assertEquals(sessionIdIn("hello"), undefined);
});

const WAITS = JSON.stringify({ type: "error", message: "Reconnecting... 1/5" });

const FAILED = JSON.stringify({
  type: "turn.failed",
  error: { message: "a limit" },
});

const WARNING =
  '{"type":"item.completed","item":{"id":"item_0","type":"error","message":"x"}}';

const LAST_ERRORS: [string, string[], string | undefined][] = [
  ["the failure of the turn", [WAITS, FAILED], "a limit"],
  ["a pause", [WAITS], "Reconnecting... 1/5"],
  ["a pause before a warning", [WAITS, WARNING], "Reconnecting... 1/5"],
  [
    "nothing after an answer",
    [WAITS, event("item.completed", "agent_message")],
    undefined,
  ],
  [
    "nothing after the end",
    [WAITS, '{"type":"turn.completed","usage":{}}'],
    undefined,
  ],
  ["nothing of a truncated line", [WAITS, FAILED.slice(0, -9)], undefined],
];

for (const [what, lines, error] of LAST_ERRORS) {
  Deno.test(`codex lastErrorIn() returns ${what}`, () => {
    assertEquals(lastErrorIn([STARTED, ...lines, ""].join("\n")), error);
  });
}

Deno.test("codex lastErrorIn() returns nothing for text", () => {
  assertEquals(lastErrorIn(FAILED), undefined);
});
