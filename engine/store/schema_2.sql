-- What version 2 of the schema adds to version 1 (schema.sql). A new library runs both, so that it
-- is to the letter what an upgraded one is.

-- Where a person keeps a conversation. None of this goes into a recording of it.
ALTER TABLE conversation ADD COLUMN folder TEXT NOT NULL DEFAULT '';  -- 'Research/Runs'; '': in none
ALTER TABLE conversation ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN draft TEXT NOT NULL DEFAULT '';   -- typed and not sent
-- JSON, the conversation's own reply settings; '': the usual ones. This does.
ALTER TABLE conversation ADD COLUMN settings TEXT NOT NULL DEFAULT '';

-- JSON, how a reply was computed: tokens, times; '': not known, or no reply.
ALTER TABLE message ADD COLUMN run TEXT NOT NULL DEFAULT '';

-- Folders are named by conversations; here is every one that a person made, so that an empty one
-- stays.
CREATE TABLE folder (
    path TEXT PRIMARY KEY
) WITHOUT ROWID;

CREATE TABLE tag (
    conversation INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    PRIMARY KEY (conversation, name)
) WITHOUT ROWID;
CREATE INDEX tag_by_name ON tag (name);

-- meta also has 'new_draft' from here on: what was typed for a conversation that is not there yet.
