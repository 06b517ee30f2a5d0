-- The tables of roster on PostgreSQL.
--
-- Every text has the collation "C": it sorts by its bytes, as in the other stores, and no index depends on the locale of the
-- machine, whose next release may sort otherwise. An optional text that is unset is the empty text, never NULL. Times are
-- whole milliseconds. A text may be longer than an index entry can be, so indexes have its first 500 characters.

-- +goose Up

-- A text's digest, where a text must be unique however long it is.
-- +goose StatementBegin
CREATE FUNCTION roster_digest(t text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT sha256(convert_to(t, 'UTF8')) $$;
-- +goose StatementEnd

-- NULL as a parent is a root. A parent is named once, when the account is made, and no account is its own parent; so the
-- store never makes a circle. The room that fillfactor leaves is for the count, which changes most.
CREATE TABLE roster_accounts (
    id               uuid           NOT NULL PRIMARY KEY,
    name             text           COLLATE "C" NOT NULL,
    legal_name       text           COLLATE "C" NOT NULL DEFAULT '',
    registration_id  text           COLLATE "C" NOT NULL DEFAULT '',
    external_ref     text           COLLATE "C" NOT NULL DEFAULT '',
    parent_id        uuid           REFERENCES roster_accounts (id) ON DELETE SET NULL CHECK (parent_id <> id),
    membership_count integer        NOT NULL DEFAULT 0, -- kept by the triggers below
    created_at       timestamptz(3) NOT NULL,
    updated_at       timestamptz(3) NOT NULL,
    fields           json -- of custom fields, by their slugs; see roster_fields
) WITH (fillfactor = 85);

-- A rule, not only an index: a registration id is taken once, unless it is unset.
CREATE UNIQUE INDEX roster_accounts_registration_id ON roster_accounts (registration_id) WHERE registration_id <> '';
-- The list of accounts in its default order, newest first.
CREATE INDEX roster_accounts_created_at ON roster_accounts (created_at, id);
-- The list by name, and accounts whose name equals or begins with a text.
CREATE INDEX roster_accounts_name ON roster_accounts (left(name, 500), id);
-- "Which account is number 4711 in our other system?" Most accounts have none, so they take no space in it.
CREATE INDEX roster_accounts_external_ref ON roster_accounts (left(external_ref, 500)) WHERE external_ref <> '';
-- The list of an account's children, newest first, and who becomes a root.
CREATE INDEX roster_accounts_parent ON roster_accounts (parent_id, created_at, id) WHERE parent_id IS NOT NULL;

CREATE TABLE roster_members (
    id               uuid           NOT NULL PRIMARY KEY,
    name             text           COLLATE "C" NOT NULL,
    email            text           COLLATE "C" NOT NULL DEFAULT '',
    given_name       text           COLLATE "C" NOT NULL DEFAULT '',
    middle_name      text           COLLATE "C" NOT NULL DEFAULT '',
    family_name      text           COLLATE "C" NOT NULL DEFAULT '',
    membership_count integer        NOT NULL DEFAULT 0, -- kept by the triggers below
    created_at       timestamptz(3) NOT NULL,
    updated_at       timestamptz(3) NOT NULL,
    fields           json
) WITH (fillfactor = 85);

-- The list of members in its default order, newest first.
CREATE INDEX roster_members_created_at ON roster_members (created_at, id);
-- The list by name, and members whose name equals or begins with a text.
CREATE INDEX roster_members_name ON roster_members (left(name, 500), id);
-- "Who has this address?", and the list by address.
CREATE INDEX roster_members_email ON roster_members (left(email, 500), id);

CREATE TABLE roster_memberships (
    id         uuid           NOT NULL PRIMARY KEY,
    account_id uuid           NOT NULL REFERENCES roster_accounts (id) ON DELETE CASCADE,
    member_id  uuid           NOT NULL REFERENCES roster_members (id) ON DELETE CASCADE,
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    fields     json,
    UNIQUE (account_id, member_id) -- a member joins an account once; also answers "is a member"
);

-- The list of an account's memberships, newest first.
CREATE INDEX roster_memberships_account ON roster_memberships (account_id, created_at, id);
-- The same for a member's, and what a deleted member takes along.
CREATE INDEX roster_memberships_member ON roster_memberships (member_id, created_at, id);

-- The counts make the two limits and the totals of lists cost the same however many there are. A deleted account or member
-- deletes its memberships, and the trigger sees them go. It runs once a statement.
-- +goose StatementBegin
CREATE FUNCTION roster_count_memberships() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    sign integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
    PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA), true); -- until its end, also where the schema was renamed
    UPDATE roster_accounts a SET membership_count = membership_count + sign * c.n
    FROM (SELECT account_id, count(*)::integer AS n FROM changed GROUP BY account_id) c WHERE a.id = c.account_id;
    UPDATE roster_members m SET membership_count = membership_count + sign * c.n
    FROM (SELECT member_id, count(*)::integer AS n FROM changed GROUP BY member_id) c WHERE m.id = c.member_id;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER roster_memberships_inserted AFTER INSERT ON roster_memberships
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION roster_count_memberships();
CREATE TRIGGER roster_memberships_deleted AFTER DELETE ON roster_memberships
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION roster_count_memberships();

