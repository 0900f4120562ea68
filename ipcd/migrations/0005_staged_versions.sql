-- Whether its version was stored for this deployment alone, and goes with it if that is not to be.
ALTER TABLE staged ADD COLUMN makes_version INTEGER NOT NULL DEFAULT 0;
