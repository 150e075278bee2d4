import { assertEquals } from "@std/assert";
import {
  promptArgs,
  read,
  resumeArgs,
  sessionArgs,
} from "../../../lib/agents/claude/args.ts";
import type { Prompt } from "../../../lib/agents/agent.ts";

const ID = "6f1f1c1e-3f0e-4a6c-9d3b-000000000001";

const PROMPTS: [args: string[], expected: Prompt | undefined][] = [
  [["-p", "hello"], { text: "hello", others: ["-p"] }],
  [["hello", "--print"], { text: "hello", others: ["--print"] }],
  [["-p", "--", "-hello"], { text: "-hello", others: ["-p"] }],
  [["-p", "--", "mcp"], { text: "mcp", others: ["-p"] }],
  [["-p", "mcp"], { text: "mcp", others: ["-p"] }],
  [["-p", "hello", "world"], { text: "hello", others: ["-p"] }],
  [["-p", "--model", "opus", "hello"], {
    text: "hello",
    others: ["-p", "--model", "opus"],
  }],
  [["-p", "--allowedTools", "Bash", "hello"], undefined],
  [["-p", "hello", "--allowedTools", "Bash", "Read"], {
    text: "hello",
    others: ["-p", "--allowedTools", "Bash", "Read"],
  }],
  [["-p", "--tools=Bash", "hello"], {
    text: "hello",
    others: ["-p", "--tools=Bash"],
  }],
  [["-p", "--resume", ID, "hello"], {
    text: "hello",
    others: ["-p", "--resume", ID],
  }],
  [["-pn", "title", "hello"], {
    text: "hello",
    others: ["-p", "-n", "title"],
  }],
  [["-p", "--system-prompt", "--print", "hello"], {
    text: "hello",
    others: ["-p", "--system-prompt", "--print"],
  }],
  [["-p"], undefined],
  [["hello"], undefined],
  [["mcp", "list"], undefined],
];

for (const [args, expected] of PROMPTS) {
  Deno.test(`read() returns the prompt ${expected?.text} for ${args.join(" ")}`, () => {
    assertEquals(read(args).prompt, expected);
  });
}

const SESSIONS: [
  args: string[],
  expected: ReturnType<typeof read>["session"],
][] = [
  [["-p", "hi"], undefined],
  [["--resume", ID, "-p", "hi"], { id: ID }],
  [[`--resume=${ID}`, "-p", "hi"], { id: ID }],
  [["-pr", ID, "hi"], { id: ID }],
  [[`-pr${ID}`, "hi"], { id: ID }],
  [["--session-id", ID, "-p", "hi"], { id: ID }],
  [["-pc", "hi"], "newest"],
  [["--continue"], "newest"],
  [["--resume"], undefined],
  [["-p", "--", "--continue"], undefined],
];

for (const [args, expected] of SESSIONS) {
  Deno.test(`read() returns the session of ${args.join(" ")}`, () => {
    assertEquals(read(args).session, expected);
  });
}

type Flag =
  | "opensSession"
  | "mayChange"
  | "asksNothing"
  | "isSubcommand"
  | "converses";

const FLAGS: [args: string[], expected: Flag[]][] = [
  [[], ["opensSession"]],
  [["hello"], ["opensSession"]],
  [["--model", "opus"], ["opensSession"]],
  [["--resume"], ["opensSession"]],
  [["-p", "hi"], []],
  [["--background", "hi"], []],
  [["--help"], ["asksNothing"]],
  [["-p", "--version"], ["asksNothing"]],
  [["auth", "login"], ["asksNothing", "isSubcommand"]],
  [["setup-token"], ["asksNothing", "isSubcommand"]],
  [["remote-control"], ["asksNothing", "isSubcommand"]],
  [["import this"], ["opensSession"]],
  [["--model", "opus", "mcp", "list"], ["asksNothing", "isSubcommand"]],
  [["-p", "update"], []],
  [["-p", "--permission-mode", "plan", "hi"], []],
  [["-p", "--permission-mode", "dontAsk", "hi"], []],
  [["-p", "--permission-mode=acceptEdits", "hi"], ["mayChange"]],
  [["-p", "--permission-mode", "bypassPermissions"], ["mayChange"]],
  [["-p", "--dangerously-skip-permissions", "hi"], ["mayChange"]],
  [["-p", "hi", "--allowedTools", "Bash"], ["mayChange"]],
  [["-p", "hi", "--allowed-tools=Bash"], ["mayChange"]],
  [["-p", "--input-format", "stream-json"], ["converses"]],
  [["-p", "--", "--help"], []],
];

