#!/bin/sh
# The agent `tiny`: prints the key or the token that it uses, and the prompt. One
# that contains `spent` is out of quota, one that contains `bad` is refused.
#
#   TINY_KEY       a key
#   TINY_HOME      the folder with the login, which is in the file `login`
#   --ask=PROMPT   the prompt
for it; do
  case $it in --ask=*) prompt=${it#--ask=} ;; esac
done
who=${TINY_KEY-$(sed -n 's/^access //p' "$TINY_HOME/login")}
case $who in
  *spent*) echo "tiny: 429 daily quota exceeded" >&2; exit 3 ;;
  *bad*) echo "tiny: 401 invalid key" >&2; exit 3 ;;
esac
printf '%s: %s\n' "$who" "$prompt"
