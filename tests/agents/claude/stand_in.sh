#!/bin/sh
# Stands in for `claude`: prints the key that it uses, and the prompt. One that
# contains `spent` is out of quota.
for it; do prompt=$it; done
case $ANTHROPIC_API_KEY in
  *spent*)
    echo "You've hit your weekly limit"
    exit 1
    ;;
esac
printf '%s: %s\n' "$ANTHROPIC_API_KEY" "$prompt"
