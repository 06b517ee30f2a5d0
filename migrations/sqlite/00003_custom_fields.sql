-- Custom fields: what they are, and their values in the rows of accounts, members and memberships.

-- +goose Up

-- A row's values are one JSON object by the fields' slugs. NULL is a row that has kept none: so adding the column writes no
-- row, and neither does defining a field. Where a number of type float or a date is among them, the object has besides
-- them "$keys", an object of whole numbers by which those are compared and indexed, because the spelling that is kept does
-- not compare. Who writes values with SQL writes those too, or filters will not find them.
ALTER TABLE roster_accounts ADD COLUMN fields TEXT;
ALTER TABLE roster_members ADD COLUMN fields TEXT;
ALTER TABLE roster_memberships ADD COLUMN fields TEXT;

-- The set of a resource's fields. There are as many as there are resources with fields, so no list needs an index.
CREATE TABLE roster_flows (
    id          BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    resource    TEXT    NOT NULL UNIQUE, -- account, account_member or account_membership
    name        TEXT    NOT NULL,
    description TEXT    NOT NULL DEFAULT '',
    disabled    INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;

-- The definitions. A field that is indexed has an index roster_field_<id> on its resource's table. Deleting a flow that
-- has fields is refused, not followed: their values would stay behind.
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

-- Which definitions these are: programs keep them in memory and look here, with each read, whether they still hold. The
-- number is drawn, not counted: after a change that was rolled back, a count would come again and mean something else.
-- 0 is that nobody has ever defined anything, and is never drawn.
CREATE TABLE roster_field_version (
    id      INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL
) STRICT;

INSERT INTO roster_field_version (id, version) VALUES (1, 0);

-- Whoever changes a definition, also with SQL.
-- +goose StatementBegin
CREATE TRIGGER roster_flows_inserted AFTER INSERT ON roster_flows
BEGIN
    UPDATE roster_field_version SET version = random() | 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER roster_flows_updated AFTER UPDATE ON roster_flows
BEGIN
    UPDATE roster_field_version SET version = random() | 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER roster_flows_deleted AFTER DELETE ON roster_flows
BEGIN
    UPDATE roster_field_version SET version = random() | 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER roster_fields_inserted AFTER INSERT ON roster_fields
BEGIN
    UPDATE roster_field_version SET version = random() | 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER roster_fields_updated AFTER UPDATE ON roster_fields
BEGIN
    UPDATE roster_field_version SET version = random() | 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER roster_fields_deleted AFTER DELETE ON roster_fields
BEGIN
    UPDATE roster_field_version SET version = random() | 1;
END;
-- +goose StatementEnd

-- The view for people, with the memberships' values.
DROP VIEW roster_memberships_view;
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
