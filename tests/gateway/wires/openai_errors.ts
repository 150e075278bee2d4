import { type ErrorOfService, membersOf, type WireCase } from "./case.ts";

/** An error in the form of OpenAI. */
const openai = (
  status: number,
  message: string,
  type: string,
  code: string | null = type,
): ErrorOfService => ({
  status,
  body: { error: { message, type, code, param: null } },
});

/** The errors of OpenAI. */
export const OPENAI_ERRORS: WireCase["errors"] = {
  quota: openai(
    429,
    "You exceeded your current quota, please check your plan and billing details.",
    "insufficient_quota",
  ),
  throttle: openai(
    429,
    "Rate limit reached for coder on tokens per min (TPM): Limit 30000, Used 29000. Please try again in 8s.",
    "tokens",
    "rate_limit_exceeded",
  ),
  auth: openai(
    401,
    "Incorrect API key provided.",
    "invalid_request_error",
    "invalid_api_key",
  ),
  broken: openai(500, "The server had an error.", "server_error"),
  client: openai(
    400,
    "Invalid parameter",
    "invalid_request_error",
    "invalid_parameter",
  ),
};

/** The type of the error in a document of OpenAI. */
export const openaiType = (document: Record<string, unknown>) =>
  membersOf(document.error).type;
