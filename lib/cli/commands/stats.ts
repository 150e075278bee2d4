import type { AccountReader } from "../../accounts/account_reader.ts";
import { messageOf } from "../../system/message_of.ts";
import { realSystem } from "../../system/system.ts";
import { nameOf } from "../../account_name.ts";
import { defineCommand } from "../line/command.ts";
import { JSON_FLAGS } from "../screen/json.ts";
import { formatTable } from "../screen/table.ts";
import { isoText, minute } from "../screen/time.ts";
import { screenWidth } from "../screen/wrap.ts";
import { agentInvocation } from "../../program.ts";

/** `account-qwen stats`. */
export const stats = defineCommand({
  name: "stats",
  group: "look",
  aliases: ["--stats"],
  summary: "Show the switches and the last use of each account",
  onlyReads: true,
  flags: {
    svg: {
      type: "text",
      value: "FILE",
      offers: "files",
      summary: "Draw the requests of the last seven days as a picture",
    },
    ...JSON_FLAGS,
  },
  examples: [
    `${agentInvocation()} stats`,
    `${agentInvocation()} stats --json`,
    `${agentInvocation()} stats --svg week.svg`,
  ],
  async run({ flags, reader, answer }) {
    if (flags.svg !== undefined) {
      await draw(flags.svg, reader);
      if (!flags.json) return;
    }
    const [all, names] = await reader.getNamedStats();
    const labels = new Map(names.map((it) => [it.index, it.label]));
    const called = (index: number) => nameOf(index, labels.get(index));
    const rows = [
      ["accounts", String(all.totalAccounts)],
      [
        "active",
        all.currentIndex === undefined ? "-" : called(all.currentIndex),
      ],
      ["switches", String(all.switchesTotal)],
      ["last switch", minute(all.lastSwitch)],
      ...all.accounts.map(({ index, switchesCount, lastUsed }) => [
        called(index),
        `${switches(switchesCount)}, last used ${minute(lastUsed)}`,
      ]),
    ];
    answer(
      {
        current_index: all.currentIndex,
        total_accounts: all.totalAccounts,
        switches_total: all.switchesTotal,
        last_switch: isoText(all.lastSwitch),
        accounts: all.accounts.map((it) => ({
          index: it.index,
          switches_count: it.switchesCount,
          last_used: isoText(it.lastUsed),
        })),
      },
      formatTable(rows, { width: screenWidth(), labels: [0], shrinkable: [] }),
    );
  },
});

async function draw(path: string, reader: AccountReader): Promise<void> {
  const { formatUsageSvg } = await import("../screen/usage_svg.ts");
  const { writeNamed } = await import("../screen/report_place.ts");
  const now = realSystem.now();
  const accounts = await reader.listAccounts();
  const all = await reader.readQuota(accounts);
  const text = formatUsageSvg(all, { now });
  try {
    await writeNamed(path, { text, dir: reader.dir });
  } catch (error) {
    const { UsageError } = await import("../line/usage_error.ts");
    throw new UsageError(
      `Cannot use --svg: ${messageOf(error).replace(/^Cannot/, "cannot")}`,
      `for example: ${agentInvocation()} stats --svg week.svg`,
    );
  }
}

function switches(count: number): string {
  return count === 1 ? "1 switch" : `${count} switches`;
}
