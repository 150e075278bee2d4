import type { AccountManager } from "../../rotation/account_manager.ts";
import type { Finding } from "../../rotation/finding.ts";
import { messageOf } from "../../runtime/message_of.ts";
import type { Readiness } from "../../errors.ts";
import { checkProgram } from "../../wrapper/program_check.ts";
import { examineKinds } from "../../wrapper/kind_check.ts";
import { examineSettings } from "../settings_check.ts";
import { formatSpan } from "../readiness.ts";
import { isoTime, minute } from "../time.ts";
import { defineCommand } from "../command.ts";
import { EXIT, meaningOf } from "../exit_code.ts";
import { formatJson, JSON_FLAG, SCHEMA_FLAG } from "../json.ts";
import { program } from "../../program.ts";

/** A stash can hold thousands of logins. */
const MOST_SHOWN = 20;

/** `account-qwen doctor`. */
export const doctor = defineCommand({
  name: "doctor",
  group: "care",
  summary: "Find problems and show how to fix them",
  flags: {
    fix: { type: "boolean", summary: "Repair what needs no decision first" },
    bin: {
      type: "text",
      value: "PROGRAM",
      offers: "programs",
      summary: "The program to look for (default: qwen)",
    },
    json: JSON_FLAG,
    schema: SCHEMA_FLAG,
  },
  examples: [`${program()} doctor`, `${program()} doctor --fix`],
  async run({ flags, accounts, print }) {
    const failure = flags.fix ? await repair(accounts) : undefined;
    const settings = await examineSettings(accounts.dir);
    const agent = await checkProgram(flags.bin ?? settings.bin);
    const version = "version" in agent ? agent.version : null;
    const findings = await accounts.examine();
    if (failure) findings.unshift(failure);
    if ("finding" in agent) findings.push(agent.finding);
    findings.push(...await examineKinds(accounts, version ?? undefined));
    findings.push(...settings.findings);
    const resting = await findResting(accounts);
    const isWell = findings.length === 0;
    if (flags.json) {
      print(formatJson({
        well: isWell,
        qwen_version: version,
        ready_at: isoTime(resting?.readyAt),
        findings,
      }));
      return isWell ? EXIT.done : EXIT.failed;
    }
    if (resting) {
      const { index, readyAt, source } = resting;
      const span = formatSpan(readyAt - Date.now());
      print(
        source === "guess"
          ? `no account is ready now: next try in ${span} with account ` +
            `${index} (the provider named no time)`
          : `no account is ready until ${minute(readyAt)}, in ${span} ` +
            `(account ${index})`,
      );
    }
    if (isWell) {
      print(`${resting ? "nothing is wrong" : "all is well"}; qwen ${version}`);
    } else {
      printFindings(findings, print);
    }
    return isWell ? EXIT.done : EXIT.failed;
  },
});

/** Prints at most `MOST_SHOWN` findings of a check, and how many more it has. */
function printFindings(
  findings: readonly Finding[],
  print: (line: string) => void,
): void {
  const byCheck = Map.groupBy(findings, (it) => it.check);
  for (const [check, found] of byCheck) {
    for (const { problem, mend } of found.slice(0, MOST_SHOWN)) {
      print(`${check}: ${problem}`);
      print(`  fix: ${mend}`);
    }
    const more = found.length - MOST_SHOWN;
    if (more <= 0) continue;
    print(`${check}: ${more} more problems of this kind`);
    print(`  list them: ${program()} doctor --json`);
  }
}

/** The account that is ready first, if every one of use rests. */
async function findResting(
  accounts: AccountManager,
): Promise<Readiness | undefined> {
  const readiness = await accounts.readiness();
  if (readiness.some((it) => it.obstacle === undefined)) return undefined;
  return readiness.find((it) => it.readyAt < Infinity);
}

/** Returns what kept the repair from being done, as something to mend too. */
async function repair(accounts: AccountManager): Promise<Finding | undefined> {
  try {
    await accounts.repair();
    return undefined;
  } catch (error) {
    const mend = meaningOf(error).hint ?? `${program()} doctor`;
    return { check: "fix", problem: messageOf(error), mend };
  }
}
