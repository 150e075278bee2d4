#!/bin/sh
# Stands in for `codex exec`: prints the key that it uses, and the prompt, its
# last argument. A key that contains `spent` is out of quota. It wants the login
# in a file, and the base URL of the key as an option.
options=" $* "
for prompt; do :; done
case $options in
  *' cli_auth_credentials_store="file" '*' openai_base_url="https://'*) ;;
  *) echo "ERROR: missing options in:$options" >&2; exit 1 ;;
esac
case $CODEX_API_KEY in
  *spent*)
    echo "ERROR: Quota exceeded. Check your plan and billing details." >&2
    exit 1
    ;;
esac
printf '%s: %s\n' "$CODEX_API_KEY" "$prompt"
