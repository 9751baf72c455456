//! Shapes and mistakes beyond those of the shared folder.
