import { Ajv2020 } from "ajv";
import addFormats from "ajv-formats";
import { formatSchema } from "../../lib/cli/schemas.ts";

type Schema = Readonly<Record<string, unknown>>;

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
addFormats.default(ajv);

/**
 * Returns what `value` has that the schema of `command` (draft 2020-12) does
 * not allow, one line each; a field that it does not name is also a problem.
 *
 * @throws {Error} If the schema itself is wrong, or has an unknown keyword.
 */
export function problemsOf(value: unknown, command: string): string[] {
  const { $id: _, ...anonymous } = JSON.parse(formatSchema(command));
  const validate = ajv.compile(closed(anonymous));
  if (validate(value)) return [];
  return validate.errors?.map((it) => `${it.instancePath} ${it.message}`) ?? [];
}

/** The same schema, but objects may only have the fields that it names. */
function closed(schema: Schema): Record<string, unknown> {
  const entries = Object.entries(schema).map(([key, value]) => {
    // Its parts describe an object that is also described beside them.
    return [key, key === "allOf" ? value : closedIn(value)];
  });
  const isOpen = "properties" in schema && schema.type === "object";
  return {
    ...Object.fromEntries(entries),
    ...(isOpen ? { additionalProperties: false } : {}),
  };
}

function closedIn(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closedIn);
  return value !== null && typeof value === "object"
    ? closed({ ...value })
    : value;
}
