import { CONTROLS } from "../system/controls.ts";
import type { Payload } from "./payload.ts";
import type { TargetType } from "./targets.ts";

/** The body of a request, and the headers that belong to it. */
export interface Form {
  /** The headers. */
  headers: Record<string, string>;
  /** The body. */
  body: string;
}

/** The most characters of a message at Discord. */
const MOST_AT_DISCORD = 2_000;

/** The most characters of a message at Telegram. */
const MOST_AT_TELEGRAM = 4_096;

/**
 * The most characters of each part of a message at ntfy, which takes 4,096
 * bytes, and makes a longer text an attachment. A character has up to 4 bytes.
 */
const MOST_AT_NTFY = 1_000;

/** Writes a message in the form that each kind of service expects. */
export const FORMS: Readonly<
  Record<
    Exclude<TargetType, "desktop" | "program">,
    (payload: Payload, target: { chat?: string | undefined }) => Form
  >
> = {
  webhook: (payload) => json(payload),

  // https://docs.slack.dev/messaging/formatting-message-text: three characters
  // have a meaning, and others format text unless `mrkdwn` is false.
  slack: (payload) =>
    json({
      text: linesOf(payload).map(forMarkup).join("\n"),
      mrkdwn: false,
    }),

  // https://discord.com/developers/docs/resources/message: nobody is mentioned.
  discord: (payload) =>
    json({
      content: shorten(
        linesOf(payload).map(forMarkdown).join("\n"),
        MOST_AT_DISCORD,
      ),
      allowed_mentions: { parse: [] },
    }),

  // https://core.telegram.org/bots/api#sendmessage: without parse_mode the text
  // is shown as it is.
  telegram: (payload, { chat }) =>
    json({
      chat_id: chat,
      text: shorten(linesOf(payload).join("\n"), MOST_AT_TELEGRAM),
      link_preview_options: { is_disabled: true },
    }),

  // https://docs.ntfy.sh/publish: a header that is not ASCII has the form of
  // RFC 2047.
  ntfy: (payload) => {
    const [title = "", ...lines] = linesOf(payload);
    return {
      headers: {
        "content-type": "text/plain; charset=utf-8",
        "title": forHeader(shorten(title, MOST_AT_NTFY)),
      },
      body: shorten(lines.join("\n"), MOST_AT_NTFY),
    };
  },

  plain: (payload) => ({
    headers: { "content-type": "text/plain; charset=utf-8" },
    body: `${linesOf(payload).join("\n")}\n`,
  }),
};

/** Returns the title of a message, what else it says, and its command. */
export function linesOf({ data: { title, text, command } }: Payload): string[] {
  return [title, text, command].filter((it) => it !== "").map(onOneLine);
}

/** Escapes text for the markup of Slack and of desktop notifications. */
export function forMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

function forMarkdown(text: string): string {
  return text.replace(/[\\*_~`|<>#[\]()@]/g, "\\$&");
}

function forHeader(text: string): string {
  const isPlain = /^[\x20-\x7e]*$/.test(text) && !text.includes("=?");
  if (isPlain) return text;
  return `=?UTF-8?B?${new TextEncoder().encode(text).toBase64()}?=`;
}

/** A label may contain anything; a line of a message is one line. */
function onOneLine(text: string): string {
  return text.replace(CONTROLS, " ");
}

/** Returns at most `most` UTF-16 units of `text`, and no half of a character. */
function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  const kept = text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, "");
  return `${kept}…`;
}

function json(value: unknown): Form {
  return {
    headers: { "content-type": "application/json" },
    body: JSON.stringify(value),
  };
}
