import { assert, assertEquals, assertMatch } from "@std/assert";
import { AGENT_SETTING } from "../../lib/agents/agent_setting.ts";
import { API_PRESETS } from "../../lib/agents/presets.ts";
import { LOGIN_STEM } from "../../lib/disk/names.ts";
import { program } from "../../lib/program.ts";
import { findNames } from "../../scripts/check_agents.ts";
import { runDenoFixture } from "../support/runtimes.ts";
import { tempDir } from "../support/temp_dir.ts";

Deno.test("help and the manual page name the chosen agent and no other", async () => {
  const { texts } = await describe();
  assert(Object.keys(texts).length > 20);
  for (const [what, text] of Object.entries(texts)) {
    assertEquals(findNames("", withoutOthers(text)), [], what);
  }
});

Deno.test("the overview says what the chosen agent is called", async () => {
  const { texts } = await describe();
  assertMatch(
    texts["the overview"] ?? "",
    /^Runs the tiny script with several/,
  );
});

Deno.test("the accounts are in the home of the chosen agent", async () => {
  assertEquals((await describe()).live, "/home/me/.tiny/login");
});

/** What a command line says and does when another agent is chosen. */
interface Description {
  /** The path of the live file. */
  live: string;
  /** The help of all commands, and more. */
  texts: Record<string, string>;
}

async function describe(): Promise<Description> {
  await using home = await tempDir();
  const { code, stdout, stderr } = await runDenoFixture(
    "describe_other_agent.ts",
    [],
    { home: home.path },
  );
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout);
}

/** Removes the names of services and models, our own, and the choice of agents. */
function withoutOthers(text: string): string {
  const { summary, default: usual } = AGENT_SETTING;
  const choice = `${summary} (default: ${usual})`;
  const own = [program().toUpperCase(), LOGIN_STEM, choice];
  const words = own.concat(API_PRESETS.flatMap((it) => [it.model, it.name]))
    .toSorted((a, b) => b.length - a.length);
  return words.reduce(
    (rest, it) =>
      rest.replaceAll(it, "").replaceAll(it.replaceAll("-", "\\-"), ""),
    text.replaceAll(/\s+/g, " "), // the manual page has short lines
  );
}
