-- Accounts below accounts, tags, the settings of signing in, password profiles and logins.

-- +goose Up

-- NULL is a root: unlike a text that is unset, an id that is unset cannot be empty. A parent is named once, when the
-- account is made, and no account is its own parent; so the store never makes a circle. Whoever deletes an account, also
-- with SQL, makes roots of its children.
ALTER TABLE roster_accounts ADD COLUMN
    parent_id BLOB REFERENCES roster_accounts (id) ON DELETE SET NULL CHECK (length(parent_id) = 16 AND parent_id <> id);

-- The list of an account's children, newest first, and who becomes a root. Roots take no space in it.
CREATE INDEX roster_accounts_parent ON roster_accounts (parent_id, created_at, id) WHERE parent_id IS NOT NULL;

CREATE TABLE roster_tags (
    id          BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name        TEXT    NOT NULL UNIQUE,
    description TEXT    NOT NULL DEFAULT '',
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;

-- The list of tags in its default order, newest first.
CREATE INDEX roster_tags_created_at ON roster_tags (created_at, id);

-- A table without rowids: a row is nothing but its key, so the key's index is all of it.
CREATE TABLE roster_account_tags (
    account_id BLOB NOT NULL REFERENCES roster_accounts (id) ON DELETE CASCADE,
    tag_id     BLOB NOT NULL REFERENCES roster_tags (id) ON DELETE CASCADE,
    PRIMARY KEY (account_id, tag_id)
) STRICT, WITHOUT ROWID;

-- The accounts that have a tag. The account's id is in it as the rest of the key.
CREATE INDEX roster_account_tags_tag ON roster_account_tags (tag_id);

-- Where somebody has changed the membership limit, the row is there already: it gets the defaults.
ALTER TABLE roster_settings ADD COLUMN auto_create_accounts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE roster_settings ADD COLUMN self_signup INTEGER NOT NULL DEFAULT 0;
ALTER TABLE roster_settings ADD COLUMN self_management TEXT NOT NULL DEFAULT 'disabled';
ALTER TABLE roster_settings ADD COLUMN token_timeout INTEGER NOT NULL DEFAULT 86400000; -- milliseconds: a day

-- A handful, so there is no index for lists.
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

-- A member's logins, which are few, and what a deleted member takes along.
CREATE INDEX roster_logins_member ON roster_logins (member_id);
