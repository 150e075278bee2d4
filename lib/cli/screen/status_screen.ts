import { shortName } from "../../account_name.ts";
import type { Overview } from "../../accounts/overview.ts";
import { fixOf, ownCommand } from "../../accounts/fix_of.ts";
import type { LogTail } from "../../disk/audit_tail.ts";
import { invocation } from "../../program.ts";
import { realSystem } from "../../system/system.ts";
import { displayWidth, wrap } from "./wrap.ts";
import { eventReason } from "./log_screen.ts";
import type { Paint } from "./paint.ts";
import {
  describeAlternative,
  describePlain,
  describeStanding,
  isRetry,
  nameColumns,
  noAccounts,
  SERVICE_COLUMN,
} from "./standing_text.ts";
import { type Column, formatColumns } from "./table.ts";
import { type OverviewWithUse, USE_COLUMNS } from "./used_today.ts";
import { at, isSameDay, soon } from "./time.ts";

type OverviewAccount = OverviewWithUse["accounts"][number];

/** What the screen shows. */
interface StatusView {
  /** The folder of the accounts. */
  dir: string;
  /** The name of the agent's program. */
  program: string;
  overview: OverviewWithUse;
  log: LogTail;
  now: number;
  /** The columns of the terminal. @default unlimited */
  width: number | undefined;
}

/** A line of the screen, and how it is shown. */
export interface StatusLine {
  text: string;
  /** What it shows, which decides its color. */
  role: "heading" | "next" | "plain";
}

/** Returns the color of a line with this role. */
export function paintOf(
  role: StatusLine["role"],
  { bold, green }: Pick<Paint, "bold" | "green">,
): ((text: string) => string) | undefined {
  return { heading: bold, next: green, plain: undefined }[role];
}

/** Formats the answer of `status` as the lines of one screen. */
export function formatStatus(view: StatusView): StatusLine[] {
  const { overview } = view;
  if (overview.accounts.length === 0) return [plain(noAccounts())];
  const { width } = view;
  const next = fold(nextParts(view), width);
  const activity = fold(activityParts(view), width);
  const login = describePlain(overview.accounts, view.program);
  return [
    ...next.map((text): StatusLine => ({ text, role: "heading" })),
    plain(""),
    ...tableLines(view),
    ...(login === undefined ? [] : [plain(login)]),
    plain(""),
    ...activity.map(plain),
    ...fold(rotationParts(view), width).map(plain),
  ];
}

/** Returns a line without a color. */
export function plain(text: string): StatusLine {
  return { text, role: "plain" };
}

/** Says how to turn rotation between plan logins on, if it would help now. */
function rotationParts({ dir, overview }: StatusView): string[] {
  if (overview.alternative === undefined) return [];
  const self = ownCommand(dir, realSystem);
  return [
    "rotation between plan logins is off:",
    `${self} config set rotate_logins true`,
  ];
}

/**
 * Joins `parts` in one line; parts that do not fit go on indented lines below.
 */
function fold(parts: readonly string[], width = Infinity): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const line = lines.at(-1);
    const longer = line === undefined ? part : `${line} ${part}`;
    if (displayWidth(longer) <= width) lines.splice(-1, 1, longer);
    else {
      const first = line === undefined ? "" : "  ";
      lines.push(...wrap(part, width, { first, hang: "  " }));
    }
  }
  return lines;
}

/** Describes which account is next and why, or when one will be ready. */
function nextParts({ dir, overview, now }: StatusView): string[] {
  const { accounts, next, readyAt } = overview;
  const chosen = accounts.find((it) => it.index === next?.index);
  if (next && chosen) return [`next: ${shortName(chosen)}`, `(${next.why})`];
  const or = describeAlternative(overview, dir);
  if (readyAt === undefined) {
    if (or) return ["next: none", `(${or})`];
    return ["next: none", `(no account can be used: ${invocation()} doctor)`];
  }
  const rested = accounts.find((it) => it.until === readyAt);
  const who = rested ? shortName(rested) : "an account";
  const what = isRetry(rested) ? "will be tried again" : "is ready";
  const first = `(${who} ${what} ${at(readyAt, now)}`;
  return ["next: none", ...(or ? [`${first};`, `${or})`] : [`${first})`])];
}

/** Names the next account, and the active one if it is another. */
function markOf({ index }: OverviewAccount, overview: Overview): string {
  if (index === overview.next?.index) return ">";
  return index === overview.active ? "*" : "";
}

function describeState(account: OverviewAccount, now: number): string {
  const text = describeStanding(account, now);
  const { runs, runningSince, inFlight, waiting, weight } = account;
  const since = runningSince === undefined
    ? ""
    : ` since ${soon(runningSince, now)}`;
  return [
    text,
    ...(runs === 0 ? [] : [`${count(runs, "run")}${since}`]),
    ...(inFlight === 0 ? [] : [`${inFlight} in flight`]),
    ...(waiting === 0 ? [] : [`${waiting} waiting`]),
    ...(weight === undefined ? [] : [`weight ${weight}`]),
  ].join(", ");
}

/**
 * Formats the table. A command is never cut: if it does not fit in its row, it
 * goes below.
 */
function tableLines(view: StatusView): StatusLine[] {
  const { overview: { accounts, next }, width = Infinity } = view;
  const columns: Column<OverviewAccount>[] = [
    { name: "", cell: (it) => markOf(it, view.overview) },
    ...nameColumns(accounts),
    SERVICE_COLUMN,
    ...USE_COLUMNS,
    { name: "state", cell: (it) => describeState(it, view.now) },
  ];
  const [heading = "", ...lines] = formatColumns(columns, {
    rows: accounts,
    width: view.width,
  });
  const self = ownCommand(view.dir, realSystem);
  const keys = accounts.filter((it) => it.kind === "api-key" && !it.isKeyLogin)
    .map((it) => it.index);
  const shown = lines.flatMap((text, row): StatusLine[] => {
    const account = accounts[row];
    const role = account?.index === next?.index ? "next" : "plain";
    const fix = account && fixOf(account, { all: accounts, keys, self });
    if (fix === undefined) return [{ text, role }];
    const whole = `${text} -> ${fix}`;
    return displayWidth(whole) <= width
      ? [{ text: whole, role }]
      : [{ text, role }, { text: `     -> ${fix}`, role }];
  });
  return [{ text: heading, role: "heading" }, ...shown];
}

/** Counts the current runs, and the switches of today that are in the log. */
function activityParts({ overview, log, now }: StatusView): string[] {
  const { accounts } = overview;
  const runs = accounts.reduce((sum, it) => sum + it.runs, 0);
  const switches = log.events.filter((it) => it.event === "account_switch");
  const timeOf = (it: LogTail["events"][number]) => Date.parse(it.timestamp);
  const today = switches.filter((it) => isSameDay(timeOf(it), now));
  // Everything that was read is from today: there may be more before it.
  const isLeast = log.isCut && today.length === switches.length;
  const number = `${isLeast ? "at least " : ""}${today.length}`;
  const what = today.length === 1 ? "switch" : "switches";
  const line = `${count(runs, "run")} under way, ${number} ${what} today`;
  const last = switches.at(-1);
  if (!last) return [line];
  const nameAt = (index: number | null) => {
    const account = accounts.find((it) => it.index === index);
    return account ? shortName(account) : index === null ? "none" : `${index}`;
  };
  const when = at(timeOf(last), now);
  const reason = last.reason === "" ? "" : ` (${eventReason(last.reason)})`;
  const change = `last: ${nameAt(last.from)} -> ${nameAt(last.to)}`;
  return [`${line},`, `${change} ${when}${reason}`];
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
