//! When backups run, and the longest time between two of them.
