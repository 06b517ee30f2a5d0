-- The tables of roster on SQLite.
--
-- Ids are BLOBs of 16 bytes: a membership takes about 300 bytes with its indexes, with ids as text it would take 550.
-- Times are whole milliseconds since 1970, UTC. An optional text that is unset is the empty text, never NULL, so that
-- it sorts first and compares the same here and in memory. For people there is roster_memberships_view at the end.

-- +goose Up

CREATE TABLE roster_accounts (
    id               BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name             TEXT    NOT NULL,
    legal_name       TEXT    NOT NULL DEFAULT '',
    registration_id  TEXT    NOT NULL DEFAULT '',
    external_ref     TEXT    NOT NULL DEFAULT '',
    membership_count INTEGER NOT NULL DEFAULT 0, -- kept by the triggers below
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL
) STRICT;

-- A rule, not only an index: a registration id is taken once, unless it is unset.
CREATE UNIQUE INDEX roster_accounts_registration_id ON roster_accounts (registration_id) WHERE registration_id <> '';
-- The list of accounts in its default order, newest first.
CREATE INDEX roster_accounts_created_at ON roster_accounts (created_at, id);
-- The list by name, and accounts whose name equals or begins with a text.
CREATE INDEX roster_accounts_name ON roster_accounts (name, id);
-- "Which account is number 4711 in our other system?" Most accounts have none, so they take no space in it.
CREATE INDEX roster_accounts_external_ref ON roster_accounts (external_ref) WHERE external_ref <> '';
-- There is none by updated_at: every change would have to move an entry for a list that is seldom asked for.

CREATE TABLE roster_members (
    id               BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name             TEXT    NOT NULL,
    email            TEXT    NOT NULL DEFAULT '',
    given_name       TEXT    NOT NULL DEFAULT '',
    middle_name      TEXT    NOT NULL DEFAULT '',
    family_name      TEXT    NOT NULL DEFAULT '',
    membership_count INTEGER NOT NULL DEFAULT 0, -- kept by the triggers below
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL
) STRICT;

-- The list of members in its default order, newest first.
CREATE INDEX roster_members_created_at ON roster_members (created_at, id);
-- The list by name, and members whose name equals or begins with a text.
CREATE INDEX roster_members_name ON roster_members (name, id);
-- "Who has this address?", and the list by address.
CREATE INDEX roster_members_email ON roster_members (email, id);

-- A table with rowids: WITHOUT ROWID would put the whole row where a page deep in the list has to be skipped.
CREATE TABLE roster_memberships (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account_id BLOB    NOT NULL REFERENCES roster_accounts (id) ON DELETE CASCADE,
    member_id  BLOB    NOT NULL REFERENCES roster_members (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (account_id, member_id) -- a member joins an account once; also answers "is a member"
) STRICT;

-- The list of an account's memberships, newest first; the offset is skipped within the index.
CREATE INDEX roster_memberships_account ON roster_memberships (account_id, created_at, id);
-- The same for a member's, and what a deleted member takes along.
CREATE INDEX roster_memberships_member ON roster_memberships (member_id, created_at, id);

-- The counts make the two limits and the totals of lists cost the same however many there are. A deleted account or
-- member deletes its memberships, and these triggers see each of them go.
-- +goose StatementBegin
CREATE TRIGGER roster_memberships_inserted AFTER INSERT ON roster_memberships
BEGIN
    UPDATE roster_accounts SET membership_count = membership_count + 1 WHERE id = NEW.account_id;
    UPDATE roster_members SET membership_count = membership_count + 1 WHERE id = NEW.member_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER roster_memberships_deleted AFTER DELETE ON roster_memberships
BEGIN
    UPDATE roster_accounts SET membership_count = membership_count - 1 WHERE id = OLD.account_id;
    UPDATE roster_members SET membership_count = membership_count - 1 WHERE id = OLD.member_id;
END;
-- +goose StatementEnd

-- One row, or none as long as every setting has its default.
CREATE TABLE roster_settings (
    id               INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    membership_limit INTEGER NOT NULL
) STRICT;

CREATE TABLE roster_credentials (
    client_id   TEXT    NOT NULL PRIMARY KEY,
    secret_hash BLOB    NOT NULL CHECK (length(secret_hash) = 32),
    scopes      INTEGER NOT NULL, -- 1 read, 2 write, 3 both
    created_at  INTEGER NOT NULL
) STRICT;

-- client_id is no foreign key: a program may know clients of its own.
CREATE TABLE roster_tokens (
    hash       BLOB    NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    client_id  TEXT    NOT NULL,
    scopes     INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

-- Expired tokens are removed whenever one is issued. There is none by client_id: a credential is seldom deleted.
CREATE INDEX roster_tokens_expires_at ON roster_tokens (expires_at);

-- For people: the sqlite3 shell, reports, joins that are written by hand. Programs read the table.
CREATE VIEW roster_memberships_view AS
SELECT lower(substr(hex(ms.id), 1, 8) || '-' || substr(hex(ms.id), 9, 4) || '-' || substr(hex(ms.id), 13, 4)
             || '-' || substr(hex(ms.id), 17, 4) || '-' || substr(hex(ms.id), 21)) AS id,
       lower(substr(hex(a.id), 1, 8) || '-' || substr(hex(a.id), 9, 4) || '-' || substr(hex(a.id), 13, 4)
             || '-' || substr(hex(a.id), 17, 4) || '-' || substr(hex(a.id), 21)) AS account_id,
       a.name AS account_name,
       lower(substr(hex(m.id), 1, 8) || '-' || substr(hex(m.id), 9, 4) || '-' || substr(hex(m.id), 13, 4)
             || '-' || substr(hex(m.id), 17, 4) || '-' || substr(hex(m.id), 21)) AS account_member_id,
       m.name AS account_member_name,
       m.email AS account_member_email,
       strftime('%Y-%m-%dT%H:%M:%fZ', ms.created_at / 1000.0, 'unixepoch') AS created_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', ms.updated_at / 1000.0, 'unixepoch') AS updated_at
FROM roster_memberships ms
JOIN roster_accounts a ON a.id = ms.account_id
JOIN roster_members m ON m.id = ms.member_id;
