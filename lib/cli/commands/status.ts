import type { AccountReader } from "../../accounts/account_reader.ts";
import type { OverviewOptions } from "../../accounts/overview.ts";
import { runtime } from "../../system/mod.ts";
import type { Notify } from "../../system/system.ts";
import { defineCommand } from "../line/command.ts";
import { EXIT } from "../exit.ts";
import { printable } from "../screen/printable.ts";
import { writeLine } from "../screen/streams.ts";
import { formatJson, JSON_FLAG, SCHEMA_FLAG } from "../screen/json.ts";
import { invocation, program } from "../../program.ts";

/** `account-qwen status`. */
export const status = defineCommand({
  name: "status",
  group: "look",
  summary: "Show which account is next, and the state of each account",
  onlyReads: true,
  flags: {
    watch: {
      type: "boolean",
      summary:
        "Keep updating until q is pressed; with --json, a line per change",
    },
    short: {
      type: "boolean",
      summary: "Print one line for a shell prompt, such as `work 2/5`",
    },
    json: JSON_FLAG,
    schema: SCHEMA_FLAG,
  },
  notes: [
    "status --short prints `work 2/5`: the next account, and how many of all " +
    "are ready. If none is ready, it prints `none 16:00`, the time when the " +
    "first one will be, and exits with 75.",
  ],
  examples: [
    `${program()} status`,
    `${program()} status --watch`,
    `${program()} status --short`,
    `${program()} status --json`,
  ],
  async quick({ dir, ...flags }) {
    if (!flags.short || flags.watch || flags.json) return undefined;
    const { readShort } = await import("../screen/quick_status.ts");
    const short = await readShort({ dir });
    if (!short) return undefined;
    await writeLine("stdout", printable(short.line));
    return short.isReady ? EXIT.done : EXIT.notReady;
  },
  async run(context) {
    const { flags, reader, notify, print } = context;
    const choose = () => chooseBy(reader, notify);
    if (flags.short) {
      if (flags.watch || flags.json) {
        throw await usage("--short cannot be used with --watch or --json");
      }
      const { formatShort } = await import("../screen/quick_status.ts");
      const options = { ...await choose(), countsRuns: false };
      const overview = await reader.overview(options);
      print(formatShort(overview, Date.now()));
      return overview.next ? EXIT.done : EXIT.notReady;
    }
    if (flags.watch) {
      const isTerminal = runtime.host.isTerminal("stdout");
      if (!flags.json && !isTerminal) {
        throw await usage(
          "Cannot watch: stdout is not a terminal",
          `${invocation()} status --watch --json`,
        );
      }
      const options = await choose();
      const { watchJson, watchScreen } = await import(
        "../screen/status_watch.ts"
      );
      return flags.json
        ? await watchJson(reader, options)
        : await watchScreen(reader, options);
    }
    const options = { ...await choose(), tellsOfTrouble: true };
    const overview = await reader.overview(options);
    if (flags.json) {
      const { overviewJson } = await import("../screen/overview_json.ts");
      print(formatJson(overviewJson(overview)));
      return EXIT.done;
    }
    const { formatStatus, paintOf } = await import(
      "../screen/status_screen.ts"
    );
    const { screenWidth } = await import("../screen/wrap.ts");
    const lines = formatStatus({
      dir: reader.dir,
      overview,
      log: await reader.recentEvents(),
      now: Date.now(),
      width: screenWidth(),
    });
    for (const { text, role } of lines) {
      print(text, paintOf(role, context.paint));
    }
    return EXIT.done;
  },
});

async function usage(problem: string, hint?: string): Promise<Error> {
  const { UsageError } = await import("../line/usage_error.ts");
  return new UsageError(problem, "status", hint);
}

/** Returns how the next run would choose; invalid settings are only reported. */
async function chooseBy(
  reader: AccountReader,
  notify: Notify,
): Promise<OverviewOptions> {
  const stickTo = runtime.host.cwd();
  try {
    const { loadSettingsIfSet } = await import("../settings_if_set.ts");
    const settings = await loadSettingsIfSet(reader.dir, "strategy");
    return { stickTo, strategy: settings?.strategy };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    notify(error.message);
    return { stickTo };
  }
}
