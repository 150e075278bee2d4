/**
 * Does operations with plan logins in a home, drawn from a seed, until it is
 * killed: `login_driver.ts <home> <agent> <version> <seed> [<step at which it
 * kills itself>]`. Prints the name of each finished operation.
 *
 * @module
 */

import { countingFiles } from "../../support/counting_files.ts";
import { runtime } from "../../../lib/system/mod.ts";
import { seeded } from "../random.ts";
import { loginPlace } from "./login_arena.ts";
import { operate } from "./login_operations.ts";

/** The process that starts this one kills it long before. */
const MOST_OPERATIONS = 10_000;

const [home = "", agent, version = "", seed = "1", failAt] = Deno.args;
const place = loginPlace(home, agent === "codex" ? "codex" : "claude");
const random = seeded(Number(seed));
runtime.files = countingFiles(runtime.files, {
  failAt: failAt ? Number(failAt) : undefined,
  canExchange: Number(seed) % 4 !== 0,
});
console.log("ready");
for (let count = 0; count < MOST_OPERATIONS; count++) {
  console.log(await operate({ place, random, version }));
}
