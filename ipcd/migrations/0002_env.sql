-- Variables that are set on the server now, whether the function is in service or not.
CREATE TABLE variables (
    function TEXT NOT NULL,
    name     TEXT NOT NULL,
    value    TEXT NOT NULL,
    PRIMARY KEY (function, name)
) STRICT;

-- Those of each deployment, which never change: JSON, name to value.
ALTER TABLE deployments ADD COLUMN env TEXT NOT NULL DEFAULT '{}';
