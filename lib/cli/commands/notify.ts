import { type CommandContext, defineCommand } from "../line/command.ts";
import { EXIT } from "../exit.ts";
import { JSON_FLAGS } from "../screen/json.ts";
import { didYouMean } from "../line/nearest.ts";
import { printTable } from "../screen/table.ts";
import { cannotRun, chooseAction } from "../line/usage_error.ts";
import { loadSettings } from "../settings/settings.ts";
import { isoTime, minute } from "../screen/time.ts";
import type { Layout } from "../../disk/layout.ts";
import { configPath } from "../../settings.ts";
import { realSystem } from "../../system/system.ts";
import { invocation } from "../../program.ts";
import type { Delivery, Message } from "../../notify/message.ts";
import { safeUrl, type Target } from "../../notify/targets.ts";

const FLAGS = {
  drain: {
    type: "boolean",
    summary: "With flush: continue until nothing waits, for at most a day",
  },
  ...JSON_FLAGS,
} as const;

type Context = CommandContext<typeof FLAGS>;

const ACTIONS = { list, test, flush };

/** `account-qwen notify`. */
export const notify = defineCommand({
  name: "notify",
  group: "care",
  summary: "Show, test and send the messages about accounts",
  usage: "[list | test [NAME] | flush]",
  args: { least: 0, most: 2 },
  onlyReads: true,
  offers: [Object.keys(ACTIONS)],
  flags: FLAGS,
  notes: [
    "The targets are in account-qwen.yaml, in the section notify. The type of " +
    "a target is webhook (signed as Standard Webhooks), slack, discord, " +
    "telegram, ntfy, plain, desktop or program. A target that lists no " +
    "events gets all of them.",
    "",
    "list shows the targets and the messages that wait. test sends a message to " +
    "all targets, or to NAME, and shows whether it arrived. flush sends the " +
    "waiting messages now instead of at their next try.",
    "",
    "Messages wait in the folder outbox until they are sent, for at most a day. " +
    "A command sends them while it runs; a process in the background continues, " +
    "unless the variable CI is set.",
  ],
  examples: ["notify list", "notify test", "notify test team", "notify flush"],
  async run(context) {
    const [action = "list", name, ...more] = context.args;
    const chosen = chooseAction("notify", action, ACTIONS);
    const surplus = action === "test" ? more[0] : name;
    if (surplus !== undefined) {
      throw mistake(`unexpected argument "${surplus}"`);
    }
    if (context.flags.drain && action !== "flush") {
      throw mistake("--drain belongs to flush");
    }
    const { layout } = context.reader;
    return await chosen(context, { layout, name });
  },
});

/** What an action is about. */
interface Asked {
  layout: Layout;
  name: string | undefined;
}

function mistake(problem: string, hint?: string) {
  return cannotRun("notify", problem, hint);
}

/** Loads the targets. If the settings are wrong, the error names the line. */
async function loadTargets({ root }: Layout): Promise<readonly Target[]> {
  await loadSettings({ dir: root });
  const { loadNotifySettings } = await import("../../notify/settings_file.ts");
  return (await loadNotifySettings({ root })).targets;
}

/** How the last try ended, by the state that it left. */
const ENDINGS: Readonly<Record<Delivery["state"], string>> = {
  waiting: "not sent yet",
  sent: "sent",
  failed: "not sent",
};

async function list(
  { flags, answer, print, paint }: Context,
  { layout }: Asked,
) {
  const { readMessages } = await import("../../notify/outbox_files.ts");
  const targets = await loadTargets(layout);
  const messages = await readMessages(layout);
  const waiting = messages.filter((message) =>
    targets.some((it) => waitingFor(it, [message]).length > 0)
  );
  if (flags.json || targets.length === 0) {
    return answer(
      {
        targets: targets.map((it) => targetJson(it, messages)),
        waiting: waiting.map(messageJson),
      },
      `there are no targets in ${configPath(layout.root)}; to add some: ` +
        `${invocation()} config edit`,
    );
  }
  const rows = targets.map((it) => {
    const last = lastOf(it, messages);
    return [
      it.name,
      it.type,
      placeOf(it),
      String(waitingFor(it, messages).length),
      last
        ? `${minute(last.triedAt)} ${ENDINGS[last.state]}: ${last.said}`
        : "-",
    ];
  });
  const heads = ["target", "type", "where", "waiting", "last"];
  printTable([heads, ...rows], { print, paint, shrinkable: [2, 4] });
  for (const it of waiting) {
    print(`waiting, due ${minute(it.dueAt)}: ${it.payload.data.title}`);
  }
}

