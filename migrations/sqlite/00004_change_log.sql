-- The change log, and how far its consumers have come.

-- +goose Up

-- A new sequence number is one more than the greatest there is. The last change is never removed, so no number comes back,
-- and after a rollback none is missing.
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

-- What concerns an account, a member or a membership, in its order: the sequence number is in every index.
CREATE INDEX roster_changes_account ON roster_changes (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX roster_changes_member ON roster_changes (member_id) WHERE member_id IS NOT NULL;
CREATE INDEX roster_changes_membership ON roster_changes (membership_id) WHERE membership_id IS NOT NULL;
-- There is none by time: old changes stand at the beginning.

CREATE TABLE roster_consumers (
    name     TEXT    NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL -- the sequence number of the last change that was dealt with
) STRICT;
