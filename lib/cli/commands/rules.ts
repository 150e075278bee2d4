import { chosenAgent } from "../../agents/registry.ts";
import { groupSettings } from "../../run/default_options.ts";
import { runtime } from "../../system/mod.ts";
import { realSystem } from "../../system/system.ts";
import { policyOf } from "../../verdict/policy.ts";
import type { VerdictRule } from "../../verdict/user_rules.ts";
import { configPath } from "../../settings.ts";
import { type CommandContext, defineCommand } from "../line/command.ts";
import { cannotRun, chooseAction } from "../line/usage_error.ts";
import { JSON_FLAGS } from "../screen/json.ts";
import { formatTable, printTable } from "../screen/table.ts";
import { formatSpan, isoTime, minute } from "../screen/time.ts";
import { type DryRun, dryRun } from "../settings/dry_run.ts";
import { loadSettings } from "../settings/settings.ts";
import {
  describeConditions,
  formatDuration,
} from "../settings/setting_words.ts";
import { agentInvocation, invocation } from "../../program.ts";

const FLAGS = {
  ...JSON_FLAGS,
  status: {
    type: "number",
    value: "N",
    summary:
      "test: the HTTP status (without it, stdin is what an agent prints)",
  },
  service: {
    type: "text",
    value: "NAME",
    summary: "test: the service, by its name, host or address",
  },
  header: {
    type: "texts",
    value: "NAME:TEXT",
    summary: "test: a header of the reply",
  },
  model: {
    type: "text",
    value: "NAME",
    summary: "test: the model that was requested",
  },
} as const;

type Context = CommandContext<typeof FLAGS>;

const ACTIONS = { list, test };

/** `account-qwen rules`. */
export const rules = defineCommand({
  name: "rules",
  group: "care",
  summary: "Show your rules for errors, or try one out",
  usage: "[list | test]",
  args: { least: 0, most: Infinity },
  onlyReads: true,
  offers: [Object.keys(ACTIONS)],
  flags: FLAGS,
  notes: [
    "test reads the body of a reply from stdin and prints which rule decides, what " +
    "the error means, how long the account would rest, and what would happen " +
    "next. It sends nothing and changes nothing.",
    "Rules are in account-qwen.yaml, and the first one that matches counts:",
    "  status    HTTP statuses: 429, 4xx, or a list",
    "  text      words anywhere in the error",
    "  pattern   a regular expression, without references and lookaround",
    "  service   a service or its host",
    "  verdict   quota, throttle, auth, login, client or transient",
    "  cooldown  how long the account rests, or until-reset",
    "  scope     account, or model for only the requested model",
  ],
  examples: [
    "rules",
    `echo "gone fishing" | ${agentInvocation()} rules test --status 418`,
    'rules test --status 429 --header "retry-after: 60" --service openrouter < reply.json',
  ],
  async run(context) {
    const [action = "list", extra] = context.args;
    const chosen = chooseAction("rules", action, ACTIONS);
    if (extra !== undefined) throw mistake(`unexpected argument "${extra}"`);
    await chosen(context);
  },
});

function mistake(problem: string) {
  return cannotRun("rules", problem);
}

async function list(
  { flags, reader, answer, print, paint, notify }: Context,
) {
  const { status, service, header, model } = flags;
  const isTest = [status, service, model].some((it) => it !== undefined);
  if (isTest || header.length > 0) {
    throw mistake("list takes none of the flags of test");
  }
  const { settings: { rules } } = await loadSettings({ dir: reader.dir });
  if (flags.json) return answer({ rules: rules.map(ruleJson) }, []);
  if (rules.length === 0) {
    return notify(
      `there are no rules in ${configPath(reader.dir)}; to add some: ` +
        `${invocation()} config edit`,
    );
  }
  const rows = rules.map((it, at) => [
    String(at + 1),
    describeConditions(it),
    it.verdict,
    it.cooldownMs === undefined ? "-" : formatDuration(it.cooldownMs),
    it.scope ?? "-",
  ]);
  const heads = ["rule", "if", "verdict", "cooldown", "scope"];
  printTable([heads, ...rows], { print, paint, shrinkable: [1] });
}

function ruleJson(rule: VerdictRule, at: number): Record<string, unknown> {
  const { status, text, pattern, service, verdict, cooldownMs, scope } = rule;
  return {
    number: at + 1,
    status,
    text,
    pattern,
    service,
    verdict,
    cooldown_ms: cooldownMs,
    scope,
  };
}

