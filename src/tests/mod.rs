//! The portal through its front doors, told by personas.

mod portal;

mod cancellation;
mod cases;
mod commands;
mod embedded;
mod onboarding;
mod sign_in;
