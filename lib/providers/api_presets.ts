/** A service with an API that the Qwen CLI can use with a key. */
export interface ApiPreset {
  /** The word to choose it by. */
  name: string;
  /** What it is, for people. */
  summary: string;
  /** Where its API is; a key of one region is refused in another. */
  baseUrl: string;
  /** The model to ask for unless one is named. */
  model: string;
  /** The environment variable in which its users keep their key. */
  variable: string;
}

/**
 * The services with a name, each as the Qwen CLI sets it up itself (0.24.4,
 * `/auth`). A coding plan has addresses and keys (`sk-sp-...`) of its own:
 * https://www.alibabacloud.com/help/en/model-studio/coding-plan, and the same
 * at help.aliyun.com/zh/model-studio/coding-plan for China.
 */
export const API_PRESETS: readonly ApiPreset[] = [
  {
    name: "dashscope",
    summary: "Alibaba Cloud Model Studio, China (Beijing)",
    baseUrl: "https://dashscope.aliyuncs.com/compatible-mode/v1",
    model: "qwen3-coder-plus",
    variable: "DASHSCOPE_API_KEY",
  },
  {
    name: "dashscope-intl",
    summary: "Alibaba Cloud Model Studio, Singapore",
    baseUrl: "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
    model: "qwen3-coder-plus",
    variable: "DASHSCOPE_API_KEY",
  },
  {
    name: "coding-plan",
    summary: "Alibaba Cloud Coding Plan, China (Beijing)",
    baseUrl: "https://coding.dashscope.aliyuncs.com/v1",
    model: "qwen3-coder-plus",
    variable: "BAILIAN_CODING_PLAN_API_KEY",
  },
  {
    name: "coding-plan-intl",
    summary: "Alibaba Cloud Coding Plan, Singapore",
    baseUrl: "https://coding-intl.dashscope.aliyuncs.com/v1",
    model: "qwen3-coder-plus",
    variable: "BAILIAN_CODING_PLAN_API_KEY",
  },
  {
    name: "modelscope",
    summary: "ModelScope API-Inference",
    baseUrl: "https://api-inference.modelscope.cn/v1",
    model: "Qwen/Qwen3.5-397B-A17B",
    variable: "MODELSCOPE_API_KEY",
  },
  {
    name: "openrouter",
    summary: "OpenRouter",
    baseUrl: "https://openrouter.ai/api/v1",
    model: "qwen/qwen3-coder",
    variable: "OPENROUTER_API_KEY",
  },
];

/** The preset with this base URL, however it is written. */
export function findPreset(baseUrl: string): ApiPreset | undefined {
  return API_PRESETS.find((it) => isSameAddress(it.baseUrl, baseUrl));
}

/** Whether two base URLs are the same, however they are written. */
export function isSameAddress(a: string, b: string): boolean {
  return normalized(a) === normalized(b);
}

function normalized(url: string): string {
  return (URL.parse(url)?.href ?? url).replace(/\/+$/, "");
}
