//! What distinguishes the simulated departments: places, people and their epidemics.

use std::ops::RangeInclusive;

/// A department to simulate.
pub struct Department {
    /// As in [`SimulatedDepartment`](super::SimulatedDepartment), like the next two.
    pub tenant_id: &'static str,
    pub name: &'static str,
    pub contact: &'static str,
    /// Reported cases a day, averaged over the whole history.
    pub mean_daily_cases: f64,
    /// The susceptible share on the first day.
    pub susceptible: f64,
    /// The infectious share on the first day.
    pub infectious: f64,
    /// `R0` before the new variants, averaged over a year.
    pub r_0: f64,
    /// When transmission was last at its yearly high, in days before the last one. Not a
    /// season of the calendar, so that the demo looks alike whenever it is started.
    pub high_age: f64,
    /// When new variants took over, in days before the last one, and how much more than the
    /// one before each is transmitted: 1.2 is a fifth more.
    pub variants: &'static [(f64, f64)],
    pub locations: &'static [Location],
}

/// A place within it.
pub struct Location {
    /// As in [`SimulatedLocation`](super::SimulatedLocation), like the next two.
    pub location_id: &'static str,
    pub name: &'static str,
    pub population: u32,
    /// Contacts relative to the department's average: a town above 1, the countryside below.
    pub contacts: f64,
    /// Days without any report, as ages: days before the last one.
    pub outage: Option<RangeInclusive<u32>>,
}

/// The three departments of the demo.
pub const DEPARTMENTS: &[Department] = &[
    Department {
        tenant_id: "dept_a",
        name: "Alder County Health Department",
        contact: "epi@dept-a.example",
        mean_daily_cases: 45.0,
        susceptible: 0.5,
        infectious: 0.002,
        r_0: 2.2,
        high_age: 240.0,
        variants: &[(300.0, 1.15), (70.0, 1.25)],
        locations: &[
            place("alder-city", "Alder City", 128_400, 1.05),
            place("millbrook", "Millbrook", 61_900, 1.0),
            place("north-fork", "North Fork", 43_200, 0.97),
            place("stony-point", "Stony Point", 27_600, 0.94),
        ],
    },
    Department {
        tenant_id: "dept_b",
        name: "Birch Valley Public Health",
        contact: "epi@dept-b.example",
        mean_daily_cases: 80.0,
        susceptible: 0.42,
        infectious: 0.0025,
        r_0: 2.3,
        high_age: 130.0,
        variants: &[(560.0, 1.15), (100.0, 1.25)],
        locations: &[
            place("birchfield", "Birchfield", 214_800, 1.05),
            Location {
                outage: Some(38..=43),
                ..place("harrow-lake", "Harrow Lake", 117_300, 1.0)
            },
            place("eastmoor", "Eastmoor", 86_500, 0.98),
            place("quarry-hills", "Quarry Hills", 52_100, 0.93),
        ],
    },
    Department {
        tenant_id: "dept_c",
        name: "Cedar District Health Unit",
        contact: "epi@dept-c.example",
        mean_daily_cases: 30.0,
        susceptible: 0.45,
        infectious: 0.0015,
        r_0: 2.1,
        high_age: 20.0,
        variants: &[(460.0, 1.4)],
        locations: &[
            place("cedar-harbor", "Cedar Harbor", 94_700, 1.04),
            place("fox-plains", "Fox Plains", 48_300, 0.98),
            place("upper-cedar", "Upper Cedar", 22_900, 0.94),
        ],
    },
];

const fn place(
    location_id: &'static str,
    name: &'static str,
    population: u32,
    contacts: f64,
) -> Location {
    Location {
        location_id,
        name,
        population,
        contacts,
        outage: None,
    }
}
