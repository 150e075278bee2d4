/**
 * Fails when a command has become much slower than its baseline. The two are
 * measured in turn. The bounds are three times the measured ratios, because the
 * machine may be busy; absolute times mean nothing.
 *
 * @module
 */

import { assert } from "@std/assert";
import { COMMAND_ROWS } from "../../../scripts/bench/command_rows.ts";
import {
  makePrograms,
  type Programs,
} from "../../../scripts/bench/programs.ts";
import { measureRow, type Row } from "../../../scripts/bench/row.ts";
import { SCALE_ROWS } from "../../../scripts/bench/scale_rows.ts";
import { START_ROWS } from "../../../scripts/bench/start_rows.ts";

/** The highest ratio to its baseline, and the measured one. */
const MOST: Readonly<Record<string, number>> = {
  "binary --version / hello": 6, // 1.9
  "binary --list / hello": 8, // 2.6
  "bundle --version": 5, // 1.4
  "bundle --list": 6, // 1.8
  "switch": 12, // 3.6
  "list login": 4.5, // 1.5
  "next login": 7, // 2.3
  "many binary --list": 9, // 2.9
  "many binary --stats": 5, // 1.6
  "many binary --switch-next": 5, // 1.5
};

// Other tests run meanwhile; the best of many pairs is from a quiet moment.
const ROUNDS = 15;

const ROWS = [...START_ROWS, ...COMMAND_ROWS, ...SCALE_ROWS];

Deno.test("no command has become much slower than its baseline", async (test) => {
  await using programs = await makePrograms();
  for (const [name, most] of Object.entries(MOST)) {
    await test.step(`${name} takes ${most} times as long at most`, async () => {
      const row = ROWS.find((it) => it.name === name);
      if (!row) throw new Error(`Cannot measure "${name}": no such row`);
      const ratio = await ratioOf(row, programs);
      assert(ratio <= most, `${ratio} times as long`);
    });
  }
});

async function ratioOf(row: Row, programs: Programs): Promise<number> {
  const context = { programs, rounds: ROUNDS, isQuick: true };
  const result = await measureRow(row, context);
  if ("problem" in result) throw new Error(result.problem);
  // Other work of the machine only adds to a time.
  return result.ratio.low;
}
