-- The program's own table, beside roster's. Ids are BLOBs of 16 bytes, as roster keeps them.

-- +goose Up

CREATE TABLE projects (
    id         INTEGER NOT NULL PRIMARY KEY,
    account_id BLOB    NOT NULL REFERENCES roster_accounts (id) ON DELETE CASCADE,
    owner_id   BLOB    REFERENCES roster_members (id) ON DELETE SET NULL, -- NULL while nobody is left
    name       TEXT    NOT NULL
) STRICT;

CREATE INDEX projects_account ON projects (account_id, owner_id);
CREATE INDEX projects_owner ON projects (owner_id);
