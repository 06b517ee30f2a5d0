CREATE TABLE roster_schema_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);

CREATE TABLE roster_accounts (
    id               BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name             TEXT    NOT NULL,
    legal_name       TEXT    NOT NULL DEFAULT '',
    registration_id  TEXT    NOT NULL DEFAULT '',
    external_ref     TEXT    NOT NULL DEFAULT '',
    membership_count INTEGER NOT NULL DEFAULT 0, -- kept by the triggers below
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL
, parent_id BLOB REFERENCES roster_accounts (id) ON DELETE SET NULL CHECK (length(parent_id) = 16 AND parent_id <> id), fields TEXT) STRICT;

CREATE UNIQUE INDEX roster_accounts_registration_id ON roster_accounts (registration_id) WHERE registration_id <> '';

CREATE INDEX roster_accounts_created_at ON roster_accounts (created_at, id);

CREATE INDEX roster_accounts_name ON roster_accounts (name, id);

CREATE INDEX roster_accounts_external_ref ON roster_accounts (external_ref) WHERE external_ref <> '';

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
, fields TEXT) STRICT;

CREATE INDEX roster_members_created_at ON roster_members (created_at, id);

CREATE INDEX roster_members_name ON roster_members (name, id);

CREATE INDEX roster_members_email ON roster_members (email, id);