async function test({ answer }: Context, { layout, name }: Asked) {
  const [{ deliver }, { testPayload }, { randomHex }] = await Promise.all([
    import("../../notify/deliver.ts"),
    import("../../notify/payload.ts"),
    import("../../disk/names.ts"),
  ]);
  const targets = await loadTargets(layout);
  const chosen = targets.filter((it) => name === undefined || it.name === name);
  if (chosen.length === 0) {
    if (name === undefined) {
      throw mistake(
        "account-qwen.yaml names no targets",
        `${invocation()} config edit`,
      );
    }
    const names = targets.map((it) => it.name);
    const guess = didYouMean(name, names);
    throw mistake(
      `there is no target "${name}"${guess}`,
      `${invocation()} notify list`,
    );
  }
  const agent = layout.agent.program;
  const about = { agent, invocation: invocation() };
  const results = await Promise.all(chosen.map(async (target) => {
    const payload = testPayload(realSystem.now(), about);
    const message = { id: `msg_${randomHex(16)}`, payload };
    const { isDone, said } = await deliver(target, message);
    return { name: target.name, ok: isDone, said };
  }));
  answer(
    { results },
    results.map((it) =>
      `${it.name}: ${it.ok ? "sent" : "not sent"} (${it.said})`
    ),
  );
  return results.every((it) => it.ok) ? EXIT.done : EXIT.failed;
}

async function flush({ flags, answer, notify }: Context, { layout }: Asked) {
  const { flushOutbox, drainAlone } = await import("../send_outbox.ts");
  await loadTargets(layout);
  if (flags.drain) return await drainAlone(layout, notify);
  const { sent, failed, waiting } = await flushOutbox(layout, notify);
  answer(
    { sent, failed, waiting },
    `sent ${sent}, failed ${failed}, waiting ${waiting}`,
  );
  return failed > 0 ? EXIT.failed : EXIT.done;
}

/** Returns where a target is, without what may be a secret. */
function placeOf({ url, urlFile, command, type }: Target): string {
  if (command) return command[0] ?? "";
  if (url !== undefined) return safeUrl(url)?.host ?? "";
  return urlFile === undefined ? type : `address in ${urlFile}`;
}

function waitingFor(
  { name }: Target,
  messages: readonly Message[],
): Message[] {
  return messages.filter((it) => it.deliveries[name]?.state === "waiting");
}

/** Returns the delivery to a target that was tried last, if one was. */
function lastOf(
  { name }: Target,
  messages: readonly Message[],
): Delivery | undefined {
  return messages.map((it) => it.deliveries[name])
    .filter((it) => it?.triedAt !== undefined)
    .sort((a, b) => (a?.triedAt ?? 0) - (b?.triedAt ?? 0)).at(-1);
}

function targetJson(
  target: Target,
  messages: readonly Message[],
): Record<string, unknown> {
  const last = lastOf(target, messages);
  return {
    name: target.name,
    type: target.type,
    where: placeOf(target),
    events: target.events,
    waiting: waitingFor(target, messages).length,
    last: last &&
      { at: isoTime(last.triedAt), state: last.state, said: last.said ?? "" },
  };
}

function messageJson(
  { id, createdAt, dueAt, payload, deliveries }: Message,
): Record<string, unknown> {
  return {
    id,
    type: payload.type,
    title: payload.data.title,
    created_at: isoTime(createdAt),
    due_at: isoTime(dueAt),
    targets: Object.entries(deliveries).map(([name, it]) => ({
      name,
      state: it.state,
      attempts: it.attempts,
      next_at: it.state === "waiting" ? isoTime(it.nextAt) : null,
      said: it.said,
    })),
  };
}
