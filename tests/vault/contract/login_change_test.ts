import { assertEquals, assertRejects } from "@std/assert";
import { basics as claude } from "../../../lib/agents/claude/basics.ts";
import { basics as codex } from "../../../lib/agents/codex/basics.ts";
import { BusyError } from "../../../lib/errors.ts";
import { runtime } from "../../../lib/system/mod.ts";
import {
  moveIn,
  moveOut,
  switchPlain,
} from "../../../lib/vault/home_logins/home_logins.ts";
import { requireNoLoginChange } from "../../../lib/vault/home_logins/users.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { homeScene, LINKED, plan, STAYING, tokensBelow } from "./home_scene.ts";

const AGENTS = { claude, codex };

const CASES: readonly [
  args: string,
  refused: string | undefined,
  withForce: string | undefined,
][] = [
  ["claude auth login", "logging in", "logging in"],
  ["claude auth logout", "logging out", "logging out"],
  ["claude -p hello", undefined, undefined],
  ["codex login", "logging in", "logging in"],
  // It removes the link alone.
  ["codex logout", "logging out", undefined],
  ["codex exec hello", undefined, undefined],
];

for (const [command, ...expected] of CASES) {
  for (const [at, refused] of expected.entries()) {
    const force = at === 1;
    const how = force ? " with force" : "";
    Deno.test(`a login is ${refused ? "not " : ""}moved${how} while "${command}" is running`, async () => {
      await using dir = await tempDir();
      const args = command.split(" ");
      const agent = AGENTS[args[0] === "codex" ? "codex" : "claude"];
      const home = `${dir.path}/${agent.homes.name}`;
      await Deno.mkdir(home);
      using _running = running(args, { HOME: dir.path });
      const check = requireNoLoginChange(
        { layout: Object({ agent, home }) },
        { doing: "move it", force },
      );
      if (!refused) return await check;
      const { message } = await assertRejects(() => check, BusyError);
      assertEquals(
        message,
        `Cannot move it: plain ${agent.program} is ${refused} (process 42)`,
      );
    });
  }
}

Deno.test("a login that changes in another home does not matter", async () => {
  await using dir = await tempDir();
  const home = `${dir.path}/.codex`;
  await Deno.mkdir(home);
  using _running = running(["codex", "login"], { HOME: "/home/other" });
  await requireNoLoginChange(
    { layout: Object({ agent: codex, home }) },
    { doing: "move it" },
  );
});

Deno.test("a call that must not be made changes nothing", async () => {
  for (const format of [LINKED, STAYING]) {
    for (const act of [moveIn, moveOut, switchPlain]) {
      await using scene = await homeScene(format, {
        plain: 1,
        accounts: { 1: plan("alice"), 2: plan("bob") },
      });
      const before = tokensBelow(scene.home);
      const check = () => Promise.reject(new RangeError("not now"));
      const call = { ...scene.call(), index: 2, check };
      await assertRejects(() => act(scene.place, call), RangeError);
      assertEquals(tokensBelow(scene.home), before);
    }
  }
});

/** Makes a process with these arguments the only one there is. */
function running(args: string[], env: Record<string, string>): Disposable {
  const { host } = runtime;
  const { findProcesses } = host;
  host.findProcesses = (isMeant) =>
    isMeant(args) ? [{ identity: "boot/space/42/1", args, env }] : [];
  return {
    [Symbol.dispose]: () => {
      host.findProcesses = findProcesses;
    },
  };
}
