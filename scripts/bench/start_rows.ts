import { makeHome } from "./homes.ts";
import { measurePairs } from "./paired.ts";
import type { Programs } from "./programs.ts";
import type { Row } from "./row.ts";
import { runTimed } from "./run_timed.ts";

/**
 * What a shell script would do instead: the lock, a new link, the state on the
 * disk.
 */
const SWITCH_SCRIPT = `cd "$1" && exec 9>>state.yaml.lock && flock 9 &&
ln -sfn accounts/oauth_creds_2.json oauth_creds.json.new &&
mv -T oauth_creds.json.new oauth_creds.json &&
echo "current_index: 2" >state.yaml && sync state.yaml`;

const BASELINES = {
  "/bin/true": "`/bin/true`",
  helloBinary: "a hello world, compiled by Bun",
  helloDeno: "`deno run` of a hello world",
} as const;

const PROGRAMS = {
  binary: "binary",
  bundle: "`deno run` of the bundle:",
  checkout: "`deno run` of the checkout:",
} as const;

/** The time of a command from its start to its end. */
export const START_ROWS: readonly Row[] = [
  ...["--version", "--list"].flatMap((flag): Row[] => [
    startRow(`binary ${flag}`, "binary", "/bin/true", { most: 10 }, flag),
    startRow(
      `binary ${flag} / hello`,
      "binary",
      "helloBinary",
      { ratio: 4 },
      flag,
    ),
    startRow(`bundle ${flag}`, "bundle", "helloDeno", { ratio: 1.6 }, flag),
    startRow(
      `checkout ${flag}`,
      "checkout",
      "helloDeno",
      { ratio: 1.6 },
      flag,
    ),
  ]),
  {
    name: "switch",
    what: "binary `--switch-next`",
    baseline: "a shell script: flock, ln -sfn, mv, sync of the file",
    limits: { ratio: 1 },
    async measure({ programs, rounds }) {
      await using home = await makeHome({ accounts: 5 });
      await using other = await makeHome({ accounts: 5 });
      const script = ["/bin/sh", "-c", SWITCH_SCRIPT, "sh", other.dir];
      const ours = [...programs.binary, "--switch-next"];
      return await measurePairs(rounds, {
        ours: () => runTimed(ours, { home: home.path }),
        baseline: () => runTimed(script, { home: other.path }),
      });
    },
  },
];

function startRow(
  name: string,
  program: keyof typeof PROGRAMS,
  baseline: keyof typeof BASELINES,
  limits: Row["limits"],
  flag: string,
): Row {
  return {
    name,
    what: `${PROGRAMS[program]} \`${flag}\``,
    baseline: BASELINES[baseline],
    limits,
    async measure({ programs, rounds }) {
      await using home = await makeHome({ accounts: 5 });
      const options = { home: home.path, env: programs.env };
      const command = commandOf(programs, baseline);
      return await measurePairs(rounds, {
        ours: () => runTimed([...programs[program], flag], options),
        baseline: () => runTimed(command, options),
      });
    },
  };
}

function commandOf(
  programs: Programs,
  baseline: keyof typeof BASELINES,
): readonly string[] {
  return baseline === "/bin/true" ? [baseline] : programs[baseline];
}
