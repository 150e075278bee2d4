import { assertEquals, assertMatch } from "@std/assert";
import { type CallOptions, QwenWrapper } from "../../lib/mod.ts";
import { qwen } from "../../lib/agents/qwen/agent.ts";
import {
  answers,
  FAKE_QWEN,
  fakeHome,
  OUT_OF_QUOTA,
} from "../support/fake_qwen.ts";
import { processesOf } from "../support/processes.ts";
import { QUOTA_LINE } from "../support/session_lines.ts";
import { STAYS_SILENT, writesQuotaLog } from "../support/session_script.ts";
import { within } from "../support/deadline.ts";

Deno.test("call() continues as soon as the session log reports a quota", async () => {
  await using home = await fakeHome({
    1: writesQuotaLog() + STAYS_SILENT,
    2: answers("Paris"),
  });
  const wrapper = new QwenWrapper({ dir: home.dir, bin: FAKE_QWEN });
  // The first run would continue for a minute.
  const call = within(wrapper.call("hello"), { what: "the next account" });
  const { output, accountsTried } = await call;
  assertEquals([output, accountsTried], ["Paris", [1, 2]]);
  assertEquals(await processesOf(home.path), []);
});

const RERUNS: { options: CallOptions; tools: string[]; tried: number[] }[] = [
  { options: {}, tools: [], tried: [1, 2] },
  { options: {}, tools: ["write_file"], tried: [1] },
  { options: { rerun: "safe" }, tools: ["read_file"], tried: [1] },
  { options: { rerun: "always" }, tools: ["write_file"], tried: [1, 2] },
  { options: { rerun: "never" }, tools: [], tried: [1] },
];

for (const { options, tools, tried } of RERUNS) {
  Deno.test(`call() tries ${tried} with ${JSON.stringify(options)} after the tools ${JSON.stringify(tools)}`, async () => {
    await using home = await fakeHome({
      1: writesQuotaLog({ tools }) + STAYS_SILENT,
      2: answers("Paris"),
    });
    const said: string[] = [];
    const wrapper = new QwenWrapper({
      dir: home.dir,
      bin: FAKE_QWEN,
      notify: (it) => said.push(it),
    });
    const { accountsTried } = await wrapper.call("hello", options);
    assertEquals(accountsTried, tried);
    assertEquals(await home.link(), "accounts/oauth_creds_2.json");
    assertMatch(
      said.join("\n"),
      tried.length === 1
        ? /^account 1 is out of quota \(.*\); not rerun: .*$/
        : /^account 1 is out of quota \(.*\): continuing with account 2$/,
    );
  });
}

for (const goesOn of [["--resume=old"], ["--continue"]]) {
  Deno.test(`run() with ${goesOn} leaves at once, and runs no prompt again, when the old log reports tools and a quota`, async () => {
    const file = "old.jsonl";
    await using home = await fakeHome({
      1: writesQuotaLog({ tools: ["write_file"], file }) + STAYS_SILENT,
      2: answers("no"),
    });
    const chats = qwen.sessions.folder(home.dir, Deno.cwd());
    await Deno.mkdir(chats, { recursive: true });
    await Deno.writeTextFile(`${chats}/${file}`, `${QUOTA_LINE}\n`);
    const wrapper = new QwenWrapper({ dir: home.dir, bin: FAKE_QWEN });
    const rotated = await wrapper.run([...goesOn, "--prompt=go on"]);
    using _run = rotated.run;
    assertEquals(rotated.verdict.kind, "quota");
    assertEquals(await home.asked(), [1]);
  });
}

const INIT = '{"type":"system","subtype":"init"}';
const USE =
  '{"type":"assistant","message":{"content":[{"type":"tool_use","name":"edit"}]}}';

interface WithoutLog {
  args: string[];
  stdout: string;
  options?: CallOptions;
  asked: number[];
}