CREATE TABLE roster_memberships (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account_id BLOB    NOT NULL REFERENCES roster_accounts (id) ON DELETE CASCADE,
    member_id  BLOB    NOT NULL REFERENCES roster_members (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL, fields TEXT,
    UNIQUE (account_id, member_id) -- a member joins an account once; also answers "is a member"
) STRICT;

CREATE INDEX roster_memberships_account ON roster_memberships (account_id, created_at, id);

CREATE INDEX roster_memberships_member ON roster_memberships (member_id, created_at, id);

CREATE TRIGGER roster_memberships_inserted AFTER INSERT ON roster_memberships
BEGIN
    UPDATE roster_accounts SET membership_count = membership_count + 1 WHERE id = NEW.account_id;
    UPDATE roster_members SET membership_count = membership_count + 1 WHERE id = NEW.member_id;
END;

CREATE TRIGGER roster_memberships_deleted AFTER DELETE ON roster_memberships
BEGIN
    UPDATE roster_accounts SET membership_count = membership_count - 1 WHERE id = OLD.account_id;
    UPDATE roster_members SET membership_count = membership_count - 1 WHERE id = OLD.member_id;
END;

CREATE TABLE roster_settings (
    id               INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    membership_limit INTEGER NOT NULL
, auto_create_accounts INTEGER NOT NULL DEFAULT 0, self_signup INTEGER NOT NULL DEFAULT 0, self_management TEXT NOT NULL DEFAULT 'disabled', token_timeout INTEGER NOT NULL DEFAULT 86400000) STRICT;

CREATE TABLE roster_credentials (
    client_id   TEXT    NOT NULL PRIMARY KEY,
    secret_hash BLOB    NOT NULL CHECK (length(secret_hash) = 32),
    scopes      INTEGER NOT NULL, -- 1 read, 2 write, 3 both
    created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE roster_tokens (
    hash       BLOB    NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    client_id  TEXT    NOT NULL,
    scopes     INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX roster_tokens_expires_at ON roster_tokens (expires_at);

CREATE INDEX roster_accounts_parent ON roster_accounts (parent_id, created_at, id) WHERE parent_id IS NOT NULL;

CREATE TABLE roster_tags (
    id          BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name        TEXT    NOT NULL UNIQUE,
    description TEXT    NOT NULL DEFAULT '',
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX roster_tags_created_at ON roster_tags (created_at, id);

CREATE TABLE roster_account_tags (
    account_id BLOB NOT NULL REFERENCES roster_accounts (id) ON DELETE CASCADE,
    tag_id     BLOB NOT NULL REFERENCES roster_tags (id) ON DELETE CASCADE,
    PRIMARY KEY (account_id, tag_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX roster_account_tags_tag ON roster_account_tags (tag_id);

CREATE TABLE roster_password_profiles (
    id                BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name              TEXT    NOT NULL,
    username_format   TEXT    NOT NULL, -- any or email
    one_time_password INTEGER NOT NULL, -- 1 when such tokens are enabled
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL
) STRICT;

CREATE TABLE roster_logins (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    member_id     BLOB    NOT NULL REFERENCES roster_members (id) ON DELETE CASCADE,
    profile_id    BLOB    NOT NULL REFERENCES roster_password_profiles (id) ON DELETE CASCADE,
    username      TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    UNIQUE (profile_id, username) -- also answers "whose username is it", and what a deleted profile takes along
) STRICT;

CREATE INDEX roster_logins_member ON roster_logins (member_id);

CREATE TABLE roster_flows (
    id          BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    resource    TEXT    NOT NULL UNIQUE, -- account, account_member or account_membership
    name        TEXT    NOT NULL,
    description TEXT    NOT NULL DEFAULT '',
    disabled    INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE roster_fields (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    resource      TEXT    NOT NULL REFERENCES roster_flows (resource),
    slug          TEXT    NOT NULL CHECK (slug <> '' AND slug NOT GLOB '*[^-_0-9A-Za-z]*'), -- it is spelled in paths
    name          TEXT    NOT NULL,
    type          TEXT    NOT NULL, -- string, integer, boolean, float or date
    description   TEXT    NOT NULL DEFAULT '',
    required      INTEGER NOT NULL,
    default_value TEXT,             -- JSON, as in a row; NULL is none
    initial_value TEXT,             -- the same; what rows answer that were given no value
    disabled      INTEGER NOT NULL,
    position      INTEGER NOT NULL,
    omit_null     INTEGER NOT NULL,
    indexed       INTEGER NOT NULL,
    rules         TEXT    NOT NULL, -- a JSON object: enum, format, min, max, each where it is set
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    UNIQUE (resource, slug)
) STRICT;

CREATE TABLE roster_field_version (
    id      INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL
) STRICT;

CREATE TRIGGER roster_flows_inserted AFTER INSERT ON roster_flows
BEGIN
    UPDATE roster_field_version SET version = random() | 1;
END;

CREATE TRIGGER roster_flows_updated AFTER UPDATE ON roster_flows
BEGIN
    UPDATE roster_field_version SET version = random() | 1;
END;

CREATE TRIGGER roster_flows_deleted AFTER DELETE ON roster_flows
BEGIN
    UPDATE roster_field_version SET version = random() | 1;
END;

CREATE TRIGGER roster_fields_inserted AFTER INSERT ON roster_fields
BEGIN
    UPDATE roster_field_version SET version = random() | 1;
END;

CREATE TRIGGER roster_fields_updated AFTER UPDATE ON roster_fields
BEGIN
    UPDATE roster_field_version SET version = random() | 1;
END;

CREATE TRIGGER roster_fields_deleted AFTER DELETE ON roster_fields
BEGIN
    UPDATE roster_field_version SET version = random() | 1;
END;

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
       ms.fields AS fields,
       strftime('%Y-%m-%dT%H:%M:%fZ', ms.created_at / 1000.0, 'unixepoch') AS created_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', ms.updated_at / 1000.0, 'unixepoch') AS updated_at,
       ms.id AS membership_key, -- the ids as they are kept: what joins with these uses the tables' indexes
       ms.account_id AS account_key,
       ms.member_id AS account_member_key
FROM roster_memberships ms
JOIN roster_accounts a ON a.id = ms.account_id
JOIN roster_members m ON m.id = ms.member_id;

CREATE TABLE roster_changes (
    sequence      INTEGER NOT NULL PRIMARY KEY,
    type          TEXT    NOT NULL, -- account-membership.created, ...
    time          INTEGER NOT NULL,
    actor         TEXT    NOT NULL DEFAULT '',
    cause         TEXT    NOT NULL, -- request, cascade or consumer
    request_id    TEXT    NOT NULL DEFAULT '',
    account_id    BLOB CHECK (length(account_id) = 16),
    member_id     BLOB CHECK (length(member_id) = 16),
    membership_id BLOB CHECK (length(membership_id) = 16),
    before        TEXT, -- the row as JSON; NULL when there was none. Ids that stand in a column are left out of it.
    after         TEXT
) STRICT;

CREATE INDEX roster_changes_account ON roster_changes (account_id) WHERE account_id IS NOT NULL;

CREATE INDEX roster_changes_member ON roster_changes (member_id) WHERE member_id IS NOT NULL;

CREATE INDEX roster_changes_membership ON roster_changes (membership_id) WHERE membership_id IS NOT NULL;

CREATE TABLE roster_consumers (
    name     TEXT    NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL -- the sequence number of the last change that was dealt with
) STRICT;

CREATE TABLE roster_pruned_changes (
    id      INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    through INTEGER NOT NULL
) STRICT;

