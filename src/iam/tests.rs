//! Tests of the whole evaluator; those of its parts stand beside them.

mod cases;
mod choices;
mod estate;
mod hostile;
mod layers;
mod sound;
