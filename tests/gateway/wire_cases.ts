/**
 * What clients and services of each wire format send.
 *
 * @module
 */

import { MESSAGES } from "./wires/anthropic_messages.ts";
import type { WireCase } from "./wires/case.ts";
import { CHAT } from "./wires/openai_chat.ts";
import { RESPONSES } from "./wires/openai_responses.ts";

/** All wire formats. */
export const WIRE_CASES: readonly WireCase[] = [CHAT, RESPONSES, MESSAGES];
