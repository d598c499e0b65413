#!/bin/sh
# In a container: make the accounts that are listed, then start the hub.
# A line of the list: NAME:NUMBER:students|graders:PASSWORD, with the password as `openssl passwd -6` writes it.
set -eu
while IFS=: read -r name number group password || [ -n "$name" ]; do
  case "$name" in "" | "#"*) continue ;; esac
  id "$name" >/dev/null 2>&1 ||
    useradd --create-home --shell /bin/bash --uid "$number" --groups "cnn-$group" --password "$password" "$name"
done < "${ACCOUNTS:-/srv/cnn-accounts/accounts.txt}"
exec /srv/cnn/students/.venv/bin/jupyterhub --config /srv/cnn/hub/jupyterhub_config.py
