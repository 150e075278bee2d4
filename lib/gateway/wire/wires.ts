import type { WireName } from "../../agents/formats.ts";
import { anthropicMessages } from "./anthropic_messages.ts";
import { openaiChat } from "./openai_chat.ts";
import { openaiResponses } from "./openai_responses.ts";
import type { Wire } from "./wire.ts";

/** The wire formats, by name. */
export const WIRES: Readonly<Record<WireName, Wire>> = {
  openai_chat: openaiChat,
  openai_responses: openaiResponses,
  anthropic_messages: anthropicMessages,
};
