-- Deployments that are not in service yet and may never be: what is left of them when ipcd starts is taken away.
CREATE TABLE staged (
    revision INTEGER PRIMARY KEY REFERENCES deployments (revision) ON DELETE CASCADE
) STRICT;

-- Those that an earlier release may have left. Of a function that was not in service they can't be told from its history.
INSERT INTO staged
    SELECT revision FROM deployments
    WHERE revision > (SELECT revision FROM functions WHERE name = deployments.function);
