#!/bin/sh
# Make the secrets that docker-compose.yml needs, each once; what exists stays.
#
#     sh deploy/secrets.sh [FOLDER]        default: deploy/secrets, beside this file
#
# Keep PARCOURS_PSEUDONYM_KEY somewhere safe as well: with another key the same e-mail
# address becomes another person, and dead letters cannot be decrypted.
set -eu
folder=${1:-$(dirname "$0")/secrets}
mkdir -p "$folder"
# The containers' users must be able to read the files; nobody else may enter the folder.
chmod 700 "$folder"
umask 022

random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
digest() { printf %s "$1" | openssl dgst -sha256 -r | cut -d ' ' -f 1; }
# once FILE VALUE: write the file unless it is there.
once() {
    if [ -s "$folder/$1" ]; then
        echo "kept  $folder/$1"
    else
        printf '%s' "$2" >"$folder/$1"
        echo "made  $folder/$1"
    fi
}

once PARCOURS_PSEUDONYM_KEY "$(random)"
once clickhouse_password "$(random)"
once clickhouse_ro_password "$(random)"
once api_token "parcours_$(random)"
once grafana_admin_password "$(random)"
password=$(cat "$folder/clickhouse_password")
once PARCOURS_CLICKHOUSE_URL "clickhouse://parcours:$password@clickhouse:8123/parcours"
asks=$(cat "$folder/clickhouse_ro_password")
once clickhouse_ro_url "clickhouse://parcours_ro:$asks@clickhouse:8123/parcours"
once clickhouse_passwords.xml "<clickhouse>
  <users>
    <parcours>
      <password_sha256_hex>$(digest "$password")</password_sha256_hex>
    </parcours>
    <parcours_ro>
      <password_sha256_hex>$(digest "$asks")</password_sha256_hex>
    </parcours_ro>
  </users>
</clickhouse>
"
# The first token of the API: its owner has api_token, the API only the hash.
once api_tokens.yaml "tokens:
- name: first
  sha256: $(digest "$(cat "$folder/api_token")")
  tenants: ['*']
  scopes: ['answers:read', 'persons:read', 'live:read', 'metrics:read']
"
