/**
 * Ctrl-Z and `fg` in a shell with job control, on a terminal of its own.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { CHECKOUT } from "../support/checkout.ts";
import { accountQwen } from "../support/cli.ts";
import { writeKeySlot } from "../support/account_folder.ts";
import { testHome } from "../support/home.ts";
import { fixtureCommand, testRuntimes } from "../support/runtimes.ts";
import { Typist } from "../support/typist.ts";
import { until } from "../support/until.ts";

const TICKS = `${CHECKOUT}/tests/fixtures/ticks.sh`;
const CTRL_Z = "\x1a";
const PROMPT = "at your service> ";

const exec = [...accountQwen(), "exec", "--bin", TICKS];

const OF_A_RUN = ["ticks", "apart"];

/** The command lines, and which of the processes a stop must reach. */
const COMMANDS: Record<string, [readonly string[], readonly string[]]> = {
  "a run on the link": [[...exec, "--mode=link", "--", "hello"], OF_A_RUN],
  "a run through the gateway": [
    [...exec, "--mode=gateway", "--", "hello"],
    OF_A_RUN,
  ],
  "a session": [[...exec, "--mode=link"], ["ticks"]],
};
for (const runtime of await testRuntimes()) {
  const args = ["60000", "sh", TICKS];
  COMMANDS[`runProcess() with ${runtime.name}`] = [
    fixtureCommand(runtime, "forward.ts", args),
    OF_A_RUN,
  ];
}

for (const [name, [command, processes]] of Object.entries(COMMANDS)) {
  Deno.test(`Ctrl-Z stops every process that ${name} has started, and fg continues them`, async () => {
    await using scene = await setScene(command);
    const { typist, ticks, stateOf } = scene;
    const all = async (what: string, holds: (it: string) => boolean) =>
      await until(`all ${what}`, () => processes.every(holds));
    await all("run", (it) => ticks(it) > 1);
    await typist.type(CTRL_Z);
    await typist.answer(PROMPT, "");
    await all("are stopped", (it) => stateOf(it) === "T");
    const before = Object.fromEntries(processes.map((it) => [it, ticks(it)]));
    await typist.type("fg\n");
    await all("go on", (it) => ticks(it) > (before[it] ?? Infinity) + 1);
    await Deno.writeTextFile(`${scene.home}/end`, "");
    await typist.answer("went on", "");
    await typist.answer(PROMPT, "exit\n");
    assertEquals(await typist.end(), 0);
    assertStringIncludes(typist.seen, "Stopped");
  });
}

async function setScene(command: readonly string[]) {
  await using owned = new AsyncDisposableStack();
  const home = owned.use(
    await testHome({ accounts: 1, baseUrl: "http://127.0.0.1:9/v1" }),
  );
  await Deno.remove(home.slot(1));
  await Deno.remove(`${home.dir}/oauth_creds.json`);
  await writeKeySlot(home.dir, 1, "http://127.0.0.1:9/v1");
  const typist = owned.use(
    await Typist.startLine("bash --norc --noprofile -i", {
      home: home.path,
      env: { PS1: PROMPT },
    }),
  );
  await typist.answer(PROMPT, `${command.map((it) => `'${it}'`).join(" ")}\n`);
  const read = (name: string) => {
    try {
      return Deno.readTextFileSync(`${home.path}/${name}`);
    } catch {
      return "";
    }
  };
  const all = owned.move();
  return {
    home: home.path,
    typist,
    ticks: (name: string) => read(name).split("\n").length - 1,
    /** "T" when it is stopped, or waits in vfork(2) for a child that is. */
    stateOf(name: string) {
      const pid = read(`${name}.pid`).trim();
      const state = stateOfProcess(pid);
      if (state !== "D") return state;
      const children = `/proc/${pid}/task/${pid}/children`;
      const [child] = Deno.readTextFileSync(children).split(" ");
      return child ? stateOfProcess(child) : state;
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

function stateOfProcess(pid: string): string | undefined {
  return /\) (\w)/.exec(Deno.readTextFileSync(`/proc/${pid}/stat`))?.[1];
}
