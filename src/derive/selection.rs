//! Which resources a backup selection assigns.