for (const [args, expected] of FLAGS) {
  Deno.test(`read() says ${expected.join(", ") || "nothing"} of ${args.join(" ")}`, () => {
    const intent = read(args);
    const names: Flag[] = [
      "opensSession",
      "mayChange",
      "asksNothing",
      "isSubcommand",
      "converses",
    ];
    assertEquals(
      names.filter((it) => intent[it]).toSorted(),
      expected.toSorted(),
    );
  });
}

Deno.test("read() returns the last model, and the kind that --bare allows", () => {
  assertEquals(read(["--model", "opus", "--model=haiku"]).model, "haiku");
  assertEquals(read(["-p", "--", "--model"]).model, undefined);
  assertEquals(read(["--bare", "-p", "hi"]).kind, "api-key");
  assertEquals(read(["-p", "hi"]).kind, undefined);
});

const WITHOUT_ID: [args: string[], version: string | undefined][] = [
  [["-p", "hi"], "1.0.3"],
  [["-p", "hi"], undefined],
  [["--resume", ID, "-p", "hi"], "2.1.332"],
  [["-pc", "hi"], "2.1.332"],
  [["--session-id", ID], "2.1.332"],
  [["-p", "--no-session-persistence", "hi"], "2.1.332"],
  [["mcp", "list"], "2.1.332"],
];

for (const [args, version] of WITHOUT_ID) {
  Deno.test(`sessionArgs() returns nothing for ${version} with ${args.join(" ")}`, () => {
    assertEquals(sessionArgs(ID, args, version), undefined);
  });
}

Deno.test("sessionArgs() gives a new session an id", () => {
  const args = sessionArgs(ID, ["-p", "hi"], "2.1.332");
  assertEquals(args, [`--session-id=${ID}`]);
});

const RESUMED: [args: string[], expected: string[]][] = [
  [["-p", "hello"], []],
  [[`--session-id=${ID}`, ...promptArgs("hello")], []],
  [["-p", "--model", "opus", "hello"], ["--model", "opus"]],
  [["-pc", "hello"], []],
  [
    ["-p", "hello", "--allowedTools", "Bash(git *)", "Edit", "--verbose"],
    ["--allowedTools", "Bash(git *)", "Edit", "--verbose"],
  ],
  [
    ["--resume", "other", "--fork-session", "--output-format=json", "-p", "x"],
    ["--output-format=json"],
  ],
];

const GOES_ON = { id: ID, text: "please continue", version: "2.1.332" };

for (const [args, kept] of RESUMED) {
  Deno.test(`resumeArgs() keeps ${kept.join(" ") || "nothing"} of ${args.join(" ")}`, () => {
    assertEquals(resumeArgs(args, GOES_ON), [
      "--resume",
      ID,
      ...kept,
      "--print",
      "--",
      "please continue",
    ]);
  });
}

Deno.test("resumeArgs() continues a session without a prompt", () => {
  const { id, version } = GOES_ON;
  const args = resumeArgs(["--model", "opus", "hello"], { id, version });
  assertEquals(args, ["--resume", ID, "--model", "opus"]);
});

const LOST: string[][] = [
  ["mcp", "list"],
  ["--version"],
  ["-p", "--no-session-persistence", "hello"],
];

for (const args of LOST) {
  Deno.test(`resumeArgs() returns undefined for ${args.join(" ")}`, () => {
    assertEquals(resumeArgs(args, GOES_ON), undefined);
  });
}

Deno.test("resumeArgs() takes no name for an id", () => {
  const args = resumeArgs(["-p", "hello"], { ...GOES_ON, id: "title" });
  assertEquals(args, undefined);
});

for (const version of ["2.0.77", "1.0.128", undefined]) {
  Deno.test(`resumeArgs() returns undefined for ${version}, whose session gets another id`, () => {
    const args = resumeArgs(["-p", "hello"], { ...GOES_ON, version });
    assertEquals(args, undefined);
  });
}
