import { chosenAgent } from "../../agents/registry.ts";
import type { Account } from "../../accounts/account.ts";
import type { AccountManager } from "../../accounts/account_manager.ts";
import { Doctor } from "../../doctor/doctor.ts";
import type { Finding } from "../../doctor/finding.ts";
import { messageOf } from "../../system/message_of.ts";
import { checkProgram, examineKinds } from "../../doctor/program_check.ts";
import { examineSettings } from "../settings/settings.ts";
import { ownCommand, wordFor } from "../../accounts/fix_of.ts";
import { realSystem } from "../../system/system.ts";
import { describeRest } from "../screen/standing_text.ts";
import { describeVersions, versionsOf } from "../screen/versions.ts";
import { isoTime } from "../screen/time.ts";
import { defineCommand } from "../line/command.ts";
import { EXIT } from "../exit.ts";
import { meaningOf } from "../exit_code.ts";
import { foldAnswer } from "../screen/wrap.ts";
import { JSON_FLAGS } from "../screen/json.ts";
import { invocation } from "../../program.ts";

const AGENT = chosenAgent();

/** A stash can hold thousands of logins. */
const MOST_SHOWN = 20;

/** `account-qwen doctor`. */
export const doctor = defineCommand({
  name: "doctor",
  group: "care",
  summary: "Find problems and show how to fix them",
  flags: {
    fix: {
      type: "boolean",
      summary: "Repair what needs no decision, then check",
    },
    bin: {
      type: "text",
      value: "PROGRAM",
      offers: "programs",
      summary: `The program to check (default: ${AGENT.program})`,
    },
    ...JSON_FLAGS,
  },
  examples: ["doctor", "doctor --fix"],
  async run({ flags, accounts, answer }) {
    const examiner = new Doctor(accounts.options);
    const failure = flags.fix ? await repair(examiner) : undefined;
    const settings = await examineSettings(
      accounts.dir,
      await accounts.listAccounts(),
    );
    const agent = await checkProgram(flags.bin ?? settings.bin);
    const version = "version" in agent ? agent.version : undefined;
    const versions = versionsOf(version);
    const findings = await examiner.examine();
    if (failure) findings.unshift(failure);
    if ("finding" in agent) findings.push(agent.finding);
    findings.push(...await examineKinds(accounts, version));
    findings.push(...settings.findings);
    const overview = await accounts.overview();
    const { accounts: all, next, readyAt } = overview;
    const isStuck = all.length > 0 && !next && readyAt === undefined;
    if (isStuck && findings.length === 0) {
      findings.push(noneEnabled(accounts, all));
    }
    // If all accounts are resting, there is nothing to fix, but not all is well.
    const isResting = !next && readyAt !== undefined;
    const isFine = findings.length === 0;
    const well = isResting ? "nothing needs to be fixed" : "all is well";
    answer({
      well: isFine && !isResting,
      agent: AGENT.program,
      agent_version: version,
      newest_tried: versions.newestTried,
      [`${AGENT.program}_version`]: version, // its earlier name
      ready_at: isoTime(readyAt),
      findings,
    }, [
      ...(isResting
        ? [describeRest(overview, { dir: accounts.dir, now: Date.now() })]
        : []),
      ...(isFine
        ? [`${well}; ${AGENT.program} ${version}`]
        : describeFindings(findings)),
      ...(versions.isUntried ? [describeVersions(versions)] : []),
    ]);
    return isFine ? EXIT.done : EXIT.failed;
  },
});

/** The finding if every account is disabled. */
function noneEnabled(
  { dir }: AccountManager,
  all: readonly Account[],
): Finding {
  const [first] = all;
  const word = first ? wordFor(first, all) : "";
  return {
    check: "slots",
    problem: "no account can be used: all are disabled",
    mend: `${ownCommand(dir, realSystem)} enable ${word}`,
  };
}

/** Lists at most `MOST_SHOWN` findings of a check, and how many more it has. */
function describeFindings(findings: readonly Finding[]): string[] {
  const byCheck = Map.groupBy(findings, (it) => it.check);
  return [...byCheck].flatMap(([check, found]) => {
    const lines = found.slice(0, MOST_SHOWN).flatMap(({ problem, mend }) => [
      ...foldAnswer(problem, `${check}: `),
      `  fix: ${mend}`,
    ]);
    const more = found.length - MOST_SHOWN;
    return more <= 0 ? lines : [
      ...lines,
      `${check}: ${more} more problems of this kind`,
      `  list them: ${invocation()} doctor --json`,
    ];
  });
}

/** Repairs the accounts; returns a failure as one more finding. */
async function repair(examiner: Doctor): Promise<Finding | undefined> {
  try {
    await examiner.repair();
    return undefined;
  } catch (error) {
    const mend = meaningOf(error).hint ?? `${invocation()} doctor`;
    return { check: "fix", problem: messageOf(error), mend };
  }
}
