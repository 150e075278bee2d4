import { makeHome } from "./homes.ts";
import { measurePairs } from "./paired.ts";
import type { Row, RowContext } from "./row.ts";
import { runTimed } from "./run_timed.ts";
import { runSwitchers } from "./switchers.ts";

const FEW = 5;
const MANY = 1_000;
const LOG_LINES = 1_000_000;

/** How many times all processes together switch. */
const SWITCHES = 3_200;
const PROCESSES = 32;

/** The cost of many accounts, a long log and many processes. */
export const SCALE_ROWS: readonly Row[] = [
  ...["--list", "--stats", "--switch-next"].flatMap((flag) => [
    manyRow("binary", flag),
    manyRow("bundle", flag),
  ]),
  {
    name: "processes",
    what: "32 processes with 100 switches each",
    baseline: "one process with 3,200, each run with none lost",
    limits: { ratio: 1 / 0.7 },
    isLong: true,
    measure: () =>
      measurePairs(1, {
        ours: () => switchTimes(PROCESSES),
        baseline: () => switchTimes(1),
      }),
  },
];

function manyRow(program: "binary" | "bundle", flag: string): Row {
  const with_ = program === "binary" ? "binary" : "`deno run` of the bundle:";
  return {
    name: `many ${program} ${flag}`,
    what: `${with_} \`${flag}\`, 1,000 accounts, 1 M lines of log`,
    baseline: "5 accounts, no log",
    // Only a list reads each slot.
    limits: { ratio: flag === "--list" ? 2 : 1.5 },
    async measure({ programs, rounds, isQuick }: RowContext) {
      const logLines = isQuick ? LOG_LINES / 10 : LOG_LINES;
      await using many = await makeHome({ accounts: MANY, logLines });
      await using few = await makeHome({ accounts: FEW });
      const command = [...programs[program], flag];
      const { env } = programs;
      return await measurePairs(rounds, {
        ours: () => runTimed(command, { home: many.path, env }),
        baseline: () => runTimed(command, { home: few.path, env }),
      });
    },
  };
}

/** How long `processes` processes take for all switches, milliseconds. */
async function switchTimes(processes: number): Promise<number> {
  await using home = await makeHome({ accounts: FEW });
  const state = `${home.dir}/state.yaml`;
  const before = await totalOf(state);
  const time = await runSwitchers(processes, {
    dir: home.dir,
    home: home.path,
    times: SWITCHES / processes,
  });
  const lost = before + SWITCHES - await totalOf(state);
  if (lost !== 0) throw new Error(`Cannot go on: ${lost} switches are lost`);
  return time;
}

async function totalOf(path: string): Promise<number> {
  const text = await Deno.readTextFile(path);
  return Number(/^switches_total: (\d+)$/m.exec(text)?.[1] ?? NaN);
}
