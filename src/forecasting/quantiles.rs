//! Quantiles at the levels of the forecast hubs.

/// How many levels there are.
pub const COUNT: usize = 23;

/// The levels at which forecasts are written down: those of the COVID-19 Forecast Hub (Cramer
/// et al. 2022, doi:10.1073/pnas.2113561119).
pub const LEVELS: [f64; COUNT] = [
    0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75,
    0.8, 0.85, 0.9, 0.95, 0.975, 0.99,
];

/// Where the median stands among the levels.
pub const MEDIAN: usize = 11;
