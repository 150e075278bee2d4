#!/bin/sh
# Stands in for `qwen`: prints the key or the token that it uses, and the prompt.
# One that contains `spent` is out of quota.
for it; do
  case $it in --prompt=*) prompt=${it#--prompt=} ;; esac
done
who=${OPENAI_API_KEY-$(sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p' \
  "$QWEN_HOME/oauth_creds.json")}
case $who in
  *spent*)
    echo "[API Error: 429 Free allocated quota exceeded.]" >&2
    exit 1
    ;;
esac
printf '%s: %s\n' "$who" "$prompt"
