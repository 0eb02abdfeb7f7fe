#!/bin/sh
# Runs once, while the database volume is empty. The server's role owns its database and is no superuser: those pass
# row-level security by, and with it the second lock between tenants.
set -eu
: "${DATABASE_PASSWORD:?}"
exec psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username="${POSTGRES_USER:-postgres}" --dbname=postgres <<'SQL'
\getenv password DATABASE_PASSWORD
CREATE ROLE leadline LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE leadline OWNER leadline;
SQL
