import { shortName } from "../../account_name.ts";
import type { Overview } from "../../accounts/overview.ts";
import { fixOf, ownCommand } from "../../accounts/fix_of.ts";
import type { LogTail } from "../../disk/audit_tail.ts";
import { invocation } from "../../program.ts";
import { realSystem } from "../../system/system.ts";
import { displayWidth } from "./display_width.ts";
import { eventReason } from "./event_reason.ts";
import type { Paint } from "./paint.ts";
import { noAccounts } from "./readiness.ts";
import { describeStanding, isRetry, nameCell } from "./standing_text.ts";
import { formatTable } from "./table.ts";
import { at, isSameDay } from "./time.ts";
import { wrap } from "./wrap.ts";

type OverviewAccount = Overview["accounts"][number];

/** What the screen shows. */
export interface StatusView {
  /** The folder of the accounts. */
  dir: string;
  /** The accounts. */
  overview: Overview;
  /** The last events of the log. */
  log: LogTail;
  /** The time, epoch milliseconds. */
  now: number;
  /** The columns of the terminal. @default unlimited */
  width: number | undefined;
}

/** A line of the screen, and how it is shown. */
export interface StatusLine {
  /** Its text, one line. */
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

interface Row {
  account: OverviewAccount;
  view: StatusView;
}

/** A column of the table; see `COLUMNS`. */
interface Column {
  name: string;
  cell: (row: Row) => string;
  /** Whether it is omitted if no account has a label. */
  isForLabels?: boolean;
  /** Whether it is shortened before the others. */
  shrinks?: boolean;
  /** It is omitted if the terminal has fewer columns. */
  leastWidth?: number;
}

const COLUMNS: readonly Column[] = [
  { name: "", cell: ({ account, view }) => markOf(account, view.overview) },
  { name: "account", cell: ({ account }) => nameCell(account) },
  {
    name: "no.",
    cell: ({ account }) => String(account.index),
    isForLabels: true,
  },
  {
    name: "service",
    cell: ({ account }) => account.service ?? "",
    shrinks: true,
    leastWidth: 70,
  },
  { name: "state", cell: describeState },
];

/** Formats the answer of `status` as the lines of one screen. */
export function formatStatus(view: StatusView): StatusLine[] {
  const { overview } = view;
  if (overview.accounts.length === 0) {
    return [{ text: noAccounts(), role: "plain" }];
  }
  const { width } = view;
  const next = fold(nextParts(view), width);
  const activity = fold(activityParts(view), width);
  return [
    ...next.map((text): StatusLine => ({ text, role: "heading" })),
    { text: "", role: "plain" },
    ...tableLines(view),
    { text: "", role: "plain" },
    ...activity.map((text): StatusLine => ({ text, role: "plain" })),
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
function nextParts({ overview, now }: StatusView): string[] {
  const { accounts, next, readyAt } = overview;
  const chosen = accounts.find((it) => it.index === next?.index);
  if (next && chosen) return [`next: ${shortName(chosen)}`, `(${next.why})`];
  if (readyAt === undefined) {
    return ["next: none", `(no account can be used: ${invocation()} doctor)`];
  }
  const first = accounts.find((it) => it.until === readyAt);
  const who = first ? shortName(first) : "an account";
  const what = isRetry(first) ? "will be tried again" : "is ready";
  return ["next: none", `(${who} ${what} ${at(readyAt, now)})`];
}

/** Names the next account, and the active one if it is another. */
function markOf({ index }: OverviewAccount, overview: Overview): string {
  if (index === overview.next?.index) return ">";
  return index === overview.active ? "*" : "";
}

function describeState({ account, view }: Row): string {
  const text = describeStanding(account, view.now);
  const { runs } = account;
  return runs === 0 ? text : `${text}, ${count(runs, "run")}`;
}

/**
 * Formats the table. A command is never cut: if it does not fit in its row, it
 * goes below.
 */
function tableLines(view: StatusView): StatusLine[] {
  const { overview: { accounts, next }, width = Infinity } = view;
  const rows = accounts.map((account): Row => ({ account, view }));
  const hasLabels = accounts.some((it) => it.label !== undefined);
  const columns = COLUMNS.filter(({ isForLabels, leastWidth = 0 }) =>
    (hasLabels || !isForLabels) && width >= leastWidth
  );
  const places = [...columns.keys()];
  const [heading = "", ...lines] = formatTable([
    columns.map((it) => it.name),
    ...rows.map((row) => columns.map((it) => it.cell(row))),
  ], {
    width: view.width,
    shrinkable: places.filter((it) => columns[it]?.shrinks),
    labels: places.filter((it) => columns[it]?.name === "account"),
  });
  const self = ownCommand(view.dir, realSystem);
  const keys = accounts.filter((it) => it.kind === "api-key")
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
  const today = switches.filter((it) =>
    isSameDay(Date.parse(it.timestamp), now)
  );
  // Everything that was read is from today: there may be more before it.
  const isLeast = log.isCut && today.length === switches.length;
  const number = `${isLeast ? "at least " : ""}${today.length}`;
  const line = `${count(runs, "run")} under way, ${number} ${
    today.length === 1 ? "switch" : "switches"
  } today`;
  const last = switches.at(-1);
  if (!last) return [line];
  const nameAt = (index: number | null) => {
    const account = accounts.find((it) => it.index === index);
    return account ? shortName(account) : index === null ? "none" : `${index}`;
  };
  const when = at(Date.parse(last.timestamp), now);
  const reason = last.reason === "" ? "" : ` (${eventReason(last.reason)})`;
  const what = `last: ${nameAt(last.from)} -> ${nameAt(last.to)}`;
  return [`${line},`, `${what} ${when}${reason}`];
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
