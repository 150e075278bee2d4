import type { AccountReader } from "../../accounts/account_reader.ts";
import type { OverviewOptions } from "../../accounts/overview.ts";
import { runtime } from "../../system/mod.ts";
import type { Notify } from "../../system/system.ts";
import {
  type CommandContext,
  defineCommand,
  type Flags,
} from "../line/command.ts";
import { EXIT } from "../exit.ts";
import { printable, writeLine } from "../screen/streams.ts";
import {
  ALL_FLAG,
  formatJson,
  JSON_FLAGS,
  overviewJson,
} from "../screen/json.ts";
import { UsageError } from "../line/usage_error.ts";
import { invocation } from "../../program.ts";

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
    all: ALL_FLAG,
    ...JSON_FLAGS,
  },
  notes: [
    "status --short prints `work 2/5`: the next account, and how many of all " +
    "are ready. If none is ready, it prints `none 16:00`, the time when the " +
    "first one will be, and exits with 75.",
  ],
  examples: [
    "status",
    "status --watch",
    "status --short",
    "status --json",
    "status --all",
  ],
  async quick({ dir, ...flags }) {
    if (!flags.short || flags.watch || flags.json || flags.all) {
      return undefined;
    }
    const { readShort } = await import("../screen/quick_status.ts");
    const short = await readShort({ dir });
    if (!short) return undefined;
    await writeLine("stdout", printable(short.line));
    return short.isReady ? EXIT.done : EXIT.notReady;
  },
  async run(context) {
    const { flags, reader, notify, print } = context;
    const choose = () => chooseBy(reader, notify);
    if (flags.all) {
      if (flags.short || flags.watch) {
        throw usage("--all cannot be used with --short or --watch");
      }
      const { printEachAgent } = await import("../each_agent.ts");
      return await printEachAgent(context, (its) => showOne(its, context));
    }
    if (flags.short) {
      if (flags.watch || flags.json) {
        throw usage("Cannot use --short together with --watch or --json");
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
        throw usage(
          "Cannot watch: stdout is not a terminal",
          `${invocation()} status --watch --json`,
        );
      }
      const options = await choose();
      const knowing = await withQuota(reader);
      const { watchJson, watchScreen } = await import(
        "../screen/status_watch.ts"
      );
      return flags.json
        ? await watchJson(knowing, options)
        : await watchScreen(knowing, options);
    }
    const json = await showOne(reader, context);
    if (flags.json) print(formatJson(json));
  },
});

type Shown = Pick<CommandContext<Flags>, "notify" | "paint" | "print"> & {
  flags: { json: boolean };
};

/** Returns what `--json` prints; without that flag, prints the screen. */
async function showOne(
  reader: AccountReader,
  { flags, notify, paint, print }: Shown,
): Promise<Record<string, unknown>> {
  const options = { ...await chooseBy(reader, notify), tellsOfTrouble: true };
  const { readOverview } = await import("../screen/used_today.ts");
  const overview = await readOverview(await withQuota(reader), options);
  const { describeVersions, findVersions } = await import(
    "../screen/versions.ts"
  );
  const versions = await findVersions(reader.dir);
  if (flags.json) {
    const { installed, newestTried } = versions;
    return {
      agent_version: installed,
      newest_tried: newestTried,
      ...overviewJson(overview),
    };
  }
  const { formatStatus, paintOf } = await import("../screen/status_screen.ts");
  const { screenWidth } = await import("../screen/wrap.ts");
  const lines = formatStatus({
    dir: reader.dir,
    program: reader.layout.agent.program,
    overview,
    log: await reader.recentEvents(),
    now: Date.now(),
    width: screenWidth(),
  });
  for (const { text, role } of lines) print(text, paintOf(role, paint));
  if (versions.isUntried) print(describeVersions(versions));
  return {};
}

/** Returns a reader that knows what is reserved, and what is left early. */
async function withQuota(reader: AccountReader): Promise<AccountReader> {
  const { withQuotaSettings } = await import("../settings/settings_if_set.ts");
  return await withQuotaSettings(reader);
}

function usage(problem: string, hint?: string) {
  return new UsageError(problem, hint);
}

/** Returns how the next run would choose; invalid settings are only reported. */
async function chooseBy(
  reader: AccountReader,
  notify: Notify,
): Promise<OverviewOptions> {
  const folder = runtime.host.cwd();
  const here = { folder, stickTo: folder };
  try {
    const { loadSettingsIfSet } = await import(
      "../settings/settings_if_set.ts"
    );
    const settings = await loadSettingsIfSet(reader.dir, "strategy");
    return { ...here, strategy: settings?.strategy };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    notify(error.message);
    return here;
  }
}
