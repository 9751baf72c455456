//! The portal through its front doors, told by personas.

mod portal;

mod cases;
mod embedded;
mod onboarding;
mod sign_in;
