import { makeHome } from "./homes.ts";
import { measurePairs } from "./paired.ts";
import type { Row } from "./row.ts";
import { runTimed } from "./run_timed.ts";

/** What the accounts of a row have. */
type Kind = "login" | "key";

const KINDS: readonly Kind[] = ["login", "key"];

/** How long a command may take, as a multiple of `--version`. */
const MOST: Readonly<Record<string, number>> = {
  "list": 1.3,
  "next": 1.6,
  "status --short": 1.2,
};

/** The longest time until the child of `exec` runs, milliseconds. */
const MOST_TO_CHILD_MS = 25;

/**
 * The time of commands of the binary, compared with its `--version`, and the
 * time that `exec` takes before the agent runs.
 */
export const COMMAND_ROWS: readonly Row[] = KINDS.flatMap((kind) => [
  ...Object.entries(MOST).map(([command, ratio]) =>
    commandRow(command, kind, { ratio })
  ),
  childRow(kind),
]);

function commandRow(
  command: string,
  kind: Kind,
  limits: Row["limits"],
): Row {
  return {
    name: `${command} ${kind}`,
    what: `binary \`${command}\`, 5 accounts with a ${kind}`,
    baseline: "`--version` of the same binary",
    limits,
    async measure({ programs, rounds }) {
      await using home = await makeHome({ accounts: 5, kind });
      const options = { home: home.path };
      const ours = [...programs.binary, ...command.split(" ")];
      const version = [...programs.binary, "--version"];
      return await measurePairs(rounds, {
        ours: () => runTimed(ours, options),
        baseline: () => runTimed(version, options),
      });
    },
  };
}

/** A program in place of the agent: it writes when it began. */
const CHILD = `#!/bin/bash
echo "$EPOCHREALTIME" >"$HOME/began"
`;

function childRow(kind: Kind): Row {
  return {
    name: `child ${kind}`,
    what: `binary \`exec\`, account with a ${kind}: until the agent runs`,
    baseline: "the same program without `exec`",
    limits: { most: MOST_TO_CHILD_MS },
    async measure({ programs, rounds }) {
      await using home = await makeHome({ accounts: 5, kind });
      const child = `${home.path}/qwen`;
      await Deno.writeTextFile(child, CHILD, { mode: 0o755 });
      // The name and the version of the agent that npm installs.
      const about = JSON.stringify({ version: "0.12.0" });
      await Deno.writeTextFile(`${home.path}/package.json`, about);
      const exec = [...programs.binary, "exec", `--bin=${child}`, "--", "Hi"];
      return await measurePairs(rounds, {
        ours: () => timeToChild(exec, home.path),
        baseline: () => timeToChild([child], home.path),
      });
    },
  };
}

/** Runs a command, and returns how long it took until the child began. */
async function timeToChild(
  command: readonly string[],
  home: string,
): Promise<number> {
  const start = performance.timeOrigin + performance.now();
  await runTimed(command, { home });
  const seconds = await Deno.readTextFile(`${home}/began`);
  return Number(seconds) * 1_000 - start;
}