CREATE TABLE roster_tags (
    id          uuid           NOT NULL PRIMARY KEY,
    name        text           COLLATE "C" NOT NULL,
    description text           COLLATE "C" NOT NULL DEFAULT '',
    created_at  timestamptz(3) NOT NULL,
    updated_at  timestamptz(3) NOT NULL
);
CREATE UNIQUE INDEX roster_tags_name_key ON roster_tags (roster_digest(name));
-- The list of tags in its default order, newest first.
CREATE INDEX roster_tags_created_at ON roster_tags (created_at, id);

CREATE TABLE roster_account_tags (
    account_id uuid NOT NULL REFERENCES roster_accounts (id) ON DELETE CASCADE,
    tag_id     uuid NOT NULL REFERENCES roster_tags (id) ON DELETE CASCADE,
    PRIMARY KEY (account_id, tag_id)
);
-- The accounts that have a tag.
CREATE INDEX roster_account_tags_tag ON roster_account_tags (tag_id, account_id);

-- One row, or none as long as every setting has its default.
CREATE TABLE roster_settings (
    id                   integer NOT NULL PRIMARY KEY CHECK (id = 1),
    membership_limit     integer NOT NULL,
    auto_create_accounts boolean NOT NULL,
    self_signup          boolean NOT NULL,
    self_management      text    COLLATE "C" NOT NULL,
    token_timeout        bigint  NOT NULL -- milliseconds
);

-- A handful, so there is no index for lists.
CREATE TABLE roster_password_profiles (
    id                uuid           NOT NULL PRIMARY KEY,
    name              text           COLLATE "C" NOT NULL,
    username_format   text           COLLATE "C" NOT NULL, -- any or email
    one_time_password boolean        NOT NULL,
    created_at        timestamptz(3) NOT NULL,
    updated_at        timestamptz(3) NOT NULL
);

CREATE TABLE roster_logins (
    id            uuid           NOT NULL PRIMARY KEY,
    member_id     uuid           NOT NULL REFERENCES roster_members (id) ON DELETE CASCADE,
    profile_id    uuid           NOT NULL REFERENCES roster_password_profiles (id) ON DELETE CASCADE,
    username      text           COLLATE "C" NOT NULL,
    password_hash text           COLLATE "C" NOT NULL,
    created_at    timestamptz(3) NOT NULL,
    updated_at    timestamptz(3) NOT NULL
);
-- Whose username it is, and what a deleted profile takes along.
CREATE UNIQUE INDEX roster_logins_username_key ON roster_logins (profile_id, roster_digest(username));
-- A member's logins, which are few, and what a deleted member takes along.
CREATE INDEX roster_logins_member ON roster_logins (member_id);

CREATE TABLE roster_credentials (
    client_id   text           COLLATE "C" NOT NULL PRIMARY KEY,
    secret_hash bytea          NOT NULL CHECK (length(secret_hash) = 32),
    scopes      smallint       NOT NULL, -- 1 read, 2 write, 3 both
    created_at  timestamptz(3) NOT NULL
);

-- client_id is no foreign key: a program may know clients of its own.
CREATE TABLE roster_tokens (
    hash       bytea          NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    client_id  text           COLLATE "C" NOT NULL,
    scopes     smallint       NOT NULL,
    expires_at timestamptz(3) NOT NULL
);
-- Expired tokens are removed whenever one is issued.
CREATE INDEX roster_tokens_expires_at ON roster_tokens (expires_at);

-- Custom fields. The set of a resource's fields:
CREATE TABLE roster_flows (
    id          uuid           NOT NULL PRIMARY KEY,
    resource    text           COLLATE "C" NOT NULL UNIQUE, -- account, account_member or account_membership
    name        text           COLLATE "C" NOT NULL,
    description text           COLLATE "C" NOT NULL DEFAULT '',
    disabled    boolean        NOT NULL,
    created_at  timestamptz(3) NOT NULL,
    updated_at  timestamptz(3) NOT NULL
);

