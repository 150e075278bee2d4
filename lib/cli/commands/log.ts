import { runtime } from "../../system/mod.ts";
import {
  AuditTail,
  type LoggedEvent,
  readEvents,
  type ReadOptions,
} from "../../disk/audit_tail.ts";
import { type Notify, realSystem } from "../../system/system.ts";
import { type CommandContext, defineCommand } from "../line/command.ts";
import { SCHEMA_FLAG } from "../screen/json.ts";
import { LogScreen } from "../screen/log_screen.ts";
import { parseSince } from "../line/parse_when.ts";
import { assertStdoutRead } from "../screen/streams.ts";
import { UsageError } from "../line/usage_error.ts";
import { agentInvocation } from "../../program.ts";

const FLAGS = {
  last: {
    type: "number",
    letter: "n",
    value: "N",
    summary: "Show the last N events (default: 50, or all since --since)",
  },
  since: {
    type: "text",
    value: "TIME",
    summary: "Show events since then: 1d, 2h, today, 2026-11-20, " +
      "'2026-11-20 09:00'",
  },
  account: {
    type: "text",
    value: "ACCOUNT",
    offers: "accounts",
    summary: "Show only the events of this account",
  },
  follow: {
    type: "boolean",
    letter: "f",
    summary: "Keep showing new events until Ctrl-C",
  },
  json: { type: "boolean", summary: "Print a JSON object for each event" },
  schema: SCHEMA_FLAG,
} as const;

const USUAL_COUNT = 50;

/** How often to look for further events. */
const PAUSE_MS = 500;

/** `account-qwen log`. */
export const log = defineCommand({
  name: "log",
  group: "look",
  summary: "Show the history of the accounts",
  onlyReads: true,
  flags: FLAGS,
  examples: [
    `${agentInvocation()} log`,
    `${agentInvocation()} log --since 1d --account work`,
    `${agentInvocation()} log --follow`,
    `${agentInvocation()} log -n 5 --json`,
  ],
  async run(context) {
    const { flags, reader, notify, paint } = context;
    const path = reader.layout.log;
    const names = await reader.nameAccounts();
    const options = await readOptions(context);
    const tail = new AuditTail(path);
    const { events, unreadable } = await readEvents(path, tail, options);
    const screen = new LogScreen(names, { isJson: flags.json, paint });
    await screen.show(events);
    reportUnreadable(unreadable, notify);
    if (flags.follow) {
      await follow(tail, screen, { ...options, notify });
    } else if (events.length === 0 && !flags.json) {
      notify("no events found");
    }
  },
});

type Context = CommandContext<typeof FLAGS>;

async function readOptions(
  { flags, findIfGiven }: Context,
): Promise<ReadOptions> {
  const since = flags.since === undefined
    ? -Infinity
    : parseSince(flags.since, realSystem.now());
  if (since === undefined) {
    throw new UsageError(
      `Cannot use --since: "${flags.since}" is not a duration or a date`,
    );
  }
  const most = flags.last ?? (flags.since ? Infinity : USUAL_COUNT);
  const index = await findIfGiven(flags.account);
  const isMeant = ({ from, to }: LoggedEvent) =>
    index === undefined || from === index || to === index;
  return { since, most, isMeant };
}

/** Shows new events until Ctrl-C, which is not a failure. */
async function follow(
  tail: AuditTail,
  screen: LogScreen,
  { isMeant, notify }: ReadOptions & { notify: Notify },
): Promise<void> {
  const interrupt = Promise.withResolvers<void>();
  let isOver = false;
  using _listener = runtime.host.onSignal("SIGINT", () => {
    isOver = true;
    interrupt.resolve();
  });
  while (!isOver) {
    assertStdoutRead();
    const { events, unreadable } = await tail.read();
    await screen.show(events.filter(isMeant));
    reportUnreadable(unreadable, notify);
    await Promise.race([interrupt.promise, realSystem.sleep(PAUSE_MS)]);
  }
}

function reportUnreadable(count: number, notify: Notify): void {
  if (count === 0) return;
  const lines = count === 1 ? "1 line" : `${count} lines`;
  notify(`skipped ${lines} of rotation.log that cannot be read`);
}