const WITHOUT_LOG: WithoutLog[] = [
  { args: [], stdout: "", asked: [1, 2] },
  { args: ["--approval-mode", "plan"], stdout: "", asked: [1, 2] },
  { args: ["--yolo"], stdout: "", asked: [1] },
  { args: ["--yolo"], stdout: "", options: { rerun: "always" }, asked: [1, 2] },
  { args: ["--approval-mode=auto-edit"], stdout: "", asked: [1] },
  { args: ["--yolo"], stdout: `${INIT}\n`, asked: [1, 2] },
  { args: ["--yolo"], stdout: `${INIT}\n${USE}\n`, asked: [1] },
  { args: [], stdout: `${INIT}\n${USE}\n`, asked: [1] },
];

for (const { args, stdout, options, asked } of WITHOUT_LOG) {
  Deno.test(`run() asks ${asked} with ${JSON.stringify({ args, ...options })} when no log reports tools and stdout is ${JSON.stringify(stdout)}`, async () => {
    await using home = await fakeHome({
      1: `cat "$HOME/stdout"; ${OUT_OF_QUOTA}`,
      2: answers("Paris"),
    });
    await Deno.writeTextFile(`${home.path}/stdout`, stdout);
    const said: string[] = [];
    const notify = (it: string) => said.push(it);
    const wrapper = new QwenWrapper({ dir: home.dir, bin: FAKE_QWEN, notify });
    const all = [...args, "--chat-recording=false", "--prompt=hello"];
    using _run = (await wrapper.run(all, options)).run;
    assertEquals(await home.asked(), asked);
    assertMatch(
      said.join("\n"),
      asked.length === 1
        ? /not rerun: it (?:may have|has) run tools.*--rerun=always reruns it$/
        : /continuing with account 2$/,
    );
  });
}

Deno.test("call() waits for a short throttle and tries the same account again", async () => {
  await using home = await fakeHome({
    1: `
      [ -e "$HOME/again" ] && { printf Paris; exit; }
      : >"$HOME/again"
      echo "[API Error: 429 Rate limit: try again in 20ms]" >&2; exit 1`,
    2: answers("no"),
  });
  const said: string[] = [];
  const notify = (it: string) => said.push(it);
  const wrapper = new QwenWrapper({ dir: home.dir, bin: FAKE_QWEN, notify });
  const { output, accountsTried } = await wrapper.call("hello");
  assertEquals([output, accountsTried], ["Paris", [1, 1]]);
  assertMatch(
    said.join("\n"),
    /^account 1 is rate-limited .*: retrying in 0\.\d s$/,
  );
  assertEquals(await home.events("account_switch"), []);
});

Deno.test("call() ends a run whose service has been broken for minutes", async () => {
  const line = "Retrying in 130s (attempt 1/10): [API Error: 503 Unavailable]";
  await using home = await fakeHome({
    1: `echo "${line}" >&2; ${STAYS_SILENT}`,
  });
  const wrapper = new QwenWrapper({ dir: home.dir, bin: FAKE_QWEN });
  // The run would continue for a minute.
  const call = within(wrapper.call("hello"), { what: "the end of the run" });
  const { verdict, accountsTried } = await call;
  assertEquals([verdict, accountsTried], ["transient", [1]]);
  assertEquals(await processesOf(home.path), []);
});

Deno.test("call() retries a broken service as the backoff says", async () => {
  await using home = await fakeHome({
    1: 'echo "[API Error: 503 Unavailable]" >&2; exit 1',
    2: answers("no"),
  });
  const wrapper = new QwenWrapper({ dir: home.dir, bin: FAKE_QWEN });
  const backoff = {
    name: "constant",
    baseMs: 1,
    capMs: 1,
    attempts: 2,
  } as const;
  const { verdict, accountsTried } = await wrapper.call("hello", { backoff });
  assertEquals([verdict, accountsTried], ["transient", [1, 1, 1]]);
});
