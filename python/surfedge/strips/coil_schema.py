"""The tables of ``coil.sqlite``. Read them with any SQLite tool, also while a coil is under way."""

from __future__ import annotations

from surfedge.scoring import DatabaseFormat

_SINCE_VERSION_2 = """
CREATE TABLE in_doubt (  -- judged, though not like the good images
    number INTEGER PRIMARY KEY, from_m REAL, to_m REAL, area_m2 REAL, reason TEXT);
CREATE TABLE outbox (  -- messages that some receiver has not acknowledged yet
    number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE receivers (  -- number: of the last message that it acknowledged
    address TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
"""

_SINCE_VERSION_3 = """
CREATE TABLE lane_signal (  -- where marks under the limit are looked for: uint8 (bins, lanes) of each tile
    tile INTEGER PRIMARY KEY, first INTEGER NOT NULL, lanes INTEGER NOT NULL, cells BLOB NOT NULL);
"""

SCHEMA = f"""
CREATE TABLE coil (  -- name, settings, source, summary, grade, ...: JSON by key
    key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE defects (  -- series: number of the periodic series that it belongs to
    number INTEGER PRIMARY KEY, x_m REAL, y_mm REAL, from_m REAL, to_m REAL, from_mm REAL, to_mm REAL, area_mm2 REAL,
    score REAL, mean_score REAL, severity REAL, label TEXT, pieces INTEGER, series INTEGER);
CREATE TABLE tiles (
    number INTEGER PRIMARY KEY, to_m REAL, inspected_m2 REAL, left_mm REAL, right_mm REAL, score REAL);
CREATE TABLE not_inspected (
    number INTEGER PRIMARY KEY, from_m REAL, to_m REAL, area_m2 REAL, reason TEXT);
CREATE TABLE pictures (number INTEGER PRIMARY KEY, picture BLOB NOT NULL);
CREATE TABLE periodic (number INTEGER PRIMARY KEY, value TEXT NOT NULL);
{_SINCE_VERSION_2}
{_SINCE_VERSION_3}
"""
TABLES_OF_A_COIL = ("coil", "defects", "tiles", "not_inspected", "in_doubt", "pictures", "periodic", "lane_signal")

COIL = DatabaseFormat(
    name="coil's table",
    application_id=0x73726663,  # "srfc"
    version=3,
    schema=SCHEMA,
    older={1: _SINCE_VERSION_2, 2: _SINCE_VERSION_3},
)
