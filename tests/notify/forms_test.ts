import { assertEquals, assertLessOrEqual } from "@std/assert";
import { FORMS } from "../../lib/notify/forms.ts";
import { type Payload, payloadOf } from "../../lib/notify/payload.ts";

const AT = Date.UTC(2026, 10, 21, 12);

/** The message about an account whose label tries to be more than text. */
function hostile(label: string): Payload {
  const event = {
    type: "account.exhausted",
    episode: "account.exhausted 3",
    at: AT,
    until: AT + 3_600_000,
    account: 3,
  } as const;
  return payloadOf(event, {
    agent: "qwen",
    invocation: "account-qwen",
    labelOf: () => label,
  });
}

Deno.test("the form for Slack escapes the characters with a meaning, and formats nothing", () => {
  const { body } = FORMS.slack(hostile("<!channel> & *co*"), {});
  assertEquals(JSON.parse(body), {
    text: "qwen: &lt;!channel&gt; &amp; *co* (account 3) is out of quota\n" +
      "Ready again at 2026-11-21 13:00 UTC.\naccount-qwen status",
    mrkdwn: false,
  });
});

Deno.test("the form for Discord mentions nobody and formats nothing", () => {
  const { body } = FORMS.discord(hostile("@everyone **x** [a](b)"), {});
  const { content, allowed_mentions } = JSON.parse(body);
  assertEquals(allowed_mentions, { parse: [] });
  assertEquals(
    content.split("\n")[0],
    "qwen: \\@everyone \\*\\*x\\*\\* \\[a\\]\\(b\\) \\(account 3\\) is out of quota",
  );
});

Deno.test("the form for Discord is short enough", () => {
  const { body } = FORMS.discord(hostile("x".repeat(5_000)), {});
  assertEquals(JSON.parse(body).content.length, 2_000);
});

for (const length of [1_989, 1_990, 1_991, 1_992, 1_993, 1_994]) {
  Deno.test(`the form for Discord has no half of a character after ${length} others`, () => {
    const label = "x".repeat(length) + "😀".repeat(100);
    const { content } = JSON.parse(FORMS.discord(hostile(label), {}).body);
    assertEquals(content.isWellFormed(), true);
    assertLessOrEqual(content.length, 2_000);
  });
}

Deno.test("the forms for Telegram and ntfy are short enough", () => {
  const payload = hostile("字".repeat(5_000));
  const { text } = JSON.parse(FORMS.telegram(payload, { chat: "1" }).body);
  assertEquals(text.length, 4_096);
  const { data } = payload;
  const long = { ...payload, data: { ...data, text: "字".repeat(5_000) } };
  const { body } = FORMS.ntfy(long, {});
  assertLessOrEqual(new TextEncoder().encode(body).length, 4_096);
});

Deno.test("the form for Telegram is plain text for one chat", () => {
  const { body } = FORMS.telegram(hostile("<b>_x_</b>"), { chat: "-100" });
  assertEquals(JSON.parse(body), {
    chat_id: "-100",
    text: "qwen: <b>_x_</b> (account 3) is out of quota\n" +
      "Ready again at 2026-11-21 13:00 UTC.\naccount-qwen status",
    link_preview_options: { is_disabled: true },
  });
});

Deno.test("the form for ntfy has a title that a header can have", () => {
  const { headers } = FORMS.ntfy(hostile("Büro"), {});
  const [, encoded = ""] = /^=\?UTF-8\?B\?(.*)\?=$/.exec(headers.title ?? "") ??
    [];
  assertEquals(
    new TextDecoder().decode(Uint8Array.fromBase64(encoded)),
    "qwen: Büro (account 3) is out of quota",
  );
  assertEquals(
    FORMS.ntfy(hostile("office"), {}).headers.title,
    "qwen: office (account 3) is out of quota",
  );
});

Deno.test("the form for ntfy encodes a title that looks encoded", () => {
  const label = "=?UTF-8?B?WA==?=";
  const { title = "" } = FORMS.ntfy(hostile(label), {}).headers;
  const encoded = title.slice("=?UTF-8?B?".length, -"?=".length);
  assertEquals(
    new TextDecoder().decode(Uint8Array.fromBase64(encoded)),
    `qwen: ${label} (account 3) is out of quota`,
  );
});

Deno.test("no label makes a second line or header", () => {
  const payload = hostile("a\r\nX-Evil: 1\u2028b\u202ec");
  const { headers, body } = FORMS.plain(payload, {});
  assertEquals(Object.keys(headers), ["content-type"]);
  assertEquals(body.split(/\r?\n|\u2028/).length, 4);
  const { title = "" } = FORMS.ntfy(payload, {}).headers;
  assertEquals(title, "qwen: a  X-Evil: 1 b c (account 3) is out of quota");
});

Deno.test("the form for a webhook is what Standard Webhooks recommends", () => {
  const { type, timestamp, data } = JSON.parse(
    FORMS.webhook(hostile("work"), {}).body,
  );
  assertEquals({ type, timestamp }, {
    type: "account.exhausted",
    timestamp: "2026-11-21T12:00:00.000Z",
  });
  assertEquals(data.account, { index: 3, label: "work" });
  assertEquals(data.until, "2026-11-21T13:00:00.000Z");
});
