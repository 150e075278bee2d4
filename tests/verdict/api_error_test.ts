import { parseErrorText } from "../../lib/agents/qwen/stderr_errors.ts";
import { assertEquals } from "@std/assert";
import {
  parseErrorEvent,
  parseErrorReply,
} from "../../lib/verdict/api_error.ts";

const TEXTS: Record<string, { status?: number; message: string }> = {
  "429 Rate limit reached": { status: 429, message: "Rate limit reached" },
  "[API Error: 429 Rate limit reached]": {
    status: 429,
    message: "Rate limit reached",
  },
  "Retrying in 60s (attempt 1/10): [API Error: 503 Unavailable]": {
    status: 503,
    message: "Unavailable",
  },
  "Error: [API Error: 403 Access denied.]": {
    status: 403,
    message: "Access denied.",
  },
  "[API Error: 429 Slow down]\nPossible quota limitations in place": {
    status: 429,
    message: "Slow down",
  },
  "[API Error: 504 <html>\n</html>]": {
    status: 504,
    message: "<html>\n</html>",
  },
  "400 <400> InternalError.Algo": {
    status: 400,
    message: "<400> InternalError.Algo",
  },
  "[API Error: Connection error.]": { message: "Connection error." },
  "[API Error: Throttling: TPM(1/2)]": { message: "Throttling: TPM(1/2)" },
  "4290 tokens": { message: "4290 tokens" },
  "": { message: "" },
};

for (const [text, { status, message }] of Object.entries(TEXTS)) {
  Deno.test(`parseErrorText() reads ${JSON.stringify(text)}`, () => {
    assertEquals(parseErrorText(text, "stderr"), {
      source: "stderr",
      status,
      code: "",
      message,
    });
  });
}

const REPLIES: Record<string, { body: string; code: string; message: string }> =
  {
    "of OpenAI": {
      body:
        '{"error":{"message":"No","type":"requests","param":null,"code":"rate_limit_exceeded"}}',
      code: "rate_limit_exceeded",
      message: "No",
    },
    "without a code": {
      body: '{"error":{"message":"No","type":"server_error","code":null}}',
      code: "server_error",
      message: "No",
    },
    "of DashScope": {
      body: '{"code":"Arrearage","message":"No","request_id":"a"}',
      code: "Arrearage",
      message: "No",
    },
    "whose code is a number": {
      body: '{"error":{"code":1302,"message":"No"}}',
      code: "1302",
      message: "No",
    },
    "that is HTML": {
      body: "<html><h1>502</h1></html>",
      code: "",
      message: "<html><h1>502</h1></html>",
    },
    "that is a text": { body: "slow down", code: "", message: "slow down" },
    "that is empty": { body: "", code: "", message: "" },
    "that is null": { body: "null", code: "", message: "null" },
    "that is a list": { body: "[1]", code: "", message: "[1]" },
    "whose error is a text": {
      body: '{"error":"invalid_grant"}',
      code: "",
      message: "invalid_grant",
    },
  };

for (const [what, { body, code, message }] of Object.entries(REPLIES)) {
  Deno.test(`parseErrorReply() reads a body ${what}`, () => {
    const { details: _, ...read } = parseErrorReply(429, body, "20");
    assertEquals(read, {
      source: "http",
      status: 429,
      code,
      message,
      retryAfter: "20",
    });
  });
}

const EVENTS: Record<
  string,
  {
    data: string;
    name?: string;
    status?: number;
    code: string;
    message: string;
  }
> = {
  "of OpenAI": {
    data: '{"error":{"message":"No","type":"requests","code":null}}',
    code: "requests",
    message: "No",
  },
  "of DashScope": {
    data: '{"code":"Throttling","message":"No","request_id":"a"}',
    code: "Throttling",
    message: "No",
  },
  "with the status of DashScope": {
    data: '{"status_code":429,"code":"Throttling","message":"No"}',
    status: 429,
    code: "Throttling",
    message: "No",
  },
  "that is a choice": {
    data:
      '{"choices":[{"delta":{"content":" Throttling: TPM(2/1) "},"finish_reason":"error_finish"}]}',
    code: "",
    message: "Throttling: TPM(2/1)",
  },
  "beside choices": {
    data: '{"choices":[],"error":{"code":429,"message":"No"}}',
    status: 429,
    code: "429",
    message: "No",
  },
  "whose code is a status in digits": {
    data: '{"error":{"code":"503","message":"No"}}',
    status: 503,
    code: "503",
    message: "No",
  },
  "whose code is not a status": {
    data: '{"error":{"code":1302,"status":"BUSY","message":"No"}}',
    code: "1302",
    message: "No",
  },
  "that is a text": {
    data: '{"error":"It broke"}',
    code: "",
    message: "It broke",
  },
  "that is named an error": {
    data: "slow down",
    name: "error",
    code: "",
    message: "slow down",
  },
  "that is named an error, with a message": {
    data: '{"message":"No"}',
    name: "error",
    code: "",
    message: "No",
  },
};

for (const [what, { data, name, ...error }] of Object.entries(EVENTS)) {
  Deno.test(`parseErrorEvent() reads an error ${what}`, () => {
    const { status, code, message } = error;
    const { retryAfter: _, details: _d, ...read } =
      parseErrorEvent(data, name) ?? {};
    assertEquals(read, { source: "http", status, code, message });
  });
}

const NO_ERRORS = [
  "[DONE]",
  "",
  "null",
  '"error"',
  '{"error":null}',
  '{"error":{},"choices":[]}',
  '{"error":""}',
  '{"code":0,"message":"ok"}',
  '{"code":"200","message":"ok"}',
  '{"code":"","message":""}',
  '{"code":"a"}',
  '{"status":"success","message":"done"}',
  '{"choices":[{"delta":{"content":"a"}}],"base_resp":{"status_code":0}}',
  '{"choices":[{"delta":{"content":"x"}}],"code":"a","message":"b"}',
  '{"choices":[{"delta":{"content":"\\"error\\":{}"},"finish_reason":"stop"}]}',
  '{"error":{"message":"cut',
];

for (const data of NO_ERRORS) {
  Deno.test(`parseErrorEvent() returns undefined for ${data}`, () => {
    assertEquals(parseErrorEvent(data), undefined);
  });
}
