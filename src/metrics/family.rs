//! The kinds of metric, and the macro that declares them with their names and help in one place.

use prometheus::core::Collector;
use prometheus::{Histogram, HistogramOpts, IntCounter, IntGauge, Opts, Registry};

use super::table::{CounterVec, GaugeVec, SecondsTotal};

/// The name of a label.
pub type Label = &'static str;

/// What one metric is, for the documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Description {
    /// The name, as Prometheus shows it.
    pub name: &'static str,
    /// `counter`, `gauge` or `histogram`.
    pub kind: &'static str,
    /// The labels, in the order in which their values are given.
    pub labels: &'static [Label],
    /// One sentence or more on what is measured.
    pub help: &'static str,
}

/// Upper bounds of the buckets of durations, in seconds: a review takes microseconds, its timeout is seconds.
const DURATION_BUCKETS: [f64; 17] = [
    0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0,
];

/// A kind of metric that can be made from its description.
pub(super) trait Family: Collector + Clone + Sized + 'static {
    /// The type that Prometheus knows it as.
    const KIND: &'static str;

    fn make(description: &Description) -> prometheus::Result<Self>;

    /// A registered handle.
    fn register(description: &Description, registry: &Registry) -> prometheus::Result<Self> {
        let family = Self::make(description)?;
        registry.register(Box::new(family.clone()))?;
        Ok(family)
    }
}

impl Description {
    fn opts(&self) -> Opts {
        Opts::new(self.name, self.help)
    }
}

impl Family for IntCounter {
    const KIND: &'static str = "counter";

    fn make(description: &Description) -> prometheus::Result<Self> {
        Self::with_opts(description.opts())
    }
}

impl Family for SecondsTotal {
    const KIND: &'static str = "counter";

    fn make(description: &Description) -> prometheus::Result<Self> {
        Self::with_opts(description.opts())
    }
}

impl Family for CounterVec {
    const KIND: &'static str = "counter";

    fn make(description: &Description) -> prometheus::Result<Self> {
        Self::new(description.opts(), description.labels)
    }
}

impl Family for IntGauge {
    const KIND: &'static str = "gauge";

    fn make(description: &Description) -> prometheus::Result<Self> {
        Self::with_opts(description.opts())
    }
}

impl Family for GaugeVec {
    const KIND: &'static str = "gauge";

    fn make(description: &Description) -> prometheus::Result<Self> {
        Self::new(description.opts(), description.labels)
    }
}

impl Family for Histogram {
    const KIND: &'static str = "histogram";

    fn make(description: &Description) -> prometheus::Result<Self> {
        Self::with_opts(
            HistogramOpts::new(description.name, description.help).buckets(DURATION_BUCKETS.to_vec()),
        )
    }
}

/// Declares a struct of metrics: the doc comment of a field is its help text.
macro_rules! metrics {
    (
        $(#[$about:meta])*
        pub struct $Handles:ident {
            $( $(#[doc = $help:literal])+ $vis:vis $field:ident: $Family:ty = $name:literal [$($label:literal),*], )+
        }
    ) => {
        $(#[$about])*
        pub struct $Handles {
            $( $(#[doc = $help])+ $vis $field: $Family, )+
        }

        impl $Handles {
            const DESCRIPTIONS: &'static [$crate::metrics::Description] = &[
                $( $crate::metrics::Description {
                    name: $name,
                    kind: <$Family as $crate::metrics::family::Family>::KIND,
                    labels: &[$($label),*],
                    help: concat!($($help),+).trim_ascii(),
                }, )+
            ];

            pub(super) fn describe() -> Vec<$crate::metrics::Description> {
                Self::DESCRIPTIONS.to_vec()
            }

            /// All metrics, registered. Names and labels are constants, and a test registers them all.
            pub(super) fn register(registry: &prometheus::Registry) -> Self {
                use $crate::metrics::family::Family;
                let mut descriptions = Self::DESCRIPTIONS.iter();
                let mut next = || descriptions.next().expect("a description for each field");
                Self {
                    $( $field: <$Family>::register(next(), registry).expect($name), )+
                }
            }
        }
    };
}

pub(super) use metrics;
