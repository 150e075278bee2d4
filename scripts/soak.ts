/**
 * Kills commands at random while they use plan logins of codex and claude, beside
 * plain runs, logins and logouts of fakes that treat a login as the real programs
 * do: `deno task soak -- [--kills N] [--seed S] [--agent NAME] [--storage]`. Exits
 * with 1 if a login is lost, is in a wrong place, or was spent twice by us. With
 * `--storage`, it kills what moves the files, without the command line.
 *
 * @module
 */

import "../tests/support/load_libc.ts";
import { parseArgs } from "@std/cli/parse-args";
import { killCommandsAtRandom } from "../tests/torture/logins/cli_kills.ts";
import { killLoginsAtRandom } from "../tests/torture/logins/login_kills.ts";
import {
  addTallies,
  type LoginTally,
  newLoginTally,
} from "../tests/torture/logins/tally.ts";
import { makeBundle, makeParts } from "./bundle.ts";
import { compileBinary } from "./compile_binary.ts";
import { targetHere } from "./targets.ts";

const { agent, ...given } = parseArgs(Deno.args.filter((it) => it !== "--"), {
  string: ["agent", "kills", "seed"],
  boolean: ["storage"],
  default: { kills: "2000" },
});
const seed = Number(given.seed ?? Date.now() % 1_000_000);
const agents = (["codex", "claude"] as const).filter((it) =>
  agent === undefined || agent === it
);
const kills = Math.ceil(Number(given.kills) / agents.length);
console.log(`seed ${seed}, ${kills} kills for each of ${agents.join(", ")}`);
const folder = await Deno.makeTempDir({ prefix: "account-qwen-soak-" });
try {
  const program = given.storage ? "" : await makeProgram(folder);
  const onViolation = (report: string) => console.error(report);
  const tallies = await Promise.all(agents.map((it) => {
    const onArena = (tally: LoginTally) => showProgress(it, tally);
    const options = { agent: it, kills, seed, onViolation, onArena };
    return given.storage
      ? killLoginsAtRandom(options)
      : killCommandsAtRandom({ ...options, program: [program] });
  }));
  const tally = tallies.reduce(addTallies, newLoginTally());
  console.log(tally);
  const found = Object.values(tally.violations).some((it) => it > 0);
  Deno.exitCode = found ? 1 : 0;
} finally {
  await Deno.remove(folder, { recursive: true });
}

/** A job of hours that is stopped has told what it did until then. */
function showProgress(agent: string, { kills, violations }: LoginTally): void {
  const found = Object.values(violations).reduce((sum, it) => sum + it, 0);
  console.error(`${agent}: ${kills} kills, ${found} violations`);
}

/** A binary starts fastest. */
async function makeProgram(folder: string): Promise<string> {
  const bundle = `${folder}/account-qwen.js`;
  const output = `${folder}/account-qwen`;
  const parts = `${folder}/parts`;
  await makeBundle(bundle);
  await makeParts(parts);
  const target = targetHere();
  await compileBinary({ target, engine: "bun", bundle, parts, output });
  return output;
}