-- The definitions. A row's values are one JSON object by the fields' slugs, in the column fields of its table; NULL is a row
-- that has kept none. It is json, not jsonb, which would spell numbers anew. Where a number of type float or a date is among
-- them, the object has besides them "$keys", an object of whole numbers by which those are compared and indexed. A field that
-- is indexed has an index roster_field_<id> on its resource's table.
CREATE TABLE roster_fields (
    id            uuid           NOT NULL PRIMARY KEY,
    resource      text           COLLATE "C" NOT NULL REFERENCES roster_flows (resource),
    slug          text           COLLATE "C" NOT NULL CHECK (slug ~ '^[-_0-9A-Za-z]+$'), -- it is spelled in statements
    name          text           COLLATE "C" NOT NULL,
    type          text           COLLATE "C" NOT NULL, -- string, integer, boolean, float or date
    description   text           COLLATE "C" NOT NULL DEFAULT '',
    required      boolean        NOT NULL,
    default_value json,          -- as in a row; NULL is none
    initial_value json,          -- the same; what rows answer that were given no value
    disabled      boolean        NOT NULL,
    position      bigint         NOT NULL,
    omit_null     boolean        NOT NULL,
    indexed       boolean        NOT NULL,
    rules         json           NOT NULL, -- an object: enum, format, min, max, each where it is set
    created_at    timestamptz(3) NOT NULL,
    updated_at    timestamptz(3) NOT NULL,
    UNIQUE (resource, slug)
);

-- Which definitions these are: programs keep them in memory and look here, with each read, whether they still hold. The
-- number is drawn, not counted: after a change that was rolled back, a count would come again and mean something else.
-- 0 is that nobody has ever defined anything, and is never drawn.
CREATE TABLE roster_field_version (
    id      integer NOT NULL PRIMARY KEY CHECK (id = 1),
    version bigint  NOT NULL
);
INSERT INTO roster_field_version (id, version) VALUES (1, 0);

-- Whoever changes a definition, also with SQL.
-- +goose StatementBegin
CREATE FUNCTION roster_fields_changed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA), true);
    UPDATE roster_field_version SET version = hashtextextended(gen_random_uuid()::text, 0) | 1;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER roster_flows_changed AFTER INSERT OR UPDATE OR DELETE ON roster_flows
    FOR EACH STATEMENT EXECUTE FUNCTION roster_fields_changed();
CREATE TRIGGER roster_fields_changed AFTER INSERT OR UPDATE OR DELETE ON roster_fields
    FOR EACH STATEMENT EXECUTE FUNCTION roster_fields_changed();

-- The change log. A number that was drawn by a transaction that was undone is missing. Transactions may be committed in
-- another order than they have drawn their numbers in, so nobody reads it but up to where all have ended: see pgstore.
CREATE TABLE roster_changes (
    sequence      bigint         NOT NULL PRIMARY KEY,
    type          text           COLLATE "C" NOT NULL, -- account-membership.created, ...
    time          timestamptz(3) NOT NULL,
    actor         text           COLLATE "C" NOT NULL DEFAULT '',
    cause         text           COLLATE "C" NOT NULL, -- request, cascade, consumer or import
    request_id    text           COLLATE "C" NOT NULL DEFAULT '',
    account_id    uuid,
    member_id     uuid,
    membership_id uuid,
    before        json, -- the row; NULL when there was none. Ids that stand in a column are left out of it.
    after         json
);
CREATE SEQUENCE roster_changes_sequence AS bigint OWNED BY roster_changes.sequence;

-- What concerns an account, a member or a membership, in its order.
CREATE INDEX roster_changes_account ON roster_changes (account_id, sequence) WHERE account_id IS NOT NULL;
CREATE INDEX roster_changes_member ON roster_changes (member_id, sequence) WHERE member_id IS NOT NULL;
CREATE INDEX roster_changes_membership ON roster_changes (membership_id, sequence) WHERE membership_id IS NOT NULL;

-- Up to which number changes have been removed.
CREATE TABLE roster_pruned_changes (
    id      integer NOT NULL PRIMARY KEY CHECK (id = 1),
    through bigint  NOT NULL
);
INSERT INTO roster_pruned_changes (id, through) VALUES (1, 0);

CREATE TABLE roster_consumers (
    name     text   COLLATE "C" NOT NULL,
    position bigint NOT NULL -- the sequence number of the last change that was dealt with
);
CREATE UNIQUE INDEX roster_consumers_name_key ON roster_consumers (roster_digest(name));

-- For people: reports, joins that are written by hand. Programs read the table.
CREATE VIEW roster_memberships_view AS
SELECT ms.id, ms.account_id, a.name AS account_name, ms.member_id AS account_member_id, m.name AS account_member_name,
       m.email AS account_member_email, ms.fields, ms.created_at, ms.updated_at
FROM roster_memberships ms
JOIN roster_accounts a ON a.id = ms.account_id
JOIN roster_members m ON m.id = ms.member_id;