/** Longer replies are cut, as in the gateway, bytes. */
const MOST_BYTES = 64 * 1024;

async function test({ flags, reader, answer }: Context) {
  const { status, service, model } = flags;
  if (status !== undefined && (status < 100 || status > 599)) {
    throw mistake(`--status ${status} is not an HTTP status`);
  }
  const headers = readHeaders(flags.header);
  const { settings } = await loadSettings({ dir: reader.dir });
  const now = realSystem.now();
  const tested = dryRun({
    status,
    headers,
    service,
    model,
    text: await readStdin(),
    wire: chosenAgent().keys.wire,
  }, { now, settings: groupSettings(settings) });
  answer(toJson(tested, now), describe(tested, now));
}

async function readStdin(): Promise<string> {
  const { host } = runtime;
  if (host.isTerminal("stdin")) return "";
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of host.stdin()) {
    const part = decoder.decode(chunk, { stream: true });
    if (text.length < MOST_BYTES) text += part; // reads the rest, too
  }
  return text.slice(0, MOST_BYTES);
}

function readHeaders(given: readonly string[]): Headers {
  const headers = new Headers();
  for (const it of given) {
    const [, name = "", value = ""] = /^([^:\s]+):\s*(.*)$/.exec(it) ?? [];
    try {
      headers.append(name, value);
    } catch {
      throw mistake(`--header ${JSON.stringify(it)} is not NAME:TEXT`);
    }
  }
  return headers;
}

function describe(tested: DryRun, now: number): string[] {
  const { verdict, cooldown } = tested;
  const until = cooldown && `${formatSpan(cooldown.until - now)}, until ` +
      `${minute(cooldown.until)}${SOURCES[cooldown.source]}`;
  const probes = cooldown?.probeEveryMs === undefined
    ? ""
    : `; tried every ${formatDuration(cooldown.probeEveryMs)}`;
  const scope = verdict?.model === undefined ? "" : ` (${verdict.model} only)`;
  const rows = [
    ["rule", describeDecision(tested)],
    [
      "verdict",
      verdict
        ? `${verdict.kind}: the account ${policyOf(verdict).words}${scope}`
        : "unknown",
    ],
    ...(verdict ? [["evidence", verdict.evidence]] : []),
    ["cooldown", until === undefined ? "none" : `${until}${probes}`],
    ["next", describeMove(tested)],
  ];
  return formatTable(rows);
}

const SOURCES = {
  user: " (your rule)",
  provider: " (service)",
  guess: " (our guess)",
};

function describeDecision({ decision, isAnswer }: DryRun): string {
  if (isAnswer) {
    return "none: this is not an error, and answers are never searched";
  }
  switch (decision?.by) {
    case undefined:
      return "none matches";
    case "user":
      return `${decision.number}, yours: ${describeConditions(decision.rule)}`;
    case "patterns":
      return "your quota_patterns";
    case "built-in":
      return `built-in: ${decision.name}`;
  }
}

function describeMove({ move }: DryRun): string {
  switch (move.do) {
    case "again":
      return `wait ${formatDuration(Math.ceil(move.afterMs))}, then ask the ` +
        "same account again";
    case "leave":
    case "renew":
      return "leave: ask another account";
    case "elsewhere":
      return "ask an account with another model or address, once";
    case "pass":
    case "resume":
      return "pass the reply on to the agent";
  }
}

function toJson(
  { decision, verdict, cooldown, move, isAnswer }: DryRun,
  now: number,
): Record<string, unknown> {
  return {
    answer: isAnswer,
    rule: decision && {
      by: decision.by,
      number: decision.by === "user" ? decision.number : null,
      name: decision.by === "user" ? null : decision.name,
    },
    verdict: verdict?.kind,
    evidence: verdict?.evidence,
    scope: verdict?.scope,
    model: verdict?.model,
    retry_at: isoTime(verdict?.retryAt),
    cooldown: cooldown && {
      ms: cooldown.until - now,
      until: isoTime(cooldown.until),
      source: cooldown.source,
      probe_every_ms: cooldown.probeEveryMs,
    },
    next: {
      do: move.do,
      after_ms: move.do === "again" ? Math.ceil(move.afterMs) : null,
    },
  };
}
