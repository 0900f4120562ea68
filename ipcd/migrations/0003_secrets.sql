-- Values of secrets, sealed. What is neither set now nor of a deployment that is to be in service is deleted.
CREATE TABLE sealed (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    function TEXT NOT NULL,
    name     TEXT NOT NULL,
    key      TEXT NOT NULL,   -- the id of the key that it is sealed with
    value    BLOB NOT NULL,   -- nonce and ciphertext; function and name are authenticated with it
    set_at   TEXT NOT NULL    -- RFC 3339
) STRICT;

-- Those that are set on the server now, whether the function is in service or not.
CREATE TABLE secrets (
    function TEXT NOT NULL,
    name     TEXT NOT NULL,
    sealed   INTEGER NOT NULL REFERENCES sealed (id),
    PRIMARY KEY (function, name)
) STRICT;

-- Those of each deployment, which never change: JSON, name to sealed value.
ALTER TABLE deployments ADD COLUMN secrets TEXT NOT NULL DEFAULT '{}';
