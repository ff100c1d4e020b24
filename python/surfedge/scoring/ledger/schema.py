"""The tables of ``ledger.sqlite``. Read them with any SQLite tool, also while a run is under way.

A path is text; one whose bytes are no text in the file system's encoding is a blob of those bytes.
"""

from __future__ import annotations

from surfedge.scoring.database import DatabaseFormat

SCHEMA = """
CREATE TABLE settings (  -- everything that decides an outcome, by its SHA-256
    id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE);
CREATE TABLE runs (  -- record: JSON of bundle, method, instruction set, precision, threads, versions, ...
    id INTEGER PRIMARY KEY, settings INTEGER NOT NULL REFERENCES settings, record TEXT NOT NULL,
    started TEXT NOT NULL, finished TEXT);
CREATE TABLE outcomes (  -- content: SHA-256 of the file; label, probability: class shown, of a method that classifies
    content BLOB NOT NULL, settings INTEGER NOT NULL REFERENCES settings,
    run INTEGER NOT NULL REFERENCES runs, width INTEGER, height INTEGER, score REAL, threshold REAL,
    defective INTEGER, regions INTEGER, defect_area_px INTEGER, milliseconds REAL, notes TEXT,
    label TEXT NOT NULL DEFAULT '', probability REAL,
    PRIMARY KEY (content, settings)) WITHOUT ROWID;
CREATE TABLE regions (
    content BLOB NOT NULL, settings INTEGER NOT NULL, number INTEGER NOT NULL,
    x INTEGER, y INTEGER, width INTEGER, height INTEGER, area_px INTEGER, score REAL, mean_score REAL,
    label TEXT,
    PRIMARY KEY (content, settings, number)) WITHOUT ROWID;
CREATE TABLE inputs (  -- of the latest run, as far as it went; reason: why there is no outcome; implausible: refused
    position INTEGER PRIMARY KEY, path NOT NULL, name NOT NULL, content BLOB NOT NULL, reason TEXT NOT NULL,
    implausible INTEGER NOT NULL DEFAULT 0);
CREATE TABLE pictures (  -- of the images that the report shows
    content BLOB NOT NULL, settings INTEGER NOT NULL, overlay BLOB, map BLOB, original BLOB, thumb BLOB,
    PRIMARY KEY (content, settings));
CREATE TABLE saved (  -- files that --save asked for, and which outcome they show
    file PRIMARY KEY, content BLOB NOT NULL, settings INTEGER NOT NULL, size INTEGER, mtime_ns INTEGER);
"""

LEDGER = DatabaseFormat(
    name="ledger",
    application_id=0x73726667,  # "srfg"
    version=3,
    schema=SCHEMA,
    older={
        1: "ALTER TABLE inputs ADD COLUMN implausible INTEGER NOT NULL DEFAULT 0;",
        2: "ALTER TABLE outcomes ADD COLUMN label TEXT NOT NULL DEFAULT '';"
        "ALTER TABLE outcomes ADD COLUMN probability REAL;",
    },
)
