//! Rules without exceptions.
