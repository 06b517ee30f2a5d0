-- Where the change log begins, which its first number no longer says: a log that was copied may leave numbers out.

-- +goose Up

-- Up to which number changes have been removed.
CREATE TABLE roster_pruned_changes (
    id      INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    through INTEGER NOT NULL
) STRICT;

INSERT INTO roster_pruned_changes (id, through) SELECT 1, coalesce(min(sequence) - 1, 0) FROM roster_changes;
