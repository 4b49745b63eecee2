-- The library and every recording (.gscope), as version 1 had them: what this file makes is compared
-- letter by letter with old files, so a change is a further file (schema_2.sql, ...) and a new
-- kSchemaVersion in schema.h.
-- Order is always that of ids, which only rise (AUTOINCREMENT); clocks are for showing.
-- Enumerations are words: a renumbered enum must never change what an old file says.

-- Facts about the file itself: 'application' (who made it), 'created_ms'.
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE conversation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    title TEXT NOT NULL,
    template_name TEXT NOT NULL,
    system_text TEXT NOT NULL,
    model TEXT NOT NULL,
    model_facts TEXT NOT NULL,      -- JSON: name, layers, experts, selected, synthetic, decoder
    message_count INTEGER NOT NULL,
    updated INTEGER NOT NULL,       -- rises with every message added anywhere: the list's order
    updated_ms INTEGER NOT NULL
);
CREATE INDEX conversation_by_update ON conversation (updated);

CREATE TABLE message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    parent INTEGER REFERENCES message (id) ON DELETE CASCADE,  -- null: the first message
    role TEXT NOT NULL,
    state TEXT NOT NULL,
    finish_reason TEXT,
    sampler TEXT NOT NULL,          -- JSON
    interventions TEXT NOT NULL,    -- JSON
    created_ms INTEGER NOT NULL
);
CREATE INDEX message_by_conversation ON message (conversation, id);
CREATE INDEX message_by_parent ON message (parent);
CREATE INDEX message_streaming ON message (id) WHERE state = 'streaming';

-- A message's text and tokens, appended as they stream and never rewritten. One row a commit: in
-- this one tree, without an index beside it, an append touches one leaf and the blobs' own pages.
CREATE TABLE chunk (
    message INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    text TEXT NOT NULL,
    tokens BLOB,                    -- engine/store/token_codec.h
    routing BLOB,                   -- of these tokens; null: none of them computed
    PRIMARY KEY (message, ordinal)
) WITHOUT ROWID;

-- Searching. Rows are the ids above; a message is indexed when it has stopped streaming.
CREATE VIRTUAL TABLE title_index USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE message_index USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2');
