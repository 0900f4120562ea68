-- Versions never change: a version is the hash of its bundle and its manifest.
CREATE TABLE versions (
    function     TEXT NOT NULL,
    version      TEXT NOT NULL,
    manifest     TEXT NOT NULL,   -- JSON
    bundle       TEXT NOT NULL,   -- name in bundles/
    source_map   TEXT,            -- name in bundles/
    bundle_bytes INTEGER NOT NULL,
    created_at   TEXT NOT NULL,   -- RFC 3339
    PRIMARY KEY (function, version)
) STRICT;

-- Every time that something was put in service, in order. The number grows and is never used again.
CREATE TABLE deployments (
    revision    INTEGER PRIMARY KEY AUTOINCREMENT,
    function    TEXT NOT NULL,
    version     TEXT NOT NULL,
    message     TEXT,
    deployed_at TEXT NOT NULL,
    FOREIGN KEY (function, version) REFERENCES versions (function, version)
) STRICT;

-- What is in service now.
CREATE TABLE functions (
    name     TEXT PRIMARY KEY,
    revision INTEGER NOT NULL REFERENCES deployments (revision)
) STRICT;
