/**
 * Runs the operation of a scenario in a home, and is killed at one of its
 * steps: `scenario_driver.ts <home> <scenario> <step>`.
 *
 * @module
 */

import { Doctor } from "../../lib/doctor/doctor.ts";
import { countingFiles } from "../support/counting_files.ts";
import { runtime } from "../../lib/system/mod.ts";
import { arenaAt } from "./arena.ts";
import { SCENARIOS } from "./scenarios.ts";

const [home = "", scenario = "", failAt = "1"] = Deno.args;
const place = arenaAt(home);
runtime.files = countingFiles(runtime.files, { failAt: Number(failAt) });
await SCENARIOS[scenario]?.act(new Doctor({ dir: place.dir }), place);
