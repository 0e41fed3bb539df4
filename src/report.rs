//! Outputs: one file and one pure function per format.
