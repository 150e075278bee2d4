import { assertEquals } from "@std/assert";
import { resumeArgs } from "../../../lib/agents/codex/args.ts";

const ID = "01a22577-de9e-7cc3-b419-7333d367cb2a";
const OTHER = "01a22581-a814-7b41-b2bf-7950a67b25df";

const GOES_ON = { text: "go on", version: "0.171.0" };

const GOING_ON: [string[], string[] | undefined][] = [
  [["exec", "hi"], ["exec", "resume", ID, "--", "go on"]],
  [["exec", "--", "hi"], ["exec", "resume", ID, "--", "go on"]],
  [["exec", "-"], ["exec", "resume", ID, "--", "go on"]],
  [
    ["-m", "coder", "exec", "-s", "workspace-write", "-C", "dir", "hi"],
    [
      ...["-m", "coder", "exec", "-s", "workspace-write", "-C", "dir"],
      ...["resume", ID, "--", "go on"],
    ],
  ],
  [
    ["exec", "hi", "--json", "-oout.txt", "--skip-git-repo-check"],
    [
      ...["exec", "--json", "-oout.txt", "--skip-git-repo-check"],
      ...["resume", ID, "--", "go on"],
    ],
  ],
  // The first prompt has the images.
  [
    ["exec", "-i", "a.png", "b.png", "--", "hi"],
    ["exec", "resume", ID, "--", "go on"],
  ],
  [
    ["exec", "--json", "resume", "-m", "coder", OTHER, "hi"],
    ["exec", "--json", "resume", "-m", "coder", ID, "--", "go on"],
  ],
  [
    ["exec", "resume", "--last", "--all", "hi"],
    ["exec", "resume", ID, "--", "go on"],
  ],
  [["exec", "fork", OTHER, "hi"], ["exec", "resume", ID, "--", "go on"]],
  [[], ["resume", ID]],
  [["-C", "dir", "hi"], ["-C", "dir", "resume", ID]],
  [["resume", "--last", "-m", "x"], ["resume", "-m", "x", ID]],
  // There is nothing to continue.
  [["exec", "--ephemeral", "hi"], undefined],
  [["exec", "--worktree", "hi"], undefined],
  [["exec", "review", "hi"], undefined],
  [["login"], undefined],
];

for (const [args, expected] of GOING_ON) {
  Deno.test(`codex resumeArgs() goes on after ${JSON.stringify(args)}`, () => {
    assertEquals(resumeArgs(args, { ...GOES_ON, id: ID }), expected);
  });
}

Deno.test("codex resumeArgs() refuses a name, which may begin a new session", () => {
  for (const id of ["", "name", "--last", `${ID} `]) {
    assertEquals(resumeArgs(["exec", "hi"], { ...GOES_ON, id }), undefined);
  }
});
