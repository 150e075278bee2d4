/**
 * Refusals of what an account requests: one other account may be asked, if it
 * has another model or address.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { type CallOptions, QwenWrapper } from "../../lib/mod.ts";
import { apiKey } from "../support/account_folder.ts";
import { exec } from "../support/fake_exec.ts";
import {
  answers,
  FAKE_QWEN,
  type FakeHome,
  fakeHome,
} from "../support/fake_qwen.ts";
import type { Reply } from "../support/service.ts";
import { keyScene } from "./key_scene.ts";

const NO_MODEL: Reply = {
  status: 400,
  body: {
    error: {
      message: "model 'qwen3' is not supported",
      code: "invalid_parameter_error",
    },
  },
};

const OTHER_MODEL = { ACCOUNT_QWEN_MODELS: "qwen3=other" };

Deno.test("call() through the gateway asks one account for its other model, and writes nothing", async () => {
  const replies: Reply[] = [NO_MODEL, NO_MODEL, { answer: "Paris" }];
  await using scene = await keyScene(replies, { models: { 3: OTHER_MODEL } });
  const { output, attempts } = await scene.wrapper().call("hello");
  assertEquals([output, attempts], ["Paris\n", 1]);
  const asked = scene.service.requests.map((it) => [it.token, it.model]);
  assertEquals(asked, [[apiKey(1), "qwen3"], [apiKey(3), "other"]]);
  assertEquals(await scene.count("account_cooldown"), 0);
  assertEquals(await scene.count("account_switch"), 0);
});

Deno.test("call() through the gateway asks no account that would get the same request", async () => {
  await using scene = await keyScene([NO_MODEL, { answer: "no" }]);
  const { success, verdict } = await scene.wrapper().call("hello");
  assertEquals([success, verdict], [false, "client"]);
  assertEquals(scene.service.requests.length, 1);
});

Deno.test("call() through the gateway asks one other account, and passes the first refusal on", async () => {
  const models = { 2: OTHER_MODEL, 3: OTHER_MODEL };
  await using scene = await keyScene([NO_MODEL, NO_MODEL, { answer: "no" }], {
    models,
  });
  const { success, error = "" } = await scene.wrapper().call("hello");
  assertEquals(success, false);
  assertMatch(error, /model 'qwen3' is not supported/);
  assertEquals(scene.service.requests.length, 2);
});

const REFUSES =
  `echo "[API Error: 400 model 'a' is not supported]" >&2; exit 1`;

/** Creates logins with different addresses, except for those in `same`. */
async function home(
  plays: Record<number, string>,
  same: readonly number[] = [],
): Promise<FakeHome> {
  const made = await fakeHome(plays);
  for (const index of Object.keys(plays).map(Number)) {
    if (same.includes(index)) continue;
    const slot = JSON.parse(await Deno.readTextFile(made.slot(index)));
    slot.resource_url = `http://127.0.0.1:9/${index}/v1`;
    await Deno.writeTextFile(made.slot(index), JSON.stringify(slot));
  }
  return made;
}

interface LinkCase {
  plays: Record<number, string>;
  same?: readonly number[];
  options?: CallOptions;
  tried: number[];
}

const LINK_CASES: Record<string, LinkCase> = {
  "another address": {
    plays: { 1: REFUSES, 2: answers("Paris") },
    tried: [1, 2],
  },
  "no other address": {
    plays: { 1: REFUSES, 2: answers("no") },
    same: [1, 2],
    tried: [1],
  },
  "the same address and then another one": {
    plays: { 1: REFUSES, 2: answers("no"), 3: answers("Paris") },
    same: [1, 2],
    tried: [1, 3],
  },
  "several, of which one may be tried": {
    plays: { 1: REFUSES, 2: REFUSES, 3: answers("no") },
    tried: [1, 2],
  },
  "another address, but no permission to run again": {
    plays: { 1: REFUSES, 2: answers("no") },
    options: { rerun: "never" },
    tried: [1],
  },
};

for (
  const [what, { plays, same, options, tried }] of Object.entries(LINK_CASES)
) {
  Deno.test(`call() on the link tries ${tried} when there is ${what}`, async () => {
    await using made = await home(plays, same);
    const wrapper = new QwenWrapper({ dir: made.dir, bin: FAKE_QWEN });
    const { accountsTried } = await wrapper.call("hello", options);
    assertEquals(accountsTried, tried);
    assertEquals(await made.events("account_cooldown"), []);
  });
}

Deno.test("exec immediately asks an account for another model than the one that is out of quota", async () => {
  const message =
    "You have exceeded today's quota for model Qwen/A-1, consider using other models";
  const play = `case "$*" in
    *Qwen/A-1*) echo "[API Error: 429 ${message}]" >&2; exit 1 ;;
    *) printf Paris ;;
  esac`;
  await using made = await fakeHome({ 1: play });
  const ask = (model: string) =>
    exec(made, ["--", "--model", model, "--prompt", "hello"]);
  assertEquals((await ask("Qwen/A-1")).code, 75);
  const events = await made.events("account_cooldown");
  assertEquals(events.length, 1);
  const { code, stdout, stderr } = await ask("Qwen/B-1");
  assertEquals([code, stdout], [0, "Paris"], stderr);
  assertEquals((await ask("Qwen/A-1")).code, 75);
  assertEquals(await made.asked(), [1, 1]);
});

Deno.test("call() through the gateway continues with an account that is only resting for another model", async () => {
  const other = "today's quota for model qwen3 is used up";
  const replies: Reply[] = [
    { status: 429, body: { error: { message: other } } },
  ];
  await using scene = await keyScene(replies);
  assertEquals((await scene.wrapper().call("hello")).verdict, "quota");
  assertEquals(await scene.count("account_cooldown"), 1);
  const manager = scene.wrapper().accounts;
  const ready = async (model?: string) =>
    (await manager.readiness({ model })).map((it) => it.obstacle);
  assertEquals(await ready("qwen3"), ["out of quota for qwen3"]);
  assertEquals(await ready("another"), [undefined]);
});
