/**
 * Does operations in a home, drawn from a seed, until it is killed:
 * `random_driver.ts <home> <seed> [<step at which it kills itself>]`. Prints
 * the name of each finished operation.
 *
 * @module
 */

import { Doctor } from "../../lib/doctor/doctor.ts";
import { countingFiles } from "../support/counting_files.ts";
import { runtime } from "../../lib/system/mod.ts";
import { arenaAt } from "./arena.ts";
import { operate } from "./operations.ts";
import { inWorld, note } from "./service.ts";
import { seeded } from "./random.ts";

/** The process that starts this one kills it long before. */
const MOST_OPERATIONS = 10_000;

const [home = "", seed = "1", failAt] = Deno.args;
const place = arenaAt(home);
const random = seeded(Number(seed));
const accounts = new Doctor({ dir: place.dir });
runtime.files = countingFiles(runtime.files, {
  failAt: failAt ? Number(failAt) : undefined,
  canExchange: Number(seed) % 4 !== 0,
});
console.log("ready");
inWorld(place.world, (it) => note(it, `draws from ${seed}`));
for (let count = 0; count < MOST_OPERATIONS; count++) {
  console.log(await operate({ place, accounts, random }));
}
